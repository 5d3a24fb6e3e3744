"""What the panel in the toolbar shows: one trace in short, or a sentence that says why there is none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from queryscope.dashboard.presentation.badges import Badge, badges, letters
from queryscope.dashboard.presentation.phases import orm_ms
from queryscope.dashboard.presentation.request.axis import Axis, Tick, axis_of, ticks
from queryscope.dashboard.presentation.request.findings import FindingRow, findings_of
from queryscope.dashboard.presentation.request.heading import Figure, PhaseBar, phase_bar, server_of
from queryscope.dashboard.presentation.request.missing import Missing, no_queries
from queryscope.dashboard.presentation.request.timeline import proven
from queryscope.dashboard.presentation.request.timeline_rows import Row, site_row
from queryscope.profiler.config import Config
from queryscope.profiler.finding import Finding
from queryscope.profiler.groups import SiteGroup, by_site, connecting
from queryscope.profiler.report import Report
from queryscope.profiler.runs import is_cold
from queryscope.profiler.trace import Trace, Value
from queryscope.profiler.units import count, heat, ms, plural
from queryscope.profiler.words import connected, cost_of, left_out, set_up

MOST_ROWS = 100
SETTING = """\
MIDDLEWARE = [
    "queryscope.profiler.middleware.QueryscopeMiddleware",
    "debug_toolbar.middleware.DebugToolbarMiddleware",
    # ...
]"""


MOST_FINDINGS = 3


class Found(Value, frozen=True, kw_only=True):
    """The worst findings, in words how many more there are and of which rules, and whether of a cold run.

    ``count`` is for the side bar.
    """

    rows: tuple[FindingRow, ...]
    rest: str
    count: str
    cold: Badge | None = None


class Picture(Value, frozen=True, kw_only=True):
    """The queries by call site, slowest first; ``left_out`` counts in words what is not drawn."""

    ticks: tuple[Tick, ...]
    rows: tuple[Row, ...]
    left_out: str


class PanelPage(Value, frozen=True, kw_only=True):
    """The whole panel. Either ``notice`` or ``picture`` is set; what is known besides a notice is shown with it."""

    title: str = ""
    figures: tuple[Figure, ...] = ()
    bar: PhaseBar | None = None
    found: Found | None = None
    picture: Picture | None = None
    notice: Missing | None = None
    cost: str = ""
    servers: str = ""


def page_of(report: Report, config: Config) -> PanelPage:
    """Return the panel of a stored trace; the limits of ``config`` colour its numbers."""
    trace = report.trace
    known = PanelPage(
        title=f"{trace.method or trace.kind} {trace.address}",
        cost=f"Profiling cost {cost_of(report)}",
        servers=", ".join(_servers(trace)),
    )
    if nothing := no_queries(trace):
        return msgspec.structs.replace(known, notice=nothing)
    return msgspec.structs.replace(
        known,
        figures=tuple(_figures(trace, config)),
        bar=phase_bar(trace),
        found=_found(report),
        picture=_picture(report, config),
    )


def absent(missing: Missing) -> PanelPage:
    """Return the panel where there is no trace to show."""
    return PanelPage(notice=missing)


def _found(report: Report) -> Found | None:
    table = findings_of(report.findings, report.trace)
    if table is None:
        return None
    more = report.findings[MOST_FINDINGS:]
    names = ", ".join(dict.fromkeys(letters(finding.rule) for finding in more))
    return Found(
        rows=table.rows[:MOST_FINDINGS],
        rest=f"{plural(len(more), 'more finding')}: {names}" if more else "",
        count=plural(len(report.findings), "finding"),
        cold=table.run if is_cold(report.trace) else None,
    )


def _figures(trace: Trace, config: Config) -> Iterator[Figure]:
    queries_css = heat(trace.queries, config.warm_queries, config.hot_queries)
    yield Figure(name="Queries", value=count(trace.queries), unit="", sub="", css=queries_css)
    yield _figure("Database", trace.db_ms, heat(trace.db_ms, config.warm_db_ms, config.hot_db_ms))
    orm = orm_ms(trace.phases)
    if orm is not None:
        yield _figure("ORM", orm, "")
    yield _figure(
        "Total", trace.duration_ms, heat(trace.duration_ms, config.warm_total_ms, config.hot_total_ms)
    )


def _figure(name: str, value: float, css: str) -> Figure:
    return Figure(name=name, value=ms(value), unit="ms", sub="", css=css)


def _picture(report: Report, config: Config) -> Picture:
    trace = report.trace
    axis, proved = axis_of(trace), proven(trace.spans, report.findings)
    sites = sorted(by_site(trace.spans), key=lambda site: -site.total_ms)
    rows = tuple(
        _row(axis, site, proved.get(site.key, ()), first=not place)
        for place, site in enumerate(sites[:MOST_ROWS])
    )
    words = tuple(_left_out(sites[MOST_ROWS:], trace, config))
    return Picture(ticks=ticks(axis), rows=rows, left_out=" ".join(words))


def _row(axis: Axis, site: SiteGroup, proved: Sequence[Finding], *, first: bool) -> Row:
    row = site_row(axis, site, expanded=False, selected=first, lazy=False)
    # Nothing opens here: the row is as low as one inside an open group, its queries are a click away.
    return msgspec.structs.replace(row, expanded=None, css="q", badges=(*badges(proved), *row.badges))


def _left_out(sites: Sequence[SiteGroup], trace: Trace, config: Config) -> Iterator[str]:
    if sites:
        queries = plural(sum(site.count for site in sites), "query", "queries")
        total = ms(sum(site.total_ms for site in sites))
        yield f"{plural(len(sites), 'more call site')} with {queries}, {total} ms."
    if own := set_up(connecting(trace.spans)):
        yield f"{own}."
    yield from left_out(trace, config)


def _servers(trace: Trace) -> Iterator[str]:
    several = len(trace.by_alias) > 1
    for alias, totals in trace.by_alias.items():
        server = server_of(totals.vendor, totals.server_version)
        opened = f" ({connected(totals)})" if totals.connects else ""
        yield f"{alias}: {server}{opened}" if several else server + opened
