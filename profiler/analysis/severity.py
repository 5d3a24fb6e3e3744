"""How bad a finding is: by the number of its statements and their share of the whole, as docs/findings.md explains."""

from __future__ import annotations

from queryscope.profiler.finding import Severity
from queryscope.profiler.runs import is_cold
from queryscope.profiler.trace import Trace

MANY = 10
"""Statements from which a finding with a known fix is high."""
SEVERAL, SEVERAL_SHARE = 3, 0.20
"""Statements from which a finding is medium, where they are this share of all: numbers do not waver, times do."""
HIGH_SHARE, HIGH_MS = 0.20, 20.0
"""Share of the whole time of the unit of work, and the least milliseconds: what is less is nobody's to notice, and its share
is another one in each run of the same page."""
MEDIUM_SHARE, MEDIUM_MS = 0.05, 5.0


def severity(count: int, cost_ms: float, trace: Trace, *, fix: bool, certain: bool) -> Severity:
    """Return the severity of a finding of ``count`` statements that took ``cost_ms`` of a trace.

    ``fix`` tells whether what to write instead is known, ``certain`` whether the rule cannot be mistaken. The time of a cold
    run alone makes nothing high: the next run may well be quicker.
    """
    long = _takes(cost_ms, trace, HIGH_SHARE, HIGH_MS) and not is_cold(trace)
    if fix and (count >= MANY or long):
        return "high"
    several = count >= SEVERAL and count >= SEVERAL_SHARE * trace.queries
    return "medium" if certain or several or noticeable(cost_ms, trace) else "low"


def noticeable(cost_ms: float, trace: Trace) -> bool:
    """Return whether a time is enough to make a finding medium."""
    return _takes(cost_ms, trace, MEDIUM_SHARE, MEDIUM_MS)


def _takes(cost_ms: float, trace: Trace, share: float, least_ms: float) -> bool:
    return cost_ms >= least_ms and cost_ms >= share * trace.duration_ms
