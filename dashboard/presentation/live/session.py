"""The session bar: whether recording runs, since when, and what it has seen and cost."""

from __future__ import annotations

from datetime import datetime, tzinfo

from queryscope.profiler import units
from queryscope.profiler.store.summary import Totals
from queryscope.profiler.trace import Value
from queryscope.profiler.units import Measure


class Session(Value, frozen=True, kw_only=True):
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


def session(totals: Totals, paused_at: str | None, records: bool, zone: tzinfo, now: datetime) -> Session:
    """Return the session bar; ``records`` is false where the settings keep this project from recording. Times are told in ``zone``, with the date where that was not the day of ``now``."""
    paused = paused_at is not None
    state = "Paused" if paused else "Recording" if records else "Not recording"
    return Session(
        recording=state == "Recording",
        state=state,
        action="resume" if paused else "pause",
        verb="Resume" if paused else "Pause",
        since=units.since(totals.first_at, zone, now) if totals.first_at else "",
        paused_clock=units.seconds(paused_at, zone) if paused else "",
        traces=units.count(totals.traces),
        queries=units.count(totals.queries),
        database=units.duration(totals.db_ms),
        database_share=units.whole_percent(units.share(totals.db_ms, totals.duration_ms)),
        cost=units.percent(units.share(totals.capture_ms, totals.duration_ms)),
    )
