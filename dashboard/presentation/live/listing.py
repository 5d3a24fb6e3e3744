"""Which rows the list shows, in which order, and what leads to the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal
from urllib.parse import urlencode

from queryscope.dashboard.presentation.live.filter import Filter, select
from queryscope.dashboard.presentation.live.row import Row, row
from queryscope.dashboard.presentation.live.source import Source
from queryscope.profiler import units
from queryscope.profiler.store.summary import Summary
from queryscope.profiler.trace import Value

Sort = Literal["time", "queries", "db", "total"]

PAGE = 200
"""Rows of a page, and rows that "Show older" adds."""

MOST = 500
"""Rows that the list holds at once; the browser takes away the oldest beyond."""

ORDERS: dict[Sort, tuple[str, Callable[[Summary], Any]]] = {
    "time": ("newest first", lambda summary: summary.seq),
    "queries": ("most queries first", lambda summary: (summary.queries, summary.seq)),
    "db": ("most database time first", lambda summary: (summary.db_ms, summary.seq)),
    "total": ("slowest first", lambda summary: (summary.duration_ms, summary.seq)),
}


class Column(Value, frozen=True, kw_only=True):
    """The head of a column that sorts; ``link`` leads to the list in its order."""

    name: Sort
    label: str
    link: str
    current: bool


class Listing(Value, frozen=True, kw_only=True):
    """The list. ``following`` tells whether new rows go on top of it; ``link`` leads to the one they go to.

    ``older`` is the number below which older rows begin, ``None`` where there are none.
    """

    rows: tuple[Row, ...]
    shown: str
    matching: str
    order: str
    following: bool
    held: bool
    link: str
    older: int | None
    older_link: str
    limited: bool


def sort_of(text: str) -> Sort:
    """Return the order a parameter names; anything unknown is by time."""
    for name in ORDERS:
        if name == text:
            return name
    return "time"


def listing(source: Source, wanted: Filter, sort: Sort = "time", before: int | None = None) -> Listing:
    """Return the first rows of the order; ``before`` begins the order by time below that number."""
    admitted = select(source.summaries, wanted, source.config)
    chosen = ordered(admitted, sort, before if sort == "time" else None)
    shown = chosen[: PAGE if sort == "time" else MOST]
    following = sort == "time" and before is None
    older = shown[-1].seq if sort == "time" and len(chosen) > len(shown) else None
    return Listing(
        rows=tuple(row(summary, source.config, source.zone) for summary in shown),
        shown=units.count(len(shown)),
        matching=units.count(len(admitted)),
        order=ORDERS[sort][0],
        following=following,
        held=not following,
        link=link(wanted.text),
        older=older,
        older_link=link(wanted.text, before=older) if older else "",
        limited=source.totals.traces > len(source.summaries),
    )


def ordered(summaries: Sequence[Summary], sort: Sort, before: int | None = None) -> list[Summary]:
    """Return the traces below ``before`` in the order, the greatest first."""
    below = [summary for summary in summaries if before is None or summary.seq < before]
    return sorted(below, key=ORDERS[sort][1], reverse=True)


def columns(wanted: Filter, sort: Sort) -> dict[Sort, Column]:
    """Return the heads that sort, by their name."""
    labels: dict[Sort, str] = {"time": "Time", "queries": "Queries", "db": "DB ms", "total": "Total ms"}
    return {
        name: Column(name=name, label=label, link=link(wanted.text, sort=name), current=name == sort)
        for name, label in labels.items()
    }


def link(query: str, sort: Sort = "time", before: int | None = None) -> str:
    """Return the query part of the live page's address for a filter, an order and a beginning."""
    values = {
        "q": query,
        "sort": "" if sort == "time" else sort,
        "before": "" if before is None else str(before),
    }
    return "?" + urlencode({name: value for name, value in values.items() if value})
