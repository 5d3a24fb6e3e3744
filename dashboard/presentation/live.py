"""The live page as one value, and the pieces of it that a socket or a poll brings up to date."""

from __future__ import annotations

from typing import Any

from queryscope.dashboard.pages import render_to_string
from queryscope.dashboard.presentation import units
from queryscope.dashboard.presentation.chips import Chip, chips
from queryscope.dashboard.presentation.filter import Filter, parse, select
from queryscope.dashboard.presentation.listing import Column, Listing, Sort, columns, listing
from queryscope.dashboard.presentation.rows import Row, legend, row, scale_ms
from queryscope.dashboard.presentation.scatter import Scatter, scatter
from queryscope.dashboard.presentation.session import Session, session
from queryscope.dashboard.presentation.source import Source
from queryscope.dashboard.presentation.strip import Strip, strip
from queryscope.dashboard.presentation.views_table import ViewsTable, views_table
from queryscope.profiler.trace import Value

BATCH = 200
"""Traces that one message tells of at most; the next message goes on after the last of them."""


class Overview(Value):
    """What is drawn of all traces, and the counts that follow the filter."""

    strip: Strip | None
    scatter: Scatter | None
    views: ViewsTable
    chips: tuple[Chip, ...]
    matching: str
    warm: str
    hot: str


class Board(Value):
    """The page's main part: list and overview. ``cursor`` is the number of the newest trace it has told of."""

    filter: Filter
    sort: Sort
    columns: dict[Sort, Column]
    listing: Listing
    overview: Overview
    legend: tuple[tuple[str, str], ...]
    scale: tuple[str, str]
    cursor: int
    session: Session
    problem: str | None


class Batch(Value):
    """One message: HTML for htmx's out-of-band swaps, the number of the last trace told of, and whether more waits."""

    html: str
    last_seq: int
    more: bool


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
        cursor=max(source.last_seq, source.totals.last_seq if not source.summaries else 0),
        session=session(source),
        problem=source.problem,
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
    )


def render_batch(source: Source, *, after: int, query: str = "", with_overview: bool = True) -> Batch:
    """Return the message for a browser that has been told of every trace up to the number ``after``.

    ``query`` is the filter text its list shows; ``with_overview`` adds strip, scatter, views and counts, which are
    worth sending at most once a second. The state of recording is part of every message.
    """
    waiting = [summary for summary in source.summaries if summary.seq > after]
    told = waiting[:BATCH]
    wanted = parse(query)
    rows = [row(found, source.config, source.zone) for found in select(told, wanted, source.config)]
    last_seq = told[-1].seq if told else after
    page: dict[str, Any] = {
        "query": query,
        "cursor": last_seq,
        "rows": rows[::-1],
        "session": session(source),
        "problem": source.problem,
        "traces": units.count(source.totals.traces),
        "overview": overview(source, wanted) if with_overview else None,
        "oob": True,
    }
    html = render_to_string("queryscope/_batch.html", page).strip()
    return Batch(html=html, last_seq=last_seq, more=len(waiting) > len(told))


def older_rows(source: Source, query: str, before: int) -> Listing:
    """Return the rows that follow those shown so far, which end at the number ``before``."""
    return listing(source, parse(query), "time", before)


def _limits(queries: int, db_ms: float, total_ms: float) -> str:
    return f"from {units.count(queries)} queries, {db_ms:,g} ms database or {total_ms:,g} ms total on"


__all__ = ["BATCH", "Batch", "Board", "Overview", "Row", "board", "older_rows", "overview", "render_batch"]
