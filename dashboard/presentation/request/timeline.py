"""The picture of a request: an axis, two lanes, and rows by call site or by time, as one frozen value."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from queryscope.dashboard.presentation.badges import badges
from queryscope.dashboard.presentation.request.apart import REST_KEY, connect_rows, divided, rest_row
from queryscope.dashboard.presentation.request.axis import Axis, Tick, axis_of, ticks
from queryscope.dashboard.presentation.request.gaps import among, gap_row, shown_gaps
from queryscope.dashboard.presentation.request.lanes import (
    RequestLane,
    TransactionLane,
    request_lane,
    transaction_lane,
)
from queryscope.dashboard.presentation.request.search import admitted
from queryscope.dashboard.presentation.request.sites import site_of
from queryscope.dashboard.presentation.request.timeline_rows import (
    Row,
    group_row,
    group_rows,
    query_row,
    site_row,
)
from queryscope.profiler.finding import Finding
from queryscope.profiler.groups import SiteGroup, by_site, connecting
from queryscope.profiler.trace import Lane, Span, Trace, Value

Mode = Literal["site", "time"]

MOST_ROWS = 250
"""Rows by time that come as HTML; above it the browser draws the rows in view from the columns of ``spans.json``."""
MOST_HIDDEN = 20
"""Rows inside closed sites that come as HTML; above it a site brings its rows when it is opened."""
OVERVIEW_FROM = 500
"""Above so many queries a lane shows them all, however far the rows are scrolled or zoomed."""


class Timeline(Value, frozen=True, kw_only=True):
    """``windowed`` is true where rows by time come from ``spans.json``; ``total`` counts the rows there are then."""

    mode: Mode
    axis: Axis
    ticks: tuple[Tick, ...]
    request: RequestLane
    transactions: TransactionLane | None
    rows: tuple[Row, ...]
    total: int
    windowed: bool
    overview: bool
    nothing_matches: bool


def timeline_of(
    trace: Trace, mode: Mode, words: str, n: int | None, findings: Sequence[Finding] = ()
) -> Timeline:
    """Return the timeline in the given order, of the spans that the filter ``words`` admits, with span ``n`` selected.

    Rows by call site carry the badges of the ``findings`` that their queries prove.
    """
    axis = axis_of(trace)
    spans = admitted(trace.spans, words)
    gaps = shown_gaps(trace, words) if mode == "time" else ()
    windowed = mode == "time" and len(spans) > MOST_ROWS
    found = (
        () if windowed else tuple(_by_time(axis, spans, gaps) if mode == "time" else _by_site(axis, spans, n))
    )
    if mode == "site" and findings:
        found = tuple(_with_badges(found, spans, findings))
    return Timeline(
        mode=mode,
        axis=axis,
        ticks=ticks(axis),
        request=request_lane(axis, trace),
        transactions=transaction_lane(axis, trace),
        rows=_selected(_in_transactions(found, trace), n),
        total=len(spans) + len(gaps) if windowed else len(found),
        windowed=windowed,
        overview=len(spans) > OVERVIEW_FROM,
        nothing_matches=not spans,
    )


def _by_time(axis: Axis, spans: Sequence[Span], gaps: Sequence[Lane]) -> Iterator[Row]:
    number = 0
    for each in among(spans, gaps):
        if isinstance(each, Lane):
            yield gap_row(axis, each, number)
            number += 1
        else:
            row = query_row(axis, each, level=1)
            yield msgspec.structs.replace(row, site=site_of(each), number=str(each.n))


def _by_site(axis: Axis, spans: Sequence[Span], n: int | None) -> Iterator[Row]:
    yield from connect_rows(axis, connecting(spans), n)
    sites, rest = divided(by_site(spans))
    left = MOST_HIDDEN
    for site in sites:
        opened = n is not None and any(span.n == n for span in site.spans)
        children = tuple(_children(axis, site, hidden=not opened))
        lazy = len(children) > left and not opened
        yield site_row(axis, site, expanded=opened, selected=False, lazy=lazy)
        if not lazy:
            left -= len(children)
            yield from children
    if rest:
        yield rest_row(axis, rest)


def _with_badges(rows: Sequence[Row], spans: Sequence[Span], findings: Sequence[Finding]) -> Iterator[Row]:
    by_row = proven(spans, findings)
    for row in rows:
        proved = by_row.get(row.id, ())
        if not proved:
            yield row
            continue
        # What is inside an open group needs no letters of its own: its group has them.
        letters = () if row.kind == "more" else badges(proved)
        found = " ".join(finding.id for finding in proved)
        yield msgspec.structs.replace(row, found=found, badges=(*letters, *row.badges))


def proven(spans: Sequence[Span], findings: Sequence[Finding]) -> dict[str, tuple[Finding, ...]]:
    """Return the findings by the ids of the rows (sites, groups and their rests) whose queries prove them."""
    shown, rest = divided(by_site(spans))
    rows: dict[int, tuple[str, ...]] = {}
    apart = {site.key for site in rest}
    for site in (*shown, *rest):
        outer = f"{REST_KEY}-more" if site.key in apart else site.key
        for group in site.queries:
            names = (outer, site.key, group.key, f"{group.key}-more")
            rows |= {span.n: names for span in group.spans}
    by_row: dict[str, dict[str, Finding]] = defaultdict(dict)
    for finding in findings:
        for name in {name for n in finding.spans for name in rows.get(n, ())}:
            by_row[name][finding.id] = finding
    return {name: tuple(found.values()) for name, found in by_row.items()}


def _children(axis: Axis, site: SiteGroup, *, hidden: bool) -> Iterator[Row]:
    if len(site.queries) == 1:
        yield from group_rows(axis, site.queries[0], site.key, level=2, hidden=hidden)
        return
    for group in site.queries:
        if len(group.spans) == 1:
            yield query_row(axis, group.first, parent=site.key, hidden=hidden)
            continue
        yield group_row(axis, group, site.key, expanded=False, hidden=hidden)
        yield from group_rows(axis, group, group.key, level=3, hidden=True)


def _in_transactions(rows: Sequence[Row], trace: Trace) -> list[Row]:
    """Mark neighbouring query rows of one transaction: a line binds them, from the first to the last."""
    inside = {span.n: span.transaction for span in trace.spans if span.transaction is not None}
    if not inside:
        return list(rows)
    numbers = [inside.get(row.n) if row.kind == "query" else None for row in rows]
    for at, row in enumerate(rows[1:-1], 1):
        if row.kind == "gap" and numbers[at - 1] == numbers[at + 1]:
            numbers[at] = numbers[at - 1]
    bound = []
    for at, (row, number) in enumerate(zip(rows, numbers, strict=True)):
        if number is None:
            bound.append(row)
            continue
        first = "" if at and numbers[at - 1] == number else " tx0"
        last = "" if at + 1 < len(rows) and numbers[at + 1] == number else " tx1"
        bound.append(msgspec.structs.replace(row, css=f"{row.css} intx{first}{last}"))
    return bound


def _selected(rows: Sequence[Row], n: int | None) -> tuple[Row, ...]:
    """Select the row of span ``n``, or the open site it hides in; without ``n`` nothing is selected."""
    chosen = next((row.id for row in rows if row.kind == "query" and row.n == n), None)
    chosen = chosen or next((row.id for row in rows if row.expanded), None)
    if n is None or chosen is None:
        return tuple(rows)
    return tuple(msgspec.structs.replace(row, selected=True) if row.id == chosen else row for row in rows)
