"""What goes round Django is not recorded, and what never reaches the database may be: the limits that docs/capture.md names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from demo.catalog.models import Country
from queryscope.profiler.scopes.block import profile
from queryscope.profiler.trace import Trace
from tests.capture.account import Account, account
from tests.capture.witness import witness
from tests.conftest import Recording

pytestmark = pytest.mark.usefixtures("shelf")
on_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite's driver has it")
on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="only psycopg has it")


def difference(send: Callable[[], Any], recording: Recording) -> tuple[Trace, Account]:
    """Return what was recorded, and how it differs from what the database saw."""
    with witness() as database, profile("limit"):
        send()
    trace = recording.trace
    return trace, account(trace.spans, database.seen)


def test_the_drivers_own_cursor(recording: Recording) -> None:
    """``connection.connection`` is the driver's: nothing of Django's stands between it and the database."""

    def send() -> None:
        cursor = connection.connection.cursor()
        cursor.execute("SELECT 1")
        cursor.close()
        Country.objects.count()

    trace, told = difference(send, recording)
    assert trace.queries == 1
    assert (told.unrecorded, told.unseen) == (["SELECT 1"], [])


@on_sqlite
def test_a_script(recording: Recording) -> None:
    """``executescript`` is no method of Django's cursor, which hands it through to the driver's."""

    def send() -> None:
        with connection.cursor() as cursor:
            cursor.executescript("SELECT 1; SELECT 2;")

    _, told = difference(send, recording)
    assert told == Account([], ["SELECT 1;", "SELECT 2;"], [])


@on_postgresql
def test_copy_and_stream(recording: Recording) -> None:
    """Neither is one of Django's methods."""

    def send() -> None:
        with connection.cursor() as cursor:
            with cursor.copy("COPY catalog_country TO STDOUT") as copy:
                assert len(list(copy)) == 2
            assert list(cursor.stream("SELECT 1")) == [(1,)]

    _, told = difference(send, recording)
    assert told == Account([], ["COPY catalog_country TO STDOUT", "SELECT 1"], [])


@on_postgresql
def test_the_health_of_a_connection(recording: Recording) -> None:
    """What ``CONN_HEALTH_CHECKS`` sends; MySQL is pinged instead, SQLite is not asked."""
    _, told = difference(connection.is_usable, recording)
    assert told == Account([], ["SELECT 1"], [])


def test_a_wrapper_that_answers_itself(recording: Recording) -> None:
    """Recording stands around the application's wrappers: it sees what they are asked, not what they do about it."""

    def twice(execute: Any, sql: str, *args: Any) -> Any:
        execute(f"/* mine */ {sql}", *args)
        return execute(f"/* mine */ {sql}", *args)

    def send() -> None:
        with connection.execute_wrapper(lambda *_: None), connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        with connection.execute_wrapper(twice), connection.cursor() as cursor:
            cursor.execute("SELECT 2")

    trace, told = difference(send, recording)
    assert [span.sql for span in trace.spans] == told.unseen == ["SELECT 1", "SELECT 2"]
    assert told.unrecorded == ["/* mine */ SELECT 2"] * 2


def test_a_batch_of_nothing(recording: Recording) -> None:
    """It is a call of the application's, with a batch of 0."""

    def send() -> None:
        with connection.cursor() as cursor:
            cursor.executemany("DELETE FROM catalog_country WHERE code = %s", [])

    trace, told = difference(send, recording)
    assert [span.batch for span in trace.spans] == [0]
    assert told.unrecorded == []


def test_transactions_that_the_driver_begins(recording: Recording) -> None:
    """Without autocommit it begins the next one by itself: only the end of that one is told."""

    def send() -> None:
        transaction.set_autocommit(False)
        try:
            Country.objects.update(name="x")
            transaction.commit()
            Country.objects.update(name="y")
            transaction.rollback()
        finally:
            transaction.set_autocommit(True)

    trace, told = difference(send, recording)
    begun = [] if connection.vendor == "mysql" else ["BEGIN x1"]
    assert (told.unrecorded, told.unseen) == (begun, [])
    assert [span.transaction for span in trace.spans if span.kind == "update"] == [1, None]
    assert Country.objects.filter(name="x").count() == 2
