"""What the live page is made from: the part of the log it looks at, and the state of recording."""

from __future__ import annotations

from datetime import datetime, tzinfo

from queryscope.profiler.config import Config
from queryscope.profiler.finding import Problem
from queryscope.profiler.store.summary import Summary, Totals
from queryscope.profiler.trace import Value

WINDOW = 5_000
"""Newest traces that list, filter, strip, scatter and views look at."""


class Source(Value, frozen=True, kw_only=True):
    """The newest traces (oldest first), the sums over all, since when recording is paused, what is wrong with it,
    how many traces this process dropped, and whether the settings let this project record at all.

    ``zone`` is the server's time zone, in which every time of the page is told; ``now`` is aware.
    ``problems`` are the costliest that nobody ignores.
    """

    summaries: tuple[Summary, ...]
    totals: Totals
    paused_at: str | None
    problem: str | None
    dropped: int
    records: bool
    config: Config
    zone: tzinfo
    now: datetime
    problems: tuple[Problem, ...] = ()

    @property
    def last_seq(self) -> int:
        """The number from which the page goes on: of the newest trace at hand, 0 without one.

        Not the number last given: a page that shows none has missed nothing of a log that was cleared.
        """
        return self.summaries[-1].seq if self.summaries else 0
