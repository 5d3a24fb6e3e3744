"""The databases of a request as rows: what each one had to do, and what opening connections to it took."""

from __future__ import annotations

from collections.abc import Iterator

from queryscope.dashboard.presentation.request.heading import server_of
from queryscope.profiler.groups import connecting
from queryscope.profiler.trace import Trace, Value
from queryscope.profiler.units import count, ms
from queryscope.profiler.words import connected, set_up


class DatabaseRow(Value, frozen=True, kw_only=True):
    """One alias; ``opened`` says how many connections were opened, and is empty where none was."""

    alias: str
    server: str
    queries: str
    ms: str
    opened: str


class Databases(Value, frozen=True, kw_only=True):
    """All aliases, and a sentence on the statements that set connections up."""

    rows: tuple[DatabaseRow, ...]
    note: str


def databases_of(trace: Trace) -> Databases | None:
    """Return the databases of a trace, ``None`` where it asked none."""
    rows = tuple(_rows(trace))
    if not rows:
        return None
    note = set_up(connecting(trace.spans))
    return Databases(rows=rows, note=f"{note}." if note else "")


def _rows(trace: Trace) -> Iterator[DatabaseRow]:
    for alias, totals in trace.by_alias.items():
        yield DatabaseRow(
            alias=alias,
            server=server_of(totals.vendor, totals.server_version),
            queries=count(totals.queries),
            ms=ms(totals.db_ms),
            opened=connected(totals),
        )
