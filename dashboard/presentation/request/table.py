"""The queries of a request as a plain table that sorts: what the picture shows, for those who do not look at pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from queryscope.dashboard.presentation.phases import EXECUTE_AND_FETCH, PHASES, Phase, joined_in
from queryscope.dashboard.presentation.request.gaps import among, shown_gaps
from queryscope.dashboard.presentation.request.search import admitted
from queryscope.dashboard.presentation.request.sites import site_of
from queryscope.dashboard.presentation.request.statement import headline
from queryscope.profiler.groups import whole_ms
from queryscope.profiler.trace import Lane, Span, Trace, Value
from queryscope.profiler.units import count, ms

PAGE_ROWS = 150


class Column(Value, frozen=True, kw_only=True):
    """A head that sorts; ``sorted`` is "ascending", "descending" or empty, ``next`` the sort a click asks for."""

    key: str
    name: str
    title: str
    number: bool
    sorted: str
    next: str


class TableRow(Value, frozen=True, kw_only=True):
    """One query, or a stretch of Python, where ``n`` is 0 and what only a query has is empty.

    ``phases`` has a number for each phase that was measured somewhere in the trace.
    """

    id: str
    kind: str
    n: int
    statement: str
    site: str
    start: str
    duration: str
    phases: tuple[str, ...]
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
    page_rows: int = PAGE_ROWS


BEFORE = {"n": "No.", "statement": "Statement", "site": "Call site", "start": "Start, ms", "ms": "ms"}
AFTER = {"rows": "Rows", "alias": "Alias"}
PHASE_KEYS = {phase.field.removesuffix("_ms"): phase for phase in PHASES}
NUMBERS = frozenset({"n", "start", "ms", "rows", *PHASE_KEYS})
LARGEST_FIRST = frozenset({"ms", "rows", *PHASE_KEYS})
KEYS: dict[str, Callable[[Span], Any]] = {
    "n": lambda span: span.n,
    "statement": lambda span: str(headline(span)),
    "site": lambda span: (site_of(span).full, site_of(span).line),
    "start": lambda span: span.start_ms,
    "ms": whole_ms,
    "rows": lambda span: -1 if span.rows is None else span.rows,
    "alias": lambda span: span.alias,
}


def _by_phase(phase: Phase) -> Callable[[Span], float]:
    def key(span: Span) -> float:
        value = phase.of(span.phases)
        return -1.0 if value is None else value

    return key


KEYS |= {key: _by_phase(phase) for key, phase in PHASE_KEYS.items()}


def table_of(trace: Trace, words: str, sort: str, page: int, n: int | None) -> Table:
    """Return one page of the table; ``sort`` is a column's key, after "-" for descending, anything else is by number."""
    key, backwards = sort.removeprefix("-"), sort.startswith("-")
    if key not in KEYS:
        key, backwards = "n", False
    spans = admitted(trace.spans, words)
    gaps = shown_gaps(trace, words) if spans else ()
    found = sorted(enumerate(among(spans, gaps)), key=lambda each: _value(key, *each), reverse=backwards)
    page = max(1, min(page, -(-len(found) // PAGE_ROWS)))
    first = (page - 1) * PAGE_ROWS
    shown = found[first : first + PAGE_ROWS]
    phases = _measured(trace)
    return Table(
        columns=tuple(_columns(phases, key, backwards)),
        rows=tuple(
            _gap_row(each, f"gap{gaps.index(each)}", phases)
            if isinstance(each, Lane)
            else _row(each, n, phases)
            for _, each in shown
        ),
        sort=f"-{key}" if backwards else key,
        earlier=page - 1 if page > 1 else None,
        later=page + 1 if first + PAGE_ROWS < len(found) else None,
        range=_range(first, len(shown), len(found)),
        nothing_matches=not spans,
    )


def _value(key: str, at: int, each: Span | Lane) -> Any:
    """Return what a row sorts by; a gap stands where it lies in time, and last where it has nothing of the kind."""
    if key == "n":
        return at
    if isinstance(each, Span):
        return KEYS[key](each)
    own = {
        "statement": each.label,
        "site": ("", ""),
        "start": each.start_ms,
        "ms": each.duration_ms,
        "alias": "",
    }
    return own.get(key, -1)


def _measured(trace: Trace) -> dict[str, Phase]:
    """Return the phases that have a number somewhere, by the key of their column."""
    found = {
        key: phase
        for key, phase in PHASE_KEYS.items()
        if any(phase.of(s.phases) is not None for s in trace.spans)
    }
    if joined_in(trace):
        found["execute"] = EXECUTE_AND_FETCH
    return found


def _columns(phases: dict[str, Phase], sorted_by: str, backwards: bool) -> Iterator[Column]:
    names = BEFORE | {key: phase.short for key, phase in phases.items()} | AFTER
    for key, name in names.items():
        title = f"{phases[key].name}, ms. {phases[key].title}" if key in phases else ""
        yield _column(key, name, title, sorted_by, backwards)


def _column(key: str, name: str, title: str, sorted_by: str, backwards: bool) -> Column:
    chosen = key == sorted_by
    down = not backwards if chosen else key in LARGEST_FIRST
    order = ("descending" if backwards else "ascending") if chosen else ""
    return Column(
        key=key, name=name, title=title, number=key in NUMBERS, sorted=order, next=f"-{key}" if down else key
    )


def _row(span: Span, n: int | None, phases: dict[str, Phase]) -> TableRow:
    return TableRow(
        id=f"n{span.n}",
        kind="query",
        n=span.n,
        statement=str(headline(span)),
        site=str(site_of(span)),
        start=f"{span.start_ms:,.2f}",
        duration=ms(whole_ms(span)),
        phases=tuple(ms(phase.of(span.phases)) for phase in phases.values()),
        rows=count(span.rows),
        alias=span.alias,
        remark="error" if span.error else "connection" if span.connecting else "",
        selected=span.n == n,
    )


def _gap_row(gap: Lane, id: str, phases: dict[str, Phase]) -> TableRow:
    return TableRow(
        id=id,
        kind="gap",
        n=0,
        statement=gap.label,
        site="",
        start=f"{gap.start_ms:,.2f}",
        duration=ms(gap.duration_ms),
        phases=("",) * len(phases),
        rows="",
        alias="",
        remark="",
        selected=False,
    )


def _range(first: int, shown: int, total: int) -> str:
    if total <= PAGE_ROWS:
        return ""
    return f"{count(first + 1)} to {count(first + shown)} of {count(total)}"
