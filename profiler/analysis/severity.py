"""How bad a finding is: by the number of its statements and their share of the whole, as docs/findings.md explains."""

from __future__ import annotations

from queryscope.profiler.finding import Severity

MANY = 10
"""Statements from which a finding with a known fix is high."""
HIGH_SHARE, MEDIUM_SHARE = 0.20, 0.05
"""Shares of the whole time of the unit of work."""


def severity(count: int, cost_ms: float, whole_ms: float, *, fix: bool, certain: bool) -> Severity:
    """Return the severity of a finding of ``count`` statements that took ``cost_ms`` of ``whole_ms``.

    ``fix`` tells whether what to write instead is known, ``certain`` whether the rule cannot be mistaken.
    """
    share = cost_ms / whole_ms if whole_ms > 0 else 0.0
    if fix and (count >= MANY or share >= HIGH_SHARE):
        return "high"
    return "medium" if certain or share >= MEDIUM_SHARE else "low"
