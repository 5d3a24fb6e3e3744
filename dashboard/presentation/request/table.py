"""The queries of a request as a plain table that sorts: what the picture shows, for those who do not look at pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from queryscope.dashboard.presentation.request.search import admitted
from queryscope.dashboard.presentation.request.sites import site_of
from queryscope.dashboard.presentation.request.statement import headline
from queryscope.profiler.trace import Span, Trace, Value
from queryscope.profiler.units import count, ms

PAGE_ROWS = 500


class Column(Value, frozen=True, kw_only=True):
    """A head that sorts; ``sorted`` is "ascending", "descending" or empty, ``next`` the sort a click asks for."""

    key: str
    name: str
    number: bool
    sorted: str
    next: str


class TableRow(Value, frozen=True, kw_only=True):
    """One query."""

    n: int
    statement: str
    site: str
    start: str
    duration: str
    rows: str
    alias: str
    remark: str
    selected: bool


class Table(Value, frozen=True, kw_only=True):
    """A page of rows. ``earlier`` and ``later`` are page numbers, ``None`` at the ends; ``range`` says which rows."""

    columns: tuple[Column, ...]
    rows: tuple[TableRow, ...]
    sort: str
    earlier: int | None
    later: int | None
    range: str
    nothing_matches: bool


NAMES = {
    "n": "No.",
    "statement": "Statement",
    "site": "Call site",
    "start": "Start, ms",
    "ms": "ms",
    "rows": "Rows",
    "alias": "Alias",
}
NUMBERS = frozenset({"n", "start", "ms", "rows"})
LARGEST_FIRST = frozenset({"ms", "rows"})
KEYS: dict[str, Callable[[Span], Any]] = {
    "n": lambda span: span.n,
    "statement": lambda span: str(headline(span)),
    "site": lambda span: (site_of(span).full, site_of(span).line),
    "start": lambda span: span.start_ms,
    "ms": lambda span: span.duration_ms,
    "rows": lambda span: -1 if span.rows is None else span.rows,
    "alias": lambda span: span.alias,
}


def table_of(trace: Trace, words: str, sort: str, page: int, n: int | None) -> Table:
    """Return one page of the table; ``sort`` is a column's key, after "-" for descending, anything else is by number."""
    key, backwards = sort.removeprefix("-"), sort.startswith("-")
    if key not in KEYS:
        key, backwards = "n", False
    spans = sorted(admitted(trace.spans, words), key=KEYS[key], reverse=backwards)
    page = max(1, min(page, -(-len(spans) // PAGE_ROWS)))
    first = (page - 1) * PAGE_ROWS
    shown = spans[first : first + PAGE_ROWS]
    return Table(
        columns=tuple(_column(name, key, backwards) for name in NAMES),
        rows=tuple(_row(span, n) for span in shown),
        sort=f"-{key}" if backwards else key,
        earlier=page - 1 if page > 1 else None,
        later=page + 1 if first + PAGE_ROWS < len(spans) else None,
        range=_range(first, shown, len(spans)),
        nothing_matches=not spans,
    )


def _column(key: str, sorted_by: str, backwards: bool) -> Column:
    chosen = key == sorted_by
    down = not backwards if chosen else key in LARGEST_FIRST
    order = ("descending" if backwards else "ascending") if chosen else ""
    return Column(
        key=key, name=NAMES[key], number=key in NUMBERS, sorted=order, next=f"-{key}" if down else key
    )


def _row(span: Span, n: int | None) -> TableRow:
    return TableRow(
        n=span.n,
        statement=str(headline(span)),
        site=str(site_of(span)),
        start=f"{span.start_ms:,.2f}",
        duration=ms(span.duration_ms),
        rows=count(span.rows),
        alias=span.alias,
        remark="error" if span.error else "",
        selected=span.n == n,
    )


def _range(first: int, shown: Sequence[Span], total: int) -> str:
    if total <= PAGE_ROWS:
        return ""
    return f"{count(first + 1)} to {count(first + len(shown))} of {count(total)}"
