"""What stands apart from the sites of the timeline: the set-up of connections, and the cheapest of very many sites."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from queryscope.dashboard.presentation.request import marks
from queryscope.dashboard.presentation.request.axis import Axis
from queryscope.dashboard.presentation.request.timeline_rows import Row, query_row
from queryscope.profiler.groups import SiteGroup, whole_ms
from queryscope.profiler.trace import Span
from queryscope.profiler.units import ms, plural

MOST_SITES = 75
"""Sites that have a row; the cheapest of more share one."""
CONNECT_KEY, REST_KEY = "connect", "rest"
"""What ``spans.json`` calls the site of these spans."""


def divided(sites: Sequence[SiteGroup]) -> tuple[tuple[SiteGroup, ...], tuple[SiteGroup, ...]]:
    """Return the sites that have a row of their own and those that have not, both in the order of execution."""
    dearest = sorted(sites, key=lambda site: -site.total_ms)[:MOST_SITES]
    keys = {site.key for site in dearest}
    return tuple(s for s in sites if s.key in keys), tuple(s for s in sites if s.key not in keys)


def connect_rows(axis: Axis, spans: Sequence[Span], n: int | None) -> Iterator[Row]:
    """Yield a quiet row for what backends sent to set connections up, and its statements; nothing where they sent nothing."""
    if not spans:
        return
    opened = any(span.n == n for span in spans)
    yield Row(
        id=CONNECT_KEY,
        kind="connect",
        css="apart",
        level=1,
        n=spans[0].n,
        expanded=opened,
        remark=f"Connection set up: {plural(len(spans), 'statement')}, not counted",
        total=ms(sum(map(whole_ms, spans))),
        marks=marks.of_spans(axis, spans),
    )
    for span in spans:
        yield query_row(axis, span, parent=CONNECT_KEY, hidden=not opened)


def rest_row(axis: Axis, sites: Sequence[SiteGroup]) -> Row:
    """Return the one row of the sites that have none of their own; its queries are drawn when it is opened."""
    spans = sorted((span for site in sites for span in site.spans), key=lambda span: span.n)
    queries = plural(len(spans), "query", "queries")
    return Row(
        id=f"{REST_KEY}-more",
        kind="more",
        css="q more",
        level=1,
        n=spans[0].n,
        expanded=False,
        remark=f"{plural(len(sites), 'more call site')}, {queries}",
        total=ms(sum(map(whole_ms, spans))),
        marks=marks.of_spans(axis, spans),
    )
