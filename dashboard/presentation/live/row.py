"""One trace as one row of the request list, with its bar of phases on the scale that all rows share."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo

from msgspec.structs import replace

from queryscope.dashboard.presentation.badges import Badge, of_marks
from queryscope.dashboard.presentation.phases import EXECUTE, EXECUTE_AND_FETCH, NAMED, REST, Phase, measured
from queryscope.dashboard.presentation.request.marks import Mark
from queryscope.profiler import units
from queryscope.profiler.config import Config
from queryscope.profiler.store.summary import Summary
from queryscope.profiler.trace import Value
from queryscope.profiler.units import Heat

ADDRESS_CHARS, VIEW_CHARS, METHOD_CHARS = 300, 150, 20
"""What a row has room for, several times over. Daphne sends no message of over 1 MiB: 200 rows have to stay below."""

THINNEST = 0.2
"""Per cent of the scale that the shortest part is drawn with: what was measured is never invisible."""

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


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
    segments: tuple[Mark, ...]
    cut: bool
    bar_label: str
    badges: tuple[Badge, ...] = ()


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
        method=brief(summary.method or summary.kind, METHOD_CHARS),
        writing=(summary.method or "GET") not in SAFE_METHODS,
        status=_status(summary),
        status_class=_status_class(summary),
        address=brief(summary.address, ADDRESS_CHARS),
        view=brief(summary.view or "", VIEW_CHARS),
        view_short=brief(short_view(summary.view), VIEW_CHARS),
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
        badges=of_marks(summary.findings),
    )


def brief(text: str, limit: int) -> str:
    """Return at most ``limit`` characters of a text, the last of them an ellipsis where something is missing."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def scale_ms(config: Config) -> float:
    """Return the milliseconds that fill a bar. They follow from the settings only: a new row never rescales the others."""
    return config.hot_total_ms * 1.5


def parts_of(summary: Summary) -> tuple[tuple[Phase, float], ...]:
    """Return each phase that was measured with its milliseconds, in drawing order.

    Where neither execution nor fetch was measured apart, the database's time as a whole counts as execution.
    """
    phases = summary.phases
    if phases.execute_ms is None and phases.fetch_ms is None:
        phases = replace(phases, execute_ms=summary.db_ms)
    return tuple(measured(phases, joined=phases.fetch_ms is None))


def segments(summary: Summary, scale: float) -> tuple[Mark, ...]:
    """Return the measured phases and the rest of the request side by side; what exceeds the scale is left out."""
    parts = [part for part in parts_of(summary) if part[1] > 0]
    rest = summary.duration_ms - sum(value for _, value in parts)
    if rest > 0:
        parts.append((REST, rest))
    drawn: list[Mark] = []
    start = 0.0
    for phase, value in parts:
        width = min(value / scale * 100, 100 - start)
        if start < 100:
            drawn.append(Mark(css=phase.css, x=f"{start:.3f}%", width=f"{max(width, THINNEST):.3f}%"))
        start += width
    return tuple(drawn)


def legend(summaries: Iterable[Summary]) -> tuple[Phase, ...]:
    """Return every phase that at least one of the traces measured, and the rest.

    Execution keeps its name where at least one told it from fetching.
    """
    found = {phase for summary in summaries for phase, _ in parts_of(summary)}
    if EXECUTE in found:
        found.discard(EXECUTE_AND_FETCH)
    return (*(phase for phase in NAMED if phase in found), REST)


def hottest(summary: Summary, config: Config) -> Heat:
    """Return the worst heat among a trace's queries, database time and total time."""
    heats = (
        units.heat(summary.queries, config.warm_queries, config.hot_queries),
        units.heat(summary.db_ms, config.warm_db_ms, config.hot_db_ms),
        units.heat(summary.duration_ms, config.warm_total_ms, config.hot_total_ms),
    )
    return max(heats, key=units.HEATS.index)


def short_view(view: str | None) -> str:
    """Return the last part of a view's dotted path, with its class before it where it is a method."""
    *front, last = (view or "").split(".")
    return f"{front[-1]}.{last}" if front and front[-1][:1].isupper() else last


def _status(summary: Summary) -> str:
    if summary.status is not None:
        return str(summary.status)
    return "err" if summary.error else ""


def _status_class(summary: Summary) -> str:
    if (summary.status or 0) >= 500 or (summary.status is None and summary.error):
        return "e5"
    return "e4" if (summary.status or 0) >= 400 else ""
