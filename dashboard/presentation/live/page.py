"""The live page as one value, and its drawings, which a refresh brings up to date."""

from __future__ import annotations

from queryscope.dashboard.presentation.findings.listing import ProblemRow, problem_row
from queryscope.dashboard.presentation.live.chips import Chip, chips
from queryscope.dashboard.presentation.live.filter import Filter, parse, select
from queryscope.dashboard.presentation.live.listing import Column, Listing, Sort, columns, listing
from queryscope.dashboard.presentation.live.row import legend, scale_ms
from queryscope.dashboard.presentation.live.scatter import Scatter, scatter
from queryscope.dashboard.presentation.live.session import Session, session
from queryscope.dashboard.presentation.live.source import Source
from queryscope.dashboard.presentation.live.strip import Strip, strip
from queryscope.dashboard.presentation.live.views_table import ViewsTable, views_table
from queryscope.dashboard.presentation.phases import Phase
from queryscope.profiler import units
from queryscope.profiler.trace import Value


class Overview(Value, frozen=True, kw_only=True):
    """What is drawn of all traces, and the counts that follow the filter.

    ``warm`` and ``hot`` say in words from which limits a request has the colour.
    """

    strip: Strip | None
    scatter: Scatter | None
    views: ViewsTable
    chips: tuple[Chip, ...]
    matching: str
    warm: str
    hot: str
    problems: tuple[ProblemRow, ...] = ()


class Board(Value, frozen=True, kw_only=True):
    """The page's main part: filter, list and overview. ``scale`` are the texts at the middle and end of the bars' scale."""

    filter: Filter
    sort: Sort
    columns: dict[Sort, Column]
    listing: Listing
    overview: Overview
    legend: tuple[Phase, ...]
    scale: tuple[str, str]


def board(source: Source, query: str, sort: Sort = "time", before: int | None = None) -> Board:
    """Return the main part of the page for a filter text, an order and, optionally, the number to begin below."""
    wanted = parse(query)
    full = scale_ms(source.config)
    return Board(
        filter=wanted,
        sort=sort,
        columns=columns(wanted, sort),
        listing=listing(source, wanted, sort, before),
        overview=overview(source, wanted),
        legend=legend(source.summaries),
        scale=(f"{full / 2:,g}", f"{full:,g} ms"),
    )


def overview(source: Source, wanted: Filter) -> Overview:
    """Return the drawings of all traces at hand, and the counts for a filter."""
    config = source.config
    return Overview(
        strip=strip(source.summaries, config, source.zone),
        scatter=scatter(source.summaries, config),
        views=views_table(source.summaries, config),
        chips=chips(source.summaries, wanted, config),
        matching=units.count(len(select(source.summaries, wanted, config))),
        warm=_limits(config.warm_queries, config.warm_db_ms, config.warm_total_ms),
        hot=_limits(config.hot_queries, config.hot_db_ms, config.hot_total_ms),
        problems=tuple(problem_row(problem, source.zone, source.now) for problem in source.problems),
    )


def session_of(source: Source) -> Session:
    """Return the session bar of the page."""
    return session(source.totals, source.paused_at, source.records, source.zone, source.now)


def _limits(queries: int, db_ms: float, total_ms: float) -> str:
    return f"from {units.count(queries)} queries, {db_ms:,g} ms database or {total_ms:,g} ms total on"
