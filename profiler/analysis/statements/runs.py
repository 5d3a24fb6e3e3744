"""Tells which nested unit of work sent a statement: a request of a test, or a task that ran at once and elsewhere runs apart."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

from queryscope.profiler.trace import Lane, Span

_APART = frozenset({"request", "message", "task"})
"""Kinds of work that come from outside, where it is not a test, or a setting, that has them done in place."""


class Runs:
    """The units of work inside a trace, by their time. Two of them are never one loop, and neither knows what the other asked."""

    def __init__(self, lanes: Iterable[Lane]) -> None:
        apart = (lane for lane in lanes if lane.name in _APART)
        times = sorted((lane.start_ms, -lane.duration_ms) for lane in apart)
        self._starts = [start for start, _ in times]
        self._ends = [start - length for start, length in times]
        self._around: list[int | None] = []
        for start in self._starts:
            self._around.append(self._holding(len(self._around) - 1, start))

    def of(self, span: Span) -> int | None:
        """Return the number of the innermost unit around a statement, ``None`` for what the trace's own work sent."""
        return self._holding(bisect_right(self._starts, span.start_ms) - 1, span.start_ms)

    def _holding(self, number: int | None, moment: float) -> int | None:
        """Return the unit that has not ended at a moment: this one, or one around it."""
        while number is not None and (number < 0 or self._ends[number] <= moment):
            number = self._around[number] if number >= 0 else None
        return number
