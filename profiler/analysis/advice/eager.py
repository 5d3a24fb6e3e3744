"""Advice to load relations along with the rows of a queryset: by a join, by a prefetch, or by hand."""

from __future__ import annotations

from collections.abc import Sequence

from queryscope.profiler.analysis.advice.change import Add, Change, Chunked, Drop, Step, quoted
from queryscope.profiler.analysis.advice.paths import Plan, plan
from queryscope.profiler.analysis.advice.placed import placed
from queryscope.profiler.analysis.advice.roots import Root, root_of
from queryscope.profiler.analysis.advice.wording import listed, rows_of
from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.finding import Advice
from queryscope.profiler.trace import Origin, Span

PEERS_SINCE = (6, 1)
"""The version of Django that brought fetch modes."""


def eager(evidence: Evidence, start: Origin | Span, paths: Sequence[str]) -> Advice:
    """Return the advice to load ``paths`` with the rows of ``start``.

    ``start`` is the origin that the loads started from, or the statement that fetched the rows. ``paths`` are relations
    as Python follows them (``author__country``, ``book_set``): counted from the model of the origin's root, or from that
    of the statement. ``code`` is ``None`` where nothing that could be written helps.
    """
    root = root_of(evidence, start)
    near = root.relative(paths)
    if root.queryset.values:
        return _values(root, near)
    chosen = plan(
        evidence.relations,
        root.model,
        near,
        root.queryset,
        join=not (root.raw or root.combined or root.locked),
    )
    if not chosen.join and not chosen.prefetch:
        return _there_already(root, near, chosen)
    if root.combined or (root.raw and root.queryset.iterator):
        return _by_hand(root, chosen)
    advice = placed(evidence, root, _change(root, chosen), summary=_summary(root, chosen))
    return _completed(advice, evidence, root, chosen)


def _completed(advice: Advice, evidence: Evidence, root: Root, chosen: Plan) -> Advice:
    """Return the advice with what else would serve, and with what is left to do after it."""
    others = (*_alternatives(evidence, root, chosen), *advice.alternatives)
    return Advice(
        summary=advice.summary,
        code=advice.code,
        where=advice.where,
        diff=advice.diff,
        alternatives=others,
        next=_next(chosen) or advice.next,
    )


def _change(root: Root, chosen: Plan) -> Change:
    steps: list[Step] = []
    joins = chosen.join
    if root.queryset.joined_all and joins:
        # Names replace what the call without names joined: keep what was read of it.
        kept = [path for path in root.queryset.joined if path in root.queryset.read and path not in joins]
        joins = (*kept, *joins)
    if joins:
        steps.append(Add(method="select_related", arguments=quoted(joins)))
    if chosen.prefetch:
        steps.append(Add(method="prefetch_related", arguments=quoted(chosen.prefetch)))
        if root.queryset.iterator:
            steps.append(Chunked())
    if chosen.columns:
        steps.append(Add(method="only", arguments=quoted(chosen.columns), existing=True))
    if chosen.undefer:
        steps.append(Drop(method="defer", paths=chosen.undefer))
    return Change(steps=tuple(steps))


def _summary(root: Root, chosen: Plan) -> str:
    rows = rows_of(root.model)
    text = f"Join {listed(chosen.join)} to the {rows}" if chosen.join else ""
    if chosen.prefetch:
        prefetch = f"refetch {listed(chosen.prefetch)}"
        text = f"{text}, and p{prefetch}" if text else f"P{prefetch} with the {rows}"
    text += "."
    if chosen.columns:
        text += f" only() must name {listed(chosen.columns)} as well, or Django refuses the join."
    if chosen.undefer:
        text += f" defer() must not name {listed(chosen.undefer)} any more."
    if chosen.prefetch and root.queryset.iterator:
        text += " iterator() needs a chunk_size to prefetch."
    return text


def _values(root: Root, paths: Sequence[str]) -> Advice:
    names = quoted(tuple(paths))
    return Advice(
        summary=f"The queryset gives values and no {rows_of(root.model)}: name the columns of {listed(paths)} in values() "
        f'or values_list(), as in {names[0][:-1]}__…".'
    )


def _there_already(root: Root, paths: Sequence[str], chosen: Plan) -> Advice:
    if chosen.mixed:
        return Advice(summary=_next(chosen) or "")
    return Advice(
        summary=f"The queryset loads {listed(paths)} already, but the {rows_of(root.model)} that are read here are other "
        "objects: rebuilt, fetched again, or asked by a query of their own. Use the ones it loaded."
    )


def _by_hand(root: Root, chosen: Plan) -> Advice:
    names = ", ".join(quoted(chosen.prefetch))
    refused = (
        "A combined queryset takes no further calls"
        if root.combined
        else "iterator() of raw SQL prefetches nothing"
    )
    return Advice(
        summary=f"{refused}: load {listed(chosen.prefetch)} for the list of its rows.",
        code="from django.db.models import prefetch_related_objects\n\n"
        f"rows = list(rows)\nprefetch_related_objects(rows, {names})",
        where="after the rows were loaded, before the loop",
        next=_next(chosen),
    )


def _alternatives(evidence: Evidence, root: Root, chosen: Plan) -> tuple[str, ...]:
    found = []
    if chosen.join and not root.queryset.iterator:
        names = ", ".join(quoted(chosen.join))
        found.append(
            f".prefetch_related({names}) takes another query instead of a join, and reads each row once."
        )
        if _peers(evidence) and root.queryset.fetch_mode is None:
            found.append(".fetch_mode(models.FETCH_PEERS) loads it for all rows when the first one asks.")
    return tuple(found)


def _peers(evidence: Evidence) -> bool:
    """Return whether this Django has fetch modes."""
    numbers = [part for part in (evidence.trace.django or "").split(".")[:2] if part.isdigit()]
    return tuple(map(int, numbers)) >= PEERS_SINCE


def _next(chosen: Plan) -> str | None:
    if not chosen.mixed:
        return None
    path = chosen.mixed[0]
    return (
        f"What {path} goes through is of several models: load the rest of the way with GenericPrefetch() and a queryset "
        "for each of them."
    )
