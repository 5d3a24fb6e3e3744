"""profile() records anything, and is part of what is recorded already."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection
from django.test import AsyncClient, Client

from demo.catalog.models import Country
from queryscope.profiler.checks import MIDDLEWARE
from queryscope.profiler.scopes.block import profile
from tests.conftest import Recording, run_async

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_block_is_a_trace(recording: Recording) -> None:
    """Name, kind and statements of a with block."""
    with profile("count countries"):
        Country.objects.count()
    trace = recording.trace
    assert (trace.kind, trace.name, trace.queries) == ("block", "count countries", 1)
    assert trace.spans[0].call_site is not None
    assert trace.spans[0].call_site.function == "test_a_block_is_a_trace"


def test_functions_sync_and_async(recording: Recording) -> None:
    """As a decorator it makes a trace of each call."""

    @profile("sync")
    def count() -> int:
        return Country.objects.count()

    @profile("async")
    async def acount() -> int:
        return await Country.objects.acount()

    assert (count(), count(), run_async(acount())) == (0, 0, 0)
    assert [summary.name for summary in recording.summaries] == ["sync", "sync", "async"]


def test_an_exception_goes_on_and_is_noted(recording: Recording) -> None:
    """The trace says what ended the block."""
    with pytest.raises(ValueError, match="no"), profile("fails"):
        raise ValueError("no")
    assert recording.trace.error == "ValueError: no"


def test_a_block_inside_a_recording_is_a_lane(recording: Recording) -> None:
    """Nothing is kept twice."""
    with profile("outer"):
        with profile("inner"):
            Country.objects.count()
        Country.objects.count()
    (summary,) = recording.summaries
    assert (summary.name, summary.queries) == ("outer", 2)
    assert [(lane.name, lane.label) for lane in recording.trace.lanes] == [("block", "inner")]


def test_threads_keep_apart(recording: Recording) -> None:
    """Two threads record at once without mixing."""

    def work(number: int) -> None:
        with profile(f"thread {number}"), connection.cursor() as cursor:
            for _ in range(number):
                cursor.execute("SELECT 1")
        connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in (10, 20, 30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted((summary.name, summary.queries) for summary in recording.summaries) == [
        ("thread 10", 10),
        ("thread 20", 20),
        ("thread 30", 30),
    ]


def test_nothing_happens_when_recording_is_off(recording: Recording) -> None:
    """ENABLED = False costs a look and writes nothing."""
    recording.set(ENABLED=False)
    with profile("off"):
        Country.objects.count()
    assert recording.summaries == ()


@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_request_inside_a_recording_is_a_lane(
    asynchronous: bool, recording: Recording, settings: Any
) -> None:
    """Named by its route, which says less than a path: there may be a secret in it."""
    settings.ROOT_URLCONF, settings.MIDDLEWARE = "tests.project.views", [MIDDLEWARE]
    with profile("visits"):
        if asynchronous:
            run_async(AsyncClient().get("/slow/2/"))
        else:
            Client().get("/pin/52712/")
        Client().get("/nowhere/")
    assert [summary.name for summary in recording.summaries] == ["visits"]
    lanes = [lane.label for lane in recording.trace.lanes if lane.name == "request"]
    assert lanes == ["GET /slow/<int:number>/" if asynchronous else "GET /pin/<int:pin>/", "GET"]
