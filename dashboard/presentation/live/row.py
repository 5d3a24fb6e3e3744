"""One trace as one row of the request list, with its bar of phases on the scale that all rows share."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo

from queryscope.profiler import units
from queryscope.profiler.config import Config
from queryscope.profiler.store.summary import Summary
from queryscope.profiler.trace import Phases, Value
from queryscope.profiler.units import Heat

PHASES: tuple[tuple[str, str, str], ...] = (
    ("construct_ms", "construct", "Construct"),
    ("compile_ms", "compile", "Compile"),
    ("execute_ms", "execute", "Execute"),
    ("fetch_ms", "fetch", "Fetch"),
    ("hydrate_ms", "hydrate", "Hydrate"),
)
"""Field, class and name of each phase, always in this order."""

REST = ("python", "Other Python")

THINNEST = 0.2
"""Per cent of the scale that the shortest part is drawn with: what was measured is never invisible."""

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Segment(Value, frozen=True, kw_only=True):
    """A stretch of a bar: class of its colour, start and width in per cent of the scale as text."""

    phase: str
    x: str
    width: str


class Row(Value, frozen=True, kw_only=True):
    """Everything a row prints. ``at`` and ``end`` are the start and the end of the trace in epoch milliseconds."""

    seq: int
    id: str
    time: str
    started_at: str
    at: int
    end: int
    method: str
    writing: bool
    status: str
    status_class: str
    address: str
    view: str
    view_short: str
    queries: str
    queries_number: int
    queries_heat: Heat
    db: str
    db_heat: Heat
    total: str
    total_number: str
    total_heat: Heat
    segments: tuple[Segment, ...]
    cut: bool
    bar_label: str


def row(summary: Summary, config: Config, zone: tzinfo) -> Row:
    """Return the row of one trace; the configuration gives the limits that colour its numbers."""
    began = units.instant(summary.started_at).timestamp() * 1000
    total, db = units.ms(summary.duration_ms), units.ms(summary.db_ms)
    return Row(
        seq=summary.seq,
        id=summary.id,
        time=units.clock(summary.started_at, zone),
        started_at=summary.started_at,
        at=round(began),
        end=round(began + summary.duration_ms),
        method=summary.method or summary.kind,
        writing=(summary.method or "GET") not in SAFE_METHODS,
        status=_status(summary),
        status_class=_status_class(summary),
        address=_address(summary),
        view=summary.view or "",
        view_short=short_view(summary.view),
        queries=units.count(summary.queries),
        queries_number=summary.queries,
        queries_heat=units.heat(summary.queries, config.warm_queries, config.hot_queries),
        db=db,
        db_heat=units.heat(summary.db_ms, config.warm_db_ms, config.hot_db_ms),
        total=total,
        total_number=f"{summary.duration_ms:.3f}",
        total_heat=units.heat(summary.duration_ms, config.warm_total_ms, config.hot_total_ms),
        segments=segments(summary, scale_ms(config)),
        cut=summary.duration_ms > scale_ms(config),
        bar_label=f"database {db} of {total} ms",
    )


def scale_ms(config: Config) -> float:
    """Return the milliseconds that fill a bar. They follow from the settings only: a new row never rescales the others."""
    return config.hot_total_ms * 1.5


def measured(phases: Phases, db_ms: float) -> tuple[tuple[str, float], ...]:
    """Return class and milliseconds of each phase that was measured, in drawing order.

    Where neither execution nor fetch was measured apart, the database's time as a whole counts as execution.
    """
    values = {name: getattr(phases, field) for field, name, _ in PHASES}
    if values["execute"] is None and values["fetch"] is None:
        values["execute"] = db_ms
    return tuple((name, value) for name, value in values.items() if value is not None)


def segments(summary: Summary, scale: float) -> tuple[Segment, ...]:
    """Return the measured phases and the rest of the request side by side; what exceeds the scale is left out."""
    parts = [part for part in measured(summary.phases, summary.db_ms) if part[1] > 0]
    rest = summary.duration_ms - sum(value for _, value in parts)
    if rest > 0:
        parts.append((REST[0], rest))
    drawn: list[Segment] = []
    start = 0.0
    for name, value in parts:
        width = min(value / scale * 100, 100 - start)
        if start < 100:
            drawn.append(Segment(phase=name, x=f"{start:.3f}%", width=f"{max(width, THINNEST):.3f}%"))
        start += width
    return tuple(drawn)


def legend(summaries: Iterable[Summary]) -> tuple[tuple[str, str], ...]:
    """Return class and name of every phase that at least one of the traces measured, and of the rest."""
    names = {name for summary in summaries for name, _ in measured(summary.phases, summary.db_ms)}
    return (*((name, label) for _, name, label in PHASES if name in names), REST)


def hottest(summary: Summary, config: Config) -> Heat:
    """Return the worst heat among a trace's queries, database time and total time."""
    heats = {
        units.heat(summary.queries, config.warm_queries, config.hot_queries),
        units.heat(summary.db_ms, config.warm_db_ms, config.hot_db_ms),
        units.heat(summary.duration_ms, config.warm_total_ms, config.hot_total_ms),
    }
    return "hot" if "hot" in heats else "warm" if "warm" in heats else ""


def short_view(view: str | None) -> str:
    """Return the last part of a view's dotted path, with its class before it where it is a method."""
    *front, last = (view or "").split(".")
    return f"{front[-1]}.{last}" if front and front[-1][:1].isupper() else last


def _address(summary: Summary) -> str:
    if summary.path is None:
        return summary.name
    return f"{summary.path}?{summary.query_string}" if summary.query_string else summary.path


def _status(summary: Summary) -> str:
    if summary.status is not None:
        return str(summary.status)
    return "err" if summary.error else ""


def _status_class(summary: Summary) -> str:
    if (summary.status or 0) >= 500 or (summary.status is None and summary.error):
        return "e5"
    return "e4" if (summary.status or 0) >= 400 else ""
