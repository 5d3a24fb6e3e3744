"""Splits the time of a statement into its phases, from what was measured around it."""

from __future__ import annotations

from collections.abc import Iterable

from queryscope.profiler.capture.raw import RawSpan
from queryscope.profiler.trace import Phases

_FIELDS = Phases.__struct_fields__


def phases_of(raw: RawSpan) -> Phases:
    """Return the phases of one statement.

    SQLite runs a statement while its rows are fetched, so the two are one there and stand under execution.
    """
    execute, done = raw.end - raw.start, raw.evaluation
    if done is None or done.executed != raw.end:
        return Phases(execute_ms=execute / 1e6)
    fetch = done.fetch
    if raw.vendor == "sqlite" and fetch is not None:
        execute, fetch = execute + fetch, None
    return Phases(
        construct_ms=_ms((done.construct or 0) + done.built.construct or None),
        compile_ms=_ms(done.compile),
        execute_ms=execute / 1e6,
        fetch_ms=_ms(fetch),
        hydrate_ms=_ms(done.hydrate),
    )


def database_ms(phases: Phases) -> float:
    """Return the milliseconds in the database: execution and fetch."""
    return (phases.execute_ms or 0.0) + (phases.fetch_ms or 0.0)


def sum_of(phases: Iterable[Phases]) -> Phases:
    """Return the phases of a whole trace; one that was measured nowhere stays unknown."""
    each = list(phases)
    sums = {}
    for field in _FIELDS:
        known = [value for one in each if (value := getattr(one, field)) is not None]
        sums[field] = sum(known) if known else None
    return Phases(**sums)


def _ms(nanoseconds: int | None) -> float | None:
    return None if nanoseconds is None else nanoseconds / 1e6
