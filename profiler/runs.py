"""Whether a unit of work was a cold or a warm run: the first one of a name fills caches that later ones of its process find."""

from __future__ import annotations

from typing import Literal

from queryscope.profiler.trace import Kind, Trace

ARRIVING: frozenset[Kind] = frozenset({"request", "message", "task"})
"""Kinds of work that come from outside, again and again, to a process that waits for them."""
Run = Literal["cold", "warm"]
COLD = "The first of its kind in its process: it filled caches that later ones find, so it may have asked more and taken longer."
WARM = "Not the first of its kind in its process: what the first one keeps was there already."


def run_of(kind: Kind, cold: bool | None) -> Run | None:
    """Return which of the two it was, ``None`` where that is unknown or means nothing: a command is always the first."""
    if cold is None or kind not in ARRIVING:
        return None
    return "cold" if cold else "warm"


def is_cold(trace: Trace) -> bool:
    """Return whether a trace is of a cold run, so that what it did and took says little of those that follow."""
    return run_of(trace.kind, trace.cold) == "cold"
