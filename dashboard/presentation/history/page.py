"""The page of one view (or task, or command): figures over its latest traces, their picture, a table, its problems."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo

from queryscope.dashboard.presentation.badges import Badge, of_marks
from queryscope.dashboard.presentation.delta import Delta, of_count
from queryscope.dashboard.presentation.findings.listing import ProblemRow, problem_row
from queryscope.dashboard.presentation.history.chart import Chart, Point, chart
from queryscope.dashboard.presentation.live.views_table import quantile
from queryscope.dashboard.presentation.request.heading import Figure
from queryscope.profiler.config import Config
from queryscope.profiler.finding import Problem
from queryscope.profiler.store.summary import Summary
from queryscope.profiler.trace import Value
from queryscope.profiler.units import Heat, clock, count, heat, ms, percent, plural, share, since

MOST = 60
"""Traces that are drawn and listed, the newest."""


class Run(Value, frozen=True, kw_only=True):
    """One trace; ``earlier`` is the id of the one before it, empty for the oldest, ``change`` what became of its queries."""

    id: str
    earlier: str
    time: str
    address: str
    status: str
    queries: str
    queries_heat: Heat
    change: Delta | None
    db: str
    total: str
    total_heat: Heat
    badges: tuple[Badge, ...]
    revision: str


class HistoryPage(Value, frozen=True, kw_only=True):
    """``title`` names the view; ``query`` is the filter text that lists its traces on the live page, or empty."""

    title: str
    kind: str
    query: str
    figures: tuple[Figure, ...]
    chart: Chart | None
    runs: tuple[Run, ...]
    left_out: str
    problems: tuple[ProblemRow, ...]


def history_page(
    title: str,
    traces: Sequence[Summary],
    problems: Sequence[Problem],
    config: Config,
    zone: tzinfo,
    now: datetime,
) -> HistoryPage:
    """Return the page over at least one trace, newest first, and the problems found in them."""
    shown = traces[:MOST]
    view = traces[0].view
    more = len(traces) - len(shown)
    return HistoryPage(
        title=title,
        kind="View" if view else traces[0].kind.capitalize(),
        query=f"view:{view}" if view and " " not in view and len(view) < 290 else "",
        figures=tuple(_figures(traces, config, zone, now)),
        chart=chart([_point(summary, zone) for summary in reversed(shown)]),
        runs=tuple(_run(summary, earlier, config, zone) for summary, earlier in _pairs(shown)),
        left_out=f"Not listed: {plural(more, 'older trace')}." if more > 0 else "",
        problems=tuple(problem_row(p, zone, now) for p in sorted(problems, key=lambda p: -p.total_ms)),
    )


def _pairs(traces: Sequence[Summary]) -> Iterator[tuple[Summary, Summary | None]]:
    for at, summary in enumerate(traces):
        yield summary, traces[at + 1] if at + 1 < len(traces) else None


def _figures(traces: Sequence[Summary], config: Config, zone: tzinfo, now: datetime) -> Iterator[Figure]:
    durations = [summary.duration_ms for summary in traces]
    queries = [summary.queries for summary in traces]
    middle = round(quantile(queries, 0.5))
    yield Figure(
        name="Queries",
        value=count(middle),
        unit="",
        sub=f"median, {count(min(queries))} to {count(max(queries))}",
        css=heat(middle, config.warm_queries, config.hot_queries),
    )
    yield Figure(name="p50", value=ms(quantile(durations, 0.5)), unit="ms", sub="total time")
    yield Figure(name="p95", value=ms(quantile(durations, 0.95)), unit="ms", sub="total time")
    database = share(sum(summary.db_ms for summary in traces), sum(durations))
    yield Figure(name="Database", value=percent(database), unit="%", sub="of total time")
    yield Figure(
        name="Traces",
        value=count(len(traces)),
        unit="",
        sub=f"since {since(traces[-1].started_at, zone, now)}",
    )


def _point(summary: Summary, zone: tzinfo) -> Point:
    return Point(
        queries=summary.queries,
        ms=summary.duration_ms,
        label=clock(summary.started_at, zone),
        commit=summary.commit,
    )


def _run(summary: Summary, earlier: Summary | None, config: Config, zone: tzinfo) -> Run:
    return Run(
        id=summary.id,
        earlier=earlier.id if earlier else "",
        time=clock(summary.started_at, zone),
        address=summary.address[:200],
        status=str(summary.status) if summary.status is not None else "",
        queries=count(summary.queries),
        queries_heat=heat(summary.queries, config.warm_queries, config.hot_queries),
        change=of_count(earlier.queries, summary.queries) if earlier else None,
        db=ms(summary.db_ms),
        total=ms(summary.duration_ms),
        total_heat=heat(summary.duration_ms, config.warm_total_ms, config.hot_total_ms),
        badges=of_marks(summary.findings),
        revision=(summary.commit or "")[:10],
    )
