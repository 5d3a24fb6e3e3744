"""What the application fetches from a cursor is timed and counted, and the cursor stays what it was."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, InterfaceError, connection

from queryscope.profiler.scopes.block import profile
from queryscope.profiler.trace import Span
from tests.conftest import Recording

ROWS = 300
NAMES = "SELECT code, name FROM catalog_country ORDER BY code"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def countries(recording: Recording) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO catalog_country (code, name) VALUES (%s, %s)",
            [(chr(97 + n // 26) + chr(97 + n % 26), f"Land {n:03}") for n in range(ROWS)],
        )


def fetched(recording: Recording, work: Callable[[Any], Any]) -> Span:
    with profile("cursor"), connection.cursor() as cursor:
        cursor.execute(NAMES)
        work(cursor)
    return recording.trace.spans[0]


@pytest.mark.parametrize(
    ("work", "rows"),
    [
        (lambda cursor: cursor.fetchall(), ROWS),
        (lambda cursor: cursor.fetchone(), 1),
        (lambda cursor: [cursor.fetchone() for _ in range(5)], 5),
        (lambda cursor: cursor.fetchmany(7), 7),
        (list, ROWS),
        (lambda cursor: next(iter(cursor)), 1),
    ],
    ids=["all", "one", "ones", "many", "iterated", "iterated_once"],
)
def test_rows_are_counted(
    recording: Recording, countries: None, work: Callable[[Any], Any], rows: int
) -> None:
    """Whichever way they are fetched, with their width, about their bytes, and the time it took."""
    span = fetched(recording, work)
    assert (span.rows, span.columns) == (rows, 2)
    assert span.bytes == rows * len("aa" + "Land 000")
    assert (span.phases.fetch_ms is None) == (connection.vendor == "sqlite")
    assert span.load is None


def test_an_answer_that_nobody_fetches(recording: Recording, countries: None) -> None:
    """Its size is what the driver knows, and the time of the fetch is unknown."""
    span = fetched(recording, lambda cursor: None)
    assert span.rows == (None if connection.vendor == "sqlite" else ROWS)
    assert span.phases.fetch_ms is None
    assert span.columns == 2


def test_the_answer_is_the_drivers(recording: Recording, countries: None) -> None:
    """Recorded and not, a cursor returns the same, ends alike, and raises the same errors."""

    def ask() -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(NAMES)
            found = [
                cursor.fetchone(),
                cursor.fetchmany(2),
                list(cursor)[-1],
                cursor.fetchall(),
                cursor.fetchone(),
            ]
        with pytest.raises((DatabaseError, InterfaceError, TypeError)) as raised:
            cursor.fetchone()
        return [*found, raised.type]

    bare = ask()
    with profile("cursor"):
        assert ask() == bare
    assert recording.trace.spans[0].rows == ROWS


def test_a_cursor_goes_with_its_last_reference(recording: Recording, countries: None) -> None:
    """Nothing of ours makes a cycle that would keep it, and its locks, until the next collection."""
    gc.disable()
    try:
        with profile("cursor"):
            cursor = connection.cursor()
            cursor.execute(NAMES)
            cursor.fetchone()
            gone = weakref.ref(cursor)
            del cursor
            assert gone() is None
    finally:
        gc.enable()


def test_the_next_statement_has_its_own_count(recording: Recording, countries: None) -> None:
    """A cursor that is used again tells each answer apart."""
    with profile("cursor"), connection.cursor() as cursor:
        cursor.execute(NAMES)
        cursor.fetchmany(3)
        cursor.execute("SELECT code FROM catalog_country WHERE code = 'aa'")
        cursor.fetchall()
    assert [(span.rows, span.columns) for span in recording.trace.spans] == [(3, 2), (1, 1)]
