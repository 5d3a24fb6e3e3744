"""The page of one trace as one frozen value: head, notices, and the queries as a picture or a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import Literal
from urllib.parse import urlencode

from msgspec.structs import replace

from queryscope.dashboard.presentation.live.views_table import address_of
from queryscope.dashboard.presentation.request.before import Before
from queryscope.dashboard.presentation.request.databases import Databases, databases_of
from queryscope.dashboard.presentation.request.drawer import Drawer, drawer_of
from queryscope.dashboard.presentation.request.findings import Findings, findings_of, nothing_found
from queryscope.dashboard.presentation.request.heading import (
    Figure,
    Heading,
    PhaseBar,
    figures_of,
    heading_of,
    phase_bar,
)
from queryscope.dashboard.presentation.request.missing import Missing, no_queries
from queryscope.dashboard.presentation.request.notices import Notice, notices_of
from queryscope.dashboard.presentation.request.table import Table, table_of
from queryscope.dashboard.presentation.request.template_heat import Heat, has_templates, heat_of
from queryscope.dashboard.presentation.request.timeline import Timeline, timeline_of
from queryscope.profiler.analysis.rules import RULES
from queryscope.profiler.config import Config
from queryscope.profiler.groups import by_site, slowest
from queryscope.profiler.report import Report
from queryscope.profiler.store.summary import Summary
from queryscope.profiler.trace import Value

View = Literal["site", "time", "table", "templates"]
DEFAULT_VIEW: View = "site"
VIEWS: dict[View, str] = {"site": "Call site", "time": "Time", "table": "Table", "templates": "Templates"}


class Wanted(Value, frozen=True, kw_only=True):
    """What the address asks for: the view, the filter, the selected span, and the table's sort and page."""

    view: View = "site"
    words: str = ""
    n: int | None = None
    sort: str = "n"
    page: int = 1


class ViewLink(Value, frozen=True, kw_only=True):
    """One part of the switch between the views."""

    key: View
    name: str
    address: str
    current: bool


class RequestPage(Value, frozen=True, kw_only=True):
    """``first_n`` is the span that a wide window shows in the drawer on its own; ``drawer`` is the one asked for.

    ``history`` is the query part of the address of the page of its view, or of what goes by its name.
    """

    id: str
    address: str
    view: View
    words: str
    views: tuple[ViewLink, ...]
    table_address: str
    heading: Heading | None = None
    figures: tuple[Figure, ...] = ()
    bar: PhaseBar | None = None
    notices: tuple[Notice, ...] = ()
    previous: str = ""
    next: str = ""
    empty: Missing | None = None
    timeline: Timeline | None = None
    table: Table | None = None
    heat: Heat | None = None
    drawer: Drawer | None = None
    first_n: int | None = None
    databases: Databases | None = None
    findings: Findings | None = None
    nothing_found: str = ""
    history: str = ""
    before: Before | None = None


def page_of(
    report: Report,
    wanted: Wanted,
    config: Config,
    *,
    address: str,
    zone: tzinfo,
    neighbours: tuple[Summary | None, Summary | None],
    of_view: Sequence[Summary],
    own: Summary | None = None,
    before: Before | None = None,
    ignored: Mapping[str, str] | None = None,
) -> RequestPage:
    """Return the whole page at ``address``; ``neighbours`` are the trace before and after this one.

    ``own`` is its row of the log, made anew where it is not at hand; ``before`` is what became of it since the previous run, ``ignored`` why problems are ignored, by their identity.
    """
    trace = report.trace
    known = wanted.n is not None and any(span.n == wanted.n for span in trace.spans)
    first = None if known else first_shown(report)
    part = picture_of(report, wanted if known else replace(wanted, n=first), address)
    return replace(
        part,
        heading=heading_of(trace, zone),
        figures=figures_of(report, of_view, own),
        bar=phase_bar(trace),
        notices=notices_of(trace, config),
        previous=neighbours[0].id if neighbours[0] else "",
        next=neighbours[1].id if neighbours[1] else "",
        empty=no_queries(trace),
        drawer=drawer_of(report, wanted.n, config) if wanted.n is not None and known else None,
        first_n=first,
        databases=databases_of(trace),
        findings=findings_of(report.findings, trace, ignored),
        nothing_found=nothing_found(report.findings, trace, len(RULES)),
        before=before,
        history=address_of(own) if own else "",
    )


def view_named(name: str) -> View:
    """Return the view of that name, the one by call site for any other word."""
    return next((view for view in VIEWS if view == name), DEFAULT_VIEW)


def picture_of(report: Report, wanted: Wanted, address: str) -> RequestPage:
    """Return the part of the page below its head: what a change of view or filter replaces."""
    trace = report.trace
    table, timeline, heat = None, None, None
    if wanted.view == "table":
        table = table_of(trace, wanted.words, wanted.sort, wanted.page, wanted.n)
    elif wanted.view == "templates":
        heat = heat_of(trace, wanted.words, report.findings)
    else:
        timeline = timeline_of(trace, wanted.view, wanted.words, wanted.n, report.findings)
    return RequestPage(
        id=trace.id,
        address=address,
        view=wanted.view,
        words=wanted.words,
        views=tuple(
            ViewLink(
                key=key, name=name, address=_address(address, key, wanted.words), current=key == wanted.view
            )
            for key, name in VIEWS.items()
            if key != "templates" or wanted.view == key or has_templates(trace)
        ),
        table_address=_address(address, "table", wanted.words),
        timeline=timeline,
        heat=heat,
        table=table,
    )


def first_shown(report: Report) -> int | None:
    """Return the span to begin with: the slowest of the first finding, else of the site that cost most.

    ``None`` where there are no queries.
    """
    proving = set(report.findings[0].spans) if report.findings else set()
    if found := [span for span in report.trace.spans if span.n in proving]:
        return slowest(found).n
    sites = by_site(report.trace.spans)
    if not sites:
        return None
    return slowest(max(sites, key=lambda site: site.total_ms).spans).n


def _address(address: str, view: View, words: str) -> str:
    query = {"view": view} | ({"q": words} if words else {})
    return f"{address}?{urlencode(query)}"
