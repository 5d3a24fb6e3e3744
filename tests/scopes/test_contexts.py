"""Recorders end with their unit of work, whoever closes it and wherever, and disturb no other one."""

from __future__ import annotations

import asyncio
import gc
import random
import weakref
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from contextvars import Context, copy_context
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import AsyncRequestFactory, RequestFactory

from queryscope.profiler.capture.recorder import active, open_recorders
from queryscope.profiler.middleware import QueryscopeMiddleware
from queryscope.profiler.scopes.block import profile
from tests.conftest import Recording, run_async

pytestmark = pytest.mark.django_db(transaction=True)


def select() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def answer(view: Any) -> Any:
    request = RequestFactory().get("/somewhere/")
    return QueryscopeMiddleware(view)(request)


def test_the_applications_random_numbers_are_its_own(recording: Recording) -> None:
    """Recording draws none of them, and a seed that the application chose does not make two traces the same."""
    recording.set(SAMPLE=0.999)
    random.seed(7)
    expected = random.random()
    for _ in range(3):
        random.seed(7)
        with profile("seeded"):
            select()
        assert random.random() == expected
    assert len({summary.id for summary in recording.summaries}) >= 2


def test_a_task_that_outlives_its_request_records_for_itself(recording: Recording) -> None:
    """It holds a copy of the request's context; the recorder in it is closed, and holds nothing any more."""

    async def main() -> None:
        started, go_on = asyncio.Event(), asyncio.Event()

        async def background() -> None:
            started.set()
            await go_on.wait()
            with profile("background"):
                await sync_to_async(select)()
            await sync_to_async(select)()

        async def view(request: HttpRequest) -> HttpResponse:
            await sync_to_async(select)()
            tasks.append(asyncio.create_task(background()))
            await started.wait()
            return HttpResponse("done")

        tasks: list[asyncio.Task[None]] = []
        request = AsyncRequestFactory().get("/starts/")
        await QueryscopeMiddleware(view)(request)
        recorder = request.queryscope_recorder
        assert (recorder.closed, recorder._spans, recorder._connections) == (True, [], {})
        go_on.set()
        await tasks[0]

    run_async(main())
    first, second = (recording.store.report(each.id).trace for each in recording.summaries)
    assert (first.name, second.name) == ("GET /starts/", "background")
    assert [sum(span.sql == "SELECT 1" for span in trace.spans) for trace in (first, second)] == [1, 1]


def test_a_request_thrown_away_elsewhere_leaves_others_alone(recording: Recording) -> None:
    """A coroutine that is closed in the context of another request does not end the other's recording."""

    class Never:
        def __await__(self) -> Iterator[None]:
            yield

    async def view(request: HttpRequest) -> HttpResponse:
        await Never()
        raise AssertionError("nobody goes on with this request")

    coroutine = QueryscopeMiddleware(view)(AsyncRequestFactory().get("/abandoned/"))
    Context().run(coroutine.send, None)
    with profile("other"):
        select()
        coroutine.close()
        select()
    assert {each.name: each.queries for each in recording.summaries} == {"GET /abandoned/": 0, "other": 2}


def test_a_call_thrown_away_elsewhere_raises_nothing(recording: Recording) -> None:
    """The coroutine of ``sync_to_async`` ends in the context of whoever found it."""

    async def call() -> None:
        await sync_to_async(int, thread_sensitive=False)()

    async def begin() -> Any:
        with profile("begun"):
            coroutine = call()
            coroutine.send(None)
            return coroutine

    coroutine = run_async(begin())
    # In a context of its own: asgiref restores there what the call began with.
    Context().run(coroutine.close)
    assert [each.name for each in recording.summaries] == ["begun"]


def test_a_copy_of_the_context_is_cleaned_too(recording: Recording) -> None:
    """A body that is finished in a copy of the context in which it was begun leaves no closed recorder active there."""

    def body() -> Iterator[bytes]:
        yield b"1"
        select()
        yield b"2"

    response = answer(lambda request: StreamingHttpResponse(body()))
    assert next(response.streaming_content) == b"1"

    def finish() -> Any:
        assert list(response.streaming_content) == [b"2"]
        response.close()
        return active.get()

    assert copy_context().run(finish) is None
    assert recording.trace.queries == 1


def test_two_bodies_sent_in_turns_keep_apart(recording: Recording) -> None:
    """Between two steps of one the same thread produces the other."""

    def body(count: int) -> Iterator[bytes]:
        for _ in range(count):
            select()
            yield b"."

    streams = [
        iter(answer(lambda request, count=count: StreamingHttpResponse(body(count)))) for count in (3, 5, 8)
    ]
    while streams:
        streams = [stream for stream in streams if next(stream, None) is not None]
    assert sorted(each.queries for each in recording.summaries) == [3, 5, 8]


def test_what_a_body_does_when_it_is_closed_is_recorded(recording: Recording) -> None:
    """The ``finally`` of a generator belongs to its request."""

    def body() -> Iterator[bytes]:
        try:
            yield b"1"
            yield b"2"
        finally:
            select()

    response = answer(lambda request: StreamingHttpResponse(body()))
    assert next(iter(response)) == b"1"
    response.close()
    assert recording.trace.queries == 1


@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_body_that_nobody_reads_or_closes_ends(asynchronous: bool, recording: Recording) -> None:
    """The response is forgotten; its trace is kept and nobody is waited for."""

    def body() -> Iterator[bytes]:
        yield b"1"

    async def abody() -> AsyncIterator[bytes]:
        yield b"1"

    def view(request: HttpRequest) -> StreamingHttpResponse:
        select()
        return StreamingHttpResponse(abody() if asynchronous else body())

    response = answer(view)
    assert open_recorders
    gone = weakref.ref(response)
    del response
    gc.collect()
    assert gone() is None
    assert not open_recorders
    assert recording.trace.queries == 1


def test_a_request_whose_client_goes_away_is_kept(recording: Recording) -> None:
    """Django cancels the view; what it did until then is a trace without a status."""

    async def main() -> None:
        reached = asyncio.Event()

        async def view(request: HttpRequest) -> HttpResponse:
            await sync_to_async(select)()
            reached.set()
            await asyncio.Event().wait()
            return HttpResponse()

        task = asyncio.create_task(QueryscopeMiddleware(view)(AsyncRequestFactory().get("/long/")))
        await reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run_async(main())
    trace = recording.trace
    assert (trace.path, trace.status) == ("/long/", None)
    assert trace.spans[-1].sql == "SELECT 1"
    assert str(trace.error).startswith("CancelledError")


def test_a_connection_that_was_closed_underneath_loses_no_trace(recording: Recording) -> None:
    """The driver's connection is gone; its server's version is then unknown, or known from before."""
    with profile("closed"):
        select()
        connection.connection.close()
    with suppress(DatabaseError):
        connection.close()  # Django's wrapper learns of it
    assert recording.trace.queries == 1
