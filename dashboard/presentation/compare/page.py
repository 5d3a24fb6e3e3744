"""Two traces side by side as one frozen value: the result in a sentence, figures, query groups, findings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo

from queryscope.dashboard.presentation.compare.groups import FindingLine, GroupLine, finding_line, group_line
from queryscope.dashboard.presentation.delta import Delta, of_count, of_ms
from queryscope.profiler.analysis.comparison import CHANGES, Comparison
from queryscope.profiler.trace import Trace, Value
from queryscope.profiler.units import clock, plural

MOST_GROUPS = 200


class Ran(Value, frozen=True, kw_only=True):
    """One of the two traces: what it was, when, on which revision of the code."""

    id: str
    method: str
    address: str
    time: str
    revision: str


class Box(Value, frozen=True, kw_only=True):
    """A figure before and after."""

    name: str
    unit: str
    delta: Delta


class ComparePage(Value, frozen=True, kw_only=True):
    """``notes`` say why the two may not be comparable; ``summary`` counts the query groups by what became of them."""

    sentence: str
    before: Ran
    after: Ran
    notes: tuple[str, ...]
    boxes: tuple[Box, ...]
    summary: str
    groups: tuple[GroupLine, ...]
    left_out: str
    findings: tuple[FindingLine, ...]
    nothing_found: str


def compare_page(comparison: Comparison, zone: tzinfo) -> ComparePage:
    """Return the page; times are told in ``zone``."""
    before, after = comparison.before, comparison.after
    more = comparison.groups[MOST_GROUPS:]
    return ComparePage(
        sentence=sentence_of(before, after),
        before=_ran(before, zone),
        after=_ran(after, zone),
        notes=tuple(_notes(comparison)),
        boxes=tuple(_boxes(comparison)),
        summary=_summary(comparison),
        groups=tuple(map(group_line, comparison.groups[:MOST_GROUPS])),
        left_out=f"Not listed: {plural(len(more), 'more query group')}." if more else "",
        findings=tuple(map(finding_line, comparison.findings)),
        nothing_found="Nothing was found in either of the two traces.",
    )


def sentence_of(before: Trace, after: Trace) -> str:
    """Return the result: "81 → 3 queries, 61 → 4 ms"."""
    queries = of_count(before.queries, after.queries)
    return f"{queries} queries, {of_ms(before.duration_ms, after.duration_ms)} ms"


def _ran(trace: Trace, zone: tzinfo) -> Ran:
    return Ran(
        id=trace.id,
        method=trace.method or trace.kind,
        address=trace.address,
        time=clock(trace.started_at, zone),
        revision=(trace.commit or "")[:10],
    )


def _boxes(comparison: Comparison) -> Iterator[Box]:
    before, after = comparison.before, comparison.after
    yield Box(name="Queries", unit="", delta=of_count(before.queries, after.queries))
    yield Box(name="Database time", unit="ms", delta=of_ms(before.db_ms, after.db_ms))
    yield Box(name="Total time", unit="ms", delta=of_ms(before.duration_ms, after.duration_ms))
    found = [
        sum(one is not None for one in side)
        for side in zip(*((change.before, change.after) for change in comparison.findings), strict=True)
    ]
    yield Box(name="Findings", unit="", delta=of_count(*(found or (0, 0))))


def _summary(comparison: Comparison) -> str:
    counted = {change: sum(group.change == change for group in comparison.groups) for change in CHANGES}
    return ", ".join(f"{number} {change}" for change, number in counted.items() if number)


def _notes(comparison: Comparison) -> Iterator[str]:
    before, after = comparison.before, comparison.after
    if not comparison.same_work:
        yield f"These are two different things: {_name(before)} and {_name(after)}. Compare two runs of one view to judge a change."
    elif not comparison.same_address:
        yield "The two were asked for different addresses, so they may differ for that reason alone."
    if (before.status or 0) != (after.status or 0):
        yield f"The status was {before.status or 'none'} before and is {after.status or 'none'} now."
    if before.cold != after.cold and (before.cold or after.cold):
        which = "earlier" if before.cold else "later"
        yield f"The {which} one was the first of its name in its process: it filled caches that the other found. Reload once more to compare two warm runs."
    if comparison.partial:
        yield "A limit kept statements out of at least one of the two, so the query groups are incomplete."


def _name(trace: Trace) -> str:
    return f"{trace.method or trace.kind} {trace.view or trace.name}"
