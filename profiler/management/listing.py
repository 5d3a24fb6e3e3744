"""``queryscope list``: the newest traces that answer to a view and a path, as aligned lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from queryscope.profiler.config import Config
from queryscope.profiler.management.text import columns, moment, one_line, visible
from queryscope.profiler.store import Store, Summary
from queryscope.profiler.units import count, heat, ms, plural

PAGE = 500
NAME_CHARS = 100
HEAD = ("No.", "Id", "Began", "Status", "Queries", "DB ms", "Total ms", "What")
NUMBERS = frozenset({0, 3, 4, 5, 6})


def select(store: Store, limit: int, view: str, path: str) -> tuple[Summary, ...]:
    """Return at most ``limit`` traces, newest first, whose view and path contain the given texts (any case).

    Empty texts admit all. Raises StoreError.
    """
    view, path = view.lower(), path.lower()
    admitted = (
        summary
        for summary in _newest(store, limit if not view and not path else PAGE)
        if view in (summary.view or "").lower() and path in (summary.path or "").lower()
    )
    return tuple(islice(admitted, limit))


def lines(summaries: Sequence[Summary], config: Config, style: Any) -> Iterator[str]:
    """Yield a head and one line a trace; numbers over the limits ``WARM_*`` and ``HOT_*`` are coloured by ``style``."""
    head, *rows = columns([HEAD, *map(_cells, summaries)], NUMBERS)
    yield style.MIGRATE_HEADING("  ".join(head))
    for cells, summary in zip(rows, summaries, strict=True):
        yield "  ".join(_painted(cells, summary, config, style))


def nothing(store: Store, filtered: bool) -> str:
    """Return what to say where there is no line to show."""
    kept = store.totals().traces
    if filtered and kept:
        return f"None of the {plural(kept, 'trace')} in {visible(store.location)} matches."
    return f"No trace in {visible(store.location)} yet: make a request to a site that records."


def paint(text: str, value: float, warm: float, hot: float, style: Any) -> str:
    """Return ``text`` in the colour of its value: an error's from ``hot`` on, a warning's from ``warm`` on."""
    colours = {"": str, "warm": style.WARNING, "hot": style.ERROR}
    return str(colours[heat(value, warm, hot)](text))


def _newest(store: Store, page: int) -> Iterator[Summary]:
    before: int | None = None
    while found := store.newest(page, before=before):
        yield from found
        before = found[-1].seq


def _cells(summary: Summary) -> tuple[str, ...]:
    status = "-" if summary.status is None else str(summary.status)
    return (
        str(summary.seq),
        summary.id[:8],
        moment(summary.started_at),
        "error" if summary.error and summary.status is None else status,
        count(summary.queries),
        ms(summary.db_ms),
        ms(summary.duration_ms),
        one_line(what(summary), NAME_CHARS),
    )


def what(summary: Summary) -> str:
    """Return what a trace is of: method, path and query string of a request, else kind, name and path if it has one."""
    if summary.method is not None:
        return f"{summary.method} {summary.address}"
    return " ".join(filter(None, (summary.kind, summary.name, summary.path)))


def _painted(cells: list[str], summary: Summary, config: Config, style: Any) -> list[str]:
    if summary.error or (summary.status or 0) >= 500:
        cells[3] = style.ERROR(cells[3])
    elif (summary.status or 0) >= 400:
        cells[3] = style.WARNING(cells[3])
    cells[4] = paint(cells[4], summary.queries, config.warm_queries, config.hot_queries, style)
    cells[5] = paint(cells[5], summary.db_ms, config.warm_db_ms, config.hot_db_ms, style)
    cells[6] = paint(cells[6], summary.duration_ms, config.warm_total_ms, config.hot_total_ms, style)
    return cells
