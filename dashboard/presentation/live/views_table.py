"""The views table: traces of each view added up, by share of the time of all; tasks and commands go by their name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from urllib.parse import urlencode

from queryscope.dashboard.presentation.badges import Badge, worst
from queryscope.dashboard.presentation.live.filter import MAX_CHARS
from queryscope.dashboard.presentation.live.row import VIEW_CHARS, brief, short_view
from queryscope.profiler import units
from queryscope.profiler.config import Config
from queryscope.profiler.store.summary import Summary
from queryscope.profiler.trace import Value
from queryscope.profiler.units import Heat

MOST = 30
"""Views that are listed; the rest is added up in one line below."""


class ViewRow(Value, frozen=True, kw_only=True):
    """One view. ``query`` is the filter text that lists its traces, "" where a filter cannot name it.

    ``badges`` has the worst that was found in its newest trace, ``address`` is the query part of the page of the view.
    """

    name: str
    short: str
    query: str
    runs: str
    queries: str
    queries_heat: Heat
    p50: str
    p95: str
    database: str
    share: str
    width: str
    badges: tuple[Badge, ...] = ()
    address: str = ""


class ViewsTable(Value, frozen=True, kw_only=True):
    """The listed views, and a sentence about those that were left out, "" where none was."""

    rows: tuple[ViewRow, ...]
    rest: str


def views_table(summaries: Sequence[Summary], config: Config) -> ViewsTable:
    """Return the views of these traces, the costliest first; what has no view goes by its name."""
    groups: dict[str, list[Summary]] = defaultdict(list)
    for summary in summaries:
        groups[summary.view or summary.name].append(summary)
    total = sum(summary.duration_ms for summary in summaries)
    ordered = sorted(groups.items(), key=lambda item: (-_duration(item[1]), item[0]))
    listed, left = ordered[:MOST], ordered[MOST:]
    most = units.share(_duration(listed[0][1]), total) if listed else None
    rows = tuple(_row(name, group, total, most or 1.0, config) for name, group in listed)
    rest = sum(_duration(group) for _, group in left)
    more = (
        f"{units.plural(len(left), 'more view')}, {units.whole_percent(units.share(rest, total))} % together"
    )
    return ViewsTable(rows=rows, rest=more if left else "")


def address_of(summary: Summary) -> str:
    """Return the query part of the address of the page of a view, or of what goes by its name."""
    values = {"view": summary.view} if summary.view else {"kind": summary.kind, "name": summary.name}
    return "?" + urlencode(values, errors="replace")


def quantile(values: Sequence[float], share: float) -> float:
    """Return the nearest-rank quantile of at least one value; ``share`` is above 0 and at most 1."""
    ordered = sorted(values)
    rank = -(-len(ordered) * share // 1)
    return ordered[max(0, int(rank) - 1)]


def _row(name: str, group: Sequence[Summary], total: float, most: float, config: Config) -> ViewRow:
    durations = [summary.duration_ms for summary in group]
    queries = round(quantile([summary.queries for summary in group], 0.5))
    share = units.share(sum(durations), total)
    view = group[0].view
    return ViewRow(
        name=brief(name, VIEW_CHARS),
        short=brief(_short(group[0]), VIEW_CHARS),
        query=f"view:{view}" if view and " " not in view and len(view) < MAX_CHARS - 5 else "",
        runs=units.count(len(group)),
        queries=units.count(queries),
        queries_heat=units.heat(queries, config.warm_queries, config.hot_queries),
        p50=units.ms(quantile(durations, 0.5)),
        p95=units.ms(quantile(durations, 0.95)),
        database=units.whole_percent(units.share(sum(summary.db_ms for summary in group), sum(durations))),
        share=units.whole_percent(share),
        width=f"{(share or 0) / most * 100:.1f}%",
        badges=worst(group[-1].findings),
        address=address_of(group[0]),
    )


def _short(summary: Summary) -> str:
    """Return what tells a view or a task from others: a name is cut at its end, where a dotted path says most."""
    dotted = summary.view or (summary.name if summary.kind == "task" else None)
    return short_view(dotted) if dotted else summary.name


def _duration(group: Sequence[Summary]) -> float:
    return sum(summary.duration_ms for summary in group)
