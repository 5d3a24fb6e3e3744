"""What other profilers of Django get wrong, as far as it concerns recording, each by the smallest program that shows it.

Proved elsewhere: streaming bodies, sync and async (test_requests.py); concurrent requests (tests/scopes/test_isolation.py);
memory that stays (test_memory.py); parameters that stay secret (test_requests.py, test_redaction.py).
"""

from __future__ import annotations

import asyncio

import pytest
from asgiref.sync import sync_to_async
from django.db import IntegrityError, connection, transaction

from demo.catalog.models import Author, Country
from queryscope.profiler.scopes.block import profile
from queryscope.profiler.trace import Span
from tests.capture.account import account
from tests.capture.witness import witness
from tests.conftest import Recording, run_async

pytestmark = pytest.mark.usefixtures("shelf")


def asked(recording: Recording) -> list[Span]:
    """The statements on tables: a new connection is also asked for its settings."""
    return [span for span in recording.trace.spans if span.tables]


def test_a_caught_error_inside_a_transaction_stays_caught(recording: Recording) -> None:
    """A profiler that asks the database about a failed statement breaks PostgreSQL's transaction with it."""
    with profile("caught"), transaction.atomic():
        with pytest.raises(IntegrityError), transaction.atomic():
            Country.objects.filter(code="no").update(code="de")
        Country.objects.filter(code="no").update(name="Noreg")
    assert Country.objects.get(code="no").name == "Noreg"
    assert [bool(span.error) for span in asked(recording)] == [True, False]


def test_a_batch_on_every_database_has_its_number_of_rows(recording: Recording) -> None:
    """``executemany`` neither raises nor counts as one row."""
    rows = [(f"x{number}", "x") for number in range(5)]
    with profile("batch"), connection.cursor() as cursor:
        cursor.executemany("INSERT INTO catalog_country (code, name) VALUES (%s, %s)", rows)
    (span,) = asked(recording)
    assert (span.batch, span.rows, span.error) == (5, 5, None)
    assert Country.objects.filter(code__startswith="x").count() == 5


def test_two_awaited_gets_and_three_at_once(recording: Recording) -> None:
    """Five statements of five lines: none is lost, and none is taken for a repetition of another one's line."""

    async def work() -> None:
        await Country.objects.aget(code="de")
        await Country.objects.aget(code="no")
        await asyncio.gather(
            Country.objects.acount(),
            Author.objects.acount(),
            Author.objects.aget(name="Ada"),
        )

    with profile("awaits"):
        run_async(work())
    spans = asked(recording)
    assert len(spans) == 5
    sources = [
        span.call_site.source.strip() for span in spans[:2] if span.call_site and span.call_site.source
    ]
    assert sources == ['await Country.objects.aget(code="de")', 'await Country.objects.aget(code="no")']
    assert len({span.site_id for span in spans[:2]}) == 2


def test_statements_of_one_line_are_as_many_as_the_database_ran(recording: Recording) -> None:
    """A loop in a thread pool's thread: its own connection, and not one statement less."""

    def work() -> None:
        for author in Author.objects.all():
            assert author.country.name

    with witness() as database, profile("loop"):
        run_async(sync_to_async(work)())
    ours, unrecorded, unseen = account(recording.trace.spans, database.seen)
    assert (len(ours), unrecorded, unseen) == (4, [], [])
