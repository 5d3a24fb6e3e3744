"""The stretches of Python between the queries: where they stand among them, as rows of the timeline, as columns."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

from queryscope.dashboard.presentation.phases import REST
from queryscope.dashboard.presentation.request.axis import Axis
from queryscope.dashboard.presentation.request.marks import stretch
from queryscope.dashboard.presentation.request.timeline_rows import Row
from queryscope.profiler.trace import Lane, Span, Trace, Value
from queryscope.profiler.units import ms


class GapColumns(Value, frozen=True, kw_only=True):
    """One entry a gap in each list; ``before`` is the index of the span that follows it."""

    label: list[str]
    start: list[float]
    duration: list[float]
    ms: list[str]
    before: list[int]


def shown_gaps(trace: Trace, words: str) -> tuple[Lane, ...]:
    """Return the gaps to show: none while ``words`` admit some queries only, between which others may have run."""
    return () if words else trace.gaps


def among(spans: Sequence[Span], gaps: Sequence[Lane]) -> Iterator[Span | Lane]:
    """Yield spans and gaps in the order of time. No span reaches into a gap."""
    left = deque(gaps)
    for span in spans:
        while left and left[0].start_ms < span.start_ms:
            yield left.popleft()
        yield span
    yield from left


def gap_row(axis: Axis, gap: Lane, number: int) -> Row:
    """Return the row of a gap, the ``number``-th of its trace; it stands for no query."""
    return Row(
        id=f"gap{number}",
        kind="gap",
        css="q gap",
        level=1,
        n=0,
        remark=gap.label,
        total=ms(gap.duration_ms),
        marks=(stretch(axis, REST.css, gap.start_ms, gap.duration_ms),),
    )


def gap_columns(spans: Sequence[Span], gaps: Sequence[Lane], digits: int) -> GapColumns:
    """Return the gaps for the browser, which draws rows from columns."""
    before, index = [], 0
    for each in among(spans, gaps):
        if isinstance(each, Lane):
            before.append(index)
        else:
            index += 1
    return GapColumns(
        label=[gap.label for gap in gaps],
        start=[round(gap.start_ms, digits) for gap in gaps],
        duration=[round(gap.duration_ms, digits) for gap in gaps],
        ms=[ms(gap.duration_ms) for gap in gaps],
        before=before,
    )
