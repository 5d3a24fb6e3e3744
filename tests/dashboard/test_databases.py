"""The databases part of a request's page, and the connections that were opened for it."""

from __future__ import annotations

from queryscope.dashboard.presentation.request.databases import databases_of
from queryscope.profiler.trace import AliasTotals
from tests import builders as b


def test_each_alias_has_a_row() -> None:
    """With its server, its share of the queries, and what opening connections took."""
    aliases = {
        "default": AliasTotals(vendor="postgresql", server_version="16.4", queries=2, db_ms=3.0),
        "archive": AliasTotals(
            vendor="sqlite", server_version=None, queries=1, db_ms=0.5, connects=2, connect_ms=1.25
        ),
    }
    found = databases_of(b.trace(by_alias=aliases))
    assert found is not None
    assert [(row.alias, row.server, row.queries, row.ms, row.opened) for row in found.rows] == [
        ("default", "PostgreSQL 16.4", "2", "3.00", ""),
        ("archive", "SQLite", "1", "0.50", "2 connections opened in 1.25 ms"),
    ]
    assert found.note == ""


def test_statements_that_set_a_connection_up_are_told_apart() -> None:
    """They are no queries of the request."""
    found = databases_of(b.trace(spans=(b.span(1, connecting=True, duration_ms=0.5), b.span(2))))
    assert found is not None
    assert found.note == "Connection set up: 1 statement, 0.50 ms, not counted among the queries."


def test_without_a_database_there_is_no_such_part() -> None:
    """Nothing empty is drawn."""
    assert databases_of(b.trace(spans=(), by_alias={})) is None
