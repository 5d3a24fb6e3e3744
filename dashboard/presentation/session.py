"""The session bar: whether recording runs, since when, and what it has seen and cost."""

from __future__ import annotations

from queryscope.dashboard.presentation import units
from queryscope.dashboard.presentation.source import Source
from queryscope.dashboard.presentation.units import Measure
from queryscope.profiler.trace import Value


class Session(Value):
    """Everything the session bar prints; ``action`` is what its button asks the server to do."""

    recording: bool
    state: str
    action: str
    verb: str
    since: str
    paused_clock: str
    traces: str
    queries: str
    database: Measure
    database_share: str
    cost: str


def session(source: Source, recording: bool = True) -> Session:
    """Return the session bar; ``recording`` is false where this process records nothing at all."""
    totals, paused = source.totals, source.paused_at is not None
    return Session(
        recording=recording and not paused,
        state="Paused" if paused else "Recording" if recording else "Not recording",
        action="resume" if paused else "pause",
        verb="Resume" if paused else "Pause",
        since=units.since(totals.first_at, source.zone, source.now) if totals.first_at else "",
        paused_clock=units.seconds(source.paused_at, source.zone) if paused else "",
        traces=units.count(totals.traces),
        queries=units.count(totals.queries),
        database=units.duration(totals.db_ms),
        database_share=units.percent(units.share(totals.db_ms, totals.duration_ms)),
        cost=units.percent(units.share(totals.capture_ms, totals.duration_ms)),
    )
