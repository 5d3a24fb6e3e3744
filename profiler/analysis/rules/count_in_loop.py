"""count-in-loop: one number, one answer yes or no, or one row is asked for row by row."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from queryscope.profiler.analysis.advice import edited
from queryscope.profiler.analysis.advice.annotated import along
from queryscope.profiler.analysis.advice.grouped import grouped
from queryscope.profiler.analysis.advice.heads import loop_of
from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.analysis.found import found
from queryscope.profiler.analysis.groupings.loops import RowByRow, row_by_row
from queryscope.profiler.analysis.groupings.repeats import (
    Repeated,
    asked_by_application,
    inside,
    into_cache,
    over_constants,
    recursive,
    repeated,
    texts,
    walks,
)
from queryscope.profiler.analysis.rule import Rule
from queryscope.profiler.analysis.statements.shapes import asked, chosen, differing, expression, shape
from queryscope.profiler.analysis.wording import built, place, short, times
from queryscope.profiler.finding import Finding
from queryscope.profiler.trace import Span

LEAST, LEAST_TEXTS = 5, 10
"""Times that a statement must have run where no row tells; words and codes that a loop goes through are often fixed ones."""
_ASKS = {
    "count": "counted",
    "exists": "checked by exists()",
    "one": "asked for one row",
    "aggregate": "summed up",
}
_VALIDATES = frozenset(
    {"validate_unique", "_perform_unique_checks", "validate_constraints", "full_clean", "validate"}
)
_OTHERS = frozenset({"get_or_create", "update_or_create", "save", "delete", "bulk_create"})


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield one finding for each relation that is counted row by row, then one for each line that repeats a count."""
    taken: set[int] = set()
    for loop in row_by_row(evidence, _questions()):
        taken |= {span.n for span in loop.spans}
        yield _of_relation(evidence, loop)
    for again in repeated(evidence, lambda span: span.n not in taken and _by_itself(span), LEAST):
        if _varies_by_key(again):
            yield _of_line(evidence, again)


def _questions() -> Callable[[Span], object]:
    """Return what tells questions about a relation apart: what is asked, and for a choice of its rows also the place."""
    known: dict[tuple[object, ...], object] = {}

    def question(span: Span) -> object:
        if span.load != "many":
            return None
        key = (span.fingerprint, id(span.call_site), span.via_template, len(span.build_sites))
        if key not in known:
            kind = _single(span)
            known[key] = kind and (kind, span.fingerprint, _place(span) if chosen(span) else None)
        return known[key]

    return question


def _place(span: Span) -> object:
    site = span.call_site
    return site and (site.file, site.line, site.column)


def _single(span: Span) -> str | None:
    kind = shape(span)
    return None if kind == "rows" else kind


def _by_itself(span: Span) -> bool:
    """Return whether a statement that a line of the application sent asks for a single answer, from no row we know of."""
    return (
        span.origin is None
        and span.load in {"queryset", "raw", "many", None}
        and _single(span) is not None
        and asked_by_application(span)
        and not inside(span, _VALIDATES | _OTHERS)
    )


def _varies_by_key(again: Repeated) -> bool:
    if walks(again.loop) or over_constants(again.loop) or recursive(again) or into_cache(again):
        return False
    places = differing(again.spans)
    columns = asked(again.first)
    least = LEAST_TEXTS if texts(again.spans, places) and not _by_rows(again) else LEAST
    by_key = all(
        place < len(columns) and columns[place].operator == "=" and columns[place].column for place in places
    )
    return again.distinct >= least and by_key


def _by_rows(again: Repeated) -> bool:
    """Return whether the loop in sight goes through rows, of which the line takes a value: ``row["email"]``.

    A loop over the words themselves may be one over a few that are fixed.
    """
    site, names = again.first.call_site, loop_of(again.loop)
    return (
        site is not None
        and names is not None
        and re.search(rf"\b{names[0]}(?:\[|\.\w)", site.source or "") is not None
    )


def _of_relation(evidence: Evidence, loop: RowByRow) -> Finding:
    start = loop.first.origin
    assert start is not None
    site = edited(evidence, start)
    kind = shape(loop.first)
    rate = "once per row" if loop.rows == len(loop.spans) else "row by row"
    return found(
        evidence, "count-in-loop", loop.spans,
        title=f"{short(loop.holder)}.{loop.name} {_ASKS[kind]} {times(len(loop.spans))}, {rate}",
        why=f"{place(loop.first)} asks the database about {loop.name} of one {short(loop.holder)} after the other. "
        f"The rows come from {built(site)}, which could bring the answer along.",
        advice=along(evidence, loop, kind), certain=True, model=loop.model, relation=loop.name, path=loop.path,
        build_site=site, detail=_detail(loop),
    )  # fmt: skip


def _detail(loop: RowByRow) -> str:
    """Return what is asked, in the words of the line where rows are chosen."""
    chosen_by = expression(loop.first.call_site) if loop.first.call_site and chosen(loop.first) else ""
    return f"{shape(loop.first)} {chosen_by}"


def _of_line(evidence: Evidence, again: Repeated) -> Finding:
    first = again.first
    kind = shape(first)
    model = first.model or (first.tables[0] if first.tables else "")
    through = f" in the loop “{again.loop}”" if again.loop else ""
    return found(
        evidence, "count-in-loop", again.spans,
        title=f"{short(model)} {_ASKS[kind]} {times(len(again.spans))}, with another value each time",
        why=f"{place(first)}{through} sends the same query again and again; only the value it asks for differs.",
        advice=grouped(evidence, again, kind), model=first.model,
    )  # fmt: skip


RULE = Rule(
    id="count-in-loop", badge="CNT", name="Count in a loop",
    summary="A count, an aggregate, exists() or first() is asked for one row after the other.",
    find=find, explains=True,
)  # fmt: skip
