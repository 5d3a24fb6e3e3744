"""What the panel in the toolbar shows: one trace in short, or a sentence that says why there is none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from queryscope.dashboard.presentation.request.axis import Axis, Tick, axis_of, ticks
from queryscope.dashboard.presentation.request.heading import Figure, PhaseBar, phase_bar, server_of
from queryscope.dashboard.presentation.request.notices import STILL_WRITING, kept
from queryscope.dashboard.presentation.request.timeline_rows import Row, site_row
from queryscope.profiler.config import Config
from queryscope.profiler.groups import SiteGroup, by_site
from queryscope.profiler.report import Report
from queryscope.profiler.trace import Trace, Value
from queryscope.profiler.units import count, duration, heat, ms, plural

MOST_ROWS = 100
SETTING = """\
MIDDLEWARE = [
    "queryscope.profiler.middleware.QueryscopeMiddleware",
    "debug_toolbar.middleware.DebugToolbarMiddleware",
    # ...
]"""


class Notice(Value, frozen=True, kw_only=True):
    """Stands where the queries would. ``code`` is what to write; ``action`` is ``"retry"``, ``"reload"`` or nothing."""

    title: str
    text: str
    code: str = ""
    action: str = ""


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
    picture: Picture | None = None
    notice: Notice | None = None
    cost: str = ""
    servers: str = ""


def page_of(report: Report, config: Config) -> PanelPage:
    """Return the panel of a stored trace; the limits of ``config`` colour its numbers."""
    trace = report.trace
    known = PanelPage(
        title=f"{trace.method or trace.kind} {trace.address}",
        cost=f"Profiling cost {ms(report.overhead.capture_ms)} ms of this request",
        servers=", ".join(_servers(trace)),
    )
    if not trace.queries:
        text = f"All {duration(trace.duration_ms)} were Python. Nothing to look at here."
        notice = Notice(title="No queries in this request", text=text)
        return msgspec.structs.replace(known, notice=notice)
    return msgspec.structs.replace(
        known, figures=tuple(_figures(trace, config)), bar=phase_bar(trace), picture=_picture(trace)
    )


def pending() -> PanelPage:
    """Return the panel of a trace that is on its way to the store."""
    text = "The recording ends with the response and is stored a moment later."
    return PanelPage(notice=Notice(title=STILL_WRITING.title, text=text, action="retry"))


def gone(config: Config, problem: str | None) -> PanelPage:
    """Return the panel of a trace that is not in the store, with the limits; ``problem`` is what keeps it from being written."""
    if problem:
        return PanelPage(notice=Notice(title="This request was not stored", text=problem, action="reload"))
    limits = f"{kept(config)} Reload the page to profile it again, or raise the limits:"
    code = f'QUERYSCOPE = {{"KEEP_TRACES": {config.keep_traces * 2}}}'
    return PanelPage(notice=Notice(title="This request is not kept", text=limits, code=code, action="reload"))


def unreadable(reason: str) -> PanelPage:
    """Return the panel where the store cannot be read, with the sentence that says why."""
    return PanelPage(notice=Notice(title="The store cannot be read", text=reason, action="retry"))


def unrecorded(why: str, code: str) -> PanelPage:
    """Return the panel of a request that has no trace."""
    return PanelPage(notice=Notice(title="This request was not recorded", text=why, code=code))


def _figures(trace: Trace, config: Config) -> Iterator[Figure]:
    queries_css = heat(trace.queries, config.warm_queries, config.hot_queries)
    yield Figure(name="Queries", value=count(trace.queries), unit="", sub="", css=queries_css)
    yield _figure("Database", trace.db_ms, heat(trace.db_ms, config.warm_db_ms, config.hot_db_ms))
    phases = trace.phases
    orm = [v for v in (phases.construct_ms, phases.compile_ms, phases.hydrate_ms) if v is not None]
    if orm:
        yield _figure("ORM", sum(orm), "")
    yield _figure(
        "Total", trace.duration_ms, heat(trace.duration_ms, config.warm_total_ms, config.hot_total_ms)
    )


def _figure(name: str, value: float, css: str) -> Figure:
    return Figure(name=name, value=ms(value), unit="ms", sub="", css=css)


def _picture(trace: Trace) -> Picture:
    axis = axis_of(trace)
    sites = sorted(by_site(trace.spans), key=lambda site: -site.total_ms)
    rows = tuple(_row(axis, site, first=not place) for place, site in enumerate(sites[:MOST_ROWS]))
    words = tuple(_left_out(sites[MOST_ROWS:], trace))
    return Picture(ticks=ticks(axis), rows=rows, left_out=" ".join(words))


def _row(axis: Axis, site: SiteGroup, *, first: bool) -> Row:
    row = site_row(axis, site, expanded=False, selected=first, lazy=False)
    # Nothing opens here: the row is as low as one inside an open group, its queries are a click away.
    return msgspec.structs.replace(row, expanded=None, css="q", y=6)


def _left_out(sites: Sequence[SiteGroup], trace: Trace) -> Iterator[str]:
    if sites:
        queries = plural(sum(site.count for site in sites), "query", "queries")
        total = ms(sum(site.total_ms for site in sites))
        yield f"{plural(len(sites), 'more call site')} with {queries}, {total} ms."
    if trace.truncated_spans:
        yield f"{plural(trace.truncated_spans, 'statement')} counted but not kept (MAX_SPANS, MAX_TRACE_BYTES)."


def _servers(trace: Trace) -> Iterator[str]:
    several = len(trace.by_alias) > 1
    for alias, totals in trace.by_alias.items():
        server = server_of(totals.vendor, totals.server_version)
        yield f"{alias}: {server}" if several else server
