"""Advice to load a choice of the related rows for all parents at once, by ``Prefetch`` with a queryset and ``to_attr``."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from queryscope.profiler.analysis.advice.change import Add, Change, Chunked
from queryscope.profiler.analysis.advice.managers import related as managed
from queryscope.profiler.analysis.advice.paths import follow
from queryscope.profiler.analysis.advice.placed import placed
from queryscope.profiler.analysis.advice.reading import choice, choosing
from queryscope.profiler.analysis.advice.roots import root_of
from queryscope.profiler.analysis.advice.wording import rows_of
from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.finding import Advice
from queryscope.profiler.trace import Origin, Span


def filtered(
    evidence: Evidence,
    start: Origin | Span,
    relation: str,
    loads: Sequence[Span],
    *,
    to_attr: str | None = None,
) -> Advice:
    """Return the advice to prefetch what the statements ``loads`` choose of ``relation`` row by row.

    ``relation`` is a path as Python follows it from the root's model. The conditions are taken from the line that asks
    (``book.reviews.filter(stars=5)``); there is no code where they depend on the row.
    """
    root = root_of(evidence, start)
    near = next(iter(root.relative([relation])), relation)
    last = follow(evidence.relations, root.model, near.split("__"))[-1]
    target = last.to.rpartition(".")[2] if last is not None and last.to else None
    if target is None or root.queryset.values or root.combined:
        return Advice(
            summary=f"Load what is chosen of {near} for all rows at once, by one query with filter(…__in=rows)."
        )
    of = near.rpartition("__")[2]
    name = to_attr or f"chosen_{of}"
    asked = choice(loads, of)
    if asked is None:
        return Advice(
            summary=f"Load {near} for all {rows_of(root.model)} by one prefetch_related, and choose among them in Python: "
            "no fixed choice stands in the line that one Prefetch could make for all rows.",
        )
    rows = f"{managed(evidence, last.to if last else None)}{' '.join(asked[0].split())}"
    classes = {
        node.id
        for spot in asked[1]
        for node in ast.walk(spot.anchor)
        if isinstance(node, ast.Name) and node.id[:1].isupper()
    }
    argument = f'Prefetch("{near}", queryset={rows}, to_attr="{name}")'
    new = Add(
        method="prefetch_related",
        arguments=(argument,),
        needs=("Prefetch",),
        uses=(target, *sorted(classes - {target})),
        replaced=root.unread(evidence, near),
    )
    change = Change(steps=(new, Chunked()) if root.queryset.iterator else (new,))
    summary = f"Prefetch the choice with the {rows_of(root.model)}, and read {name} in the loop: a list."
    reading = choosing(asked[1], of, name)
    return placed(evidence, root, change, summary=summary, reading=reading)
