"""What threads and tasks do outside of every unit of work is recorded too, in pieces of a bearable size."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import AsyncRequestFactory, RequestFactory

from queryscope.profiler import pipeline
from queryscope.profiler.middleware import QueryscopeMiddleware
from queryscope.profiler.scopes import background, threads
from queryscope.profiler.scopes.block import profile
from tests.conftest import Recording, run_async
from tests.scopes.following import asked, run, select, traces, wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("followed")]


def test_what_comes_after_the_end_is_in_the_background(recording: Recording) -> None:
    """A thread that outlives its request goes on in a trace of its own, a statement under way at the end included."""
    inside, go_on = threading.Event(), threading.Event()

    def slow(execute: Any, *arguments: Any) -> Any:
        inside.set()
        assert go_on.wait(10)
        return execute(*arguments)

    def outlives() -> None:
        select()
        with connection.execute_wrapper(slow):
            select(2)
        connection.close()

    thread = threading.Thread(target=outlives)
    with profile("short"):
        thread.start()
        assert inside.wait(10)
    go_on.set()
    thread.join()
    first, second = traces(recording)
    assert (first.name, asked(first)) == ("short", 1)
    assert (second.kind, asked(second)) == ("background", 2)
    assert second.name.endswith(".outlives")
    assert second.spans[0].start_ms >= 0


def test_a_task_that_outlives_its_request(recording: Recording) -> None:
    """Named by what it comes after; one trace for all it does without a pause."""

    async def main() -> None:
        go_on = asyncio.Event()

        async def late() -> None:
            await go_on.wait()
            for _ in range(3):
                await sync_to_async(select)()

        async def view(request: HttpRequest) -> HttpResponse:
            await sync_to_async(select)()
            tasks.append(asyncio.create_task(late()))
            return HttpResponse()

        tasks: list[asyncio.Task[None]] = []
        await QueryscopeMiddleware(view)(AsyncRequestFactory().get("/starts/"))
        go_on.set()
        await tasks[0]

    run_async(main())
    wait_for(lambda: not background._open)
    assert [(trace.kind, trace.name, asked(trace)) for trace in traces(recording)] == [
        ("request", "GET /starts/", 1),
        ("background", "after GET /starts/", 3),
    ]


def test_a_thread_that_waited_for_a_coroutine_is_named_as_before(recording: Recording) -> None:
    """``async_to_sync`` runs its loop in a thread, and brings the context variables of there back."""

    async def counted() -> None:
        await sync_to_async(select)()

    def view(request: HttpRequest) -> HttpResponse:
        async_to_sync(counted)()
        return HttpResponse()

    QueryscopeMiddleware(view)(RequestFactory().get("/waits/"))
    assert background.task.get() is None
    assert [(trace.name, asked(trace)) for trace in traces(recording)] == [("GET /waits/", 1)]


def test_the_exception_of_a_thread_is_noted(recording: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    """And goes where Python sends it."""
    seen: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", seen.append)

    def fails() -> None:
        select()
        raise ValueError("no")

    run(threading.Thread(target=fails))
    assert [each.exc_type for each in seen] == [ValueError]
    assert (recording.trace.kind, recording.trace.error) == ("background", "ValueError: no")


def test_an_endless_thread_is_seen_while_it_runs(recording: Recording) -> None:
    """After each pause what it did until then; the trace ends with its last statement, not with the pause."""
    go_on, stop = threading.Event(), threading.Event()

    def endless() -> None:
        select(2)
        assert go_on.wait(10)
        select(3)
        assert stop.wait(10)

    thread = threading.Thread(target=endless)
    thread.start()
    wait_for(lambda: len(recording.summaries) == 1)
    go_on.set()
    wait_for(lambda: len(recording.summaries) == 2)
    assert thread.is_alive()
    stop.set()
    thread.join()
    assert [asked(trace) for trace in traces(recording)] == [2, 3]
    for trace in traces(recording):
        last = trace.spans[-1]
        assert trace.duration_ms == pytest.approx(last.start_ms + last.duration_ms, abs=1)


def test_a_busy_thread_is_cut_into_stretches(recording: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    """It neither grows without bound nor waits for a pause to be seen; nothing falls between two stretches."""
    monkeypatch.setattr(background, "QUIET_SECONDS", 0.2)
    monkeypatch.setattr(background, "STRETCH_SECONDS", 0.2)
    done = 0

    def busy() -> None:
        nonlocal done
        until = time.monotonic() + 1
        while time.monotonic() < until:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            done += 1
            time.sleep(0.01)
        connection.close()

    run(threading.Thread(target=busy))
    assert len(recording.summaries) > 2
    assert sum(asked(trace) for trace in traces(recording)) == done


def test_a_server_thread_is_no_background(recording: Recording) -> None:
    """What it does for requests that are not recorded is not recorded either, nor what it does between them."""
    recording.set(IGNORE_PATHS=("^/ignored/",))

    def view(request: HttpRequest) -> HttpResponse:
        select()
        return HttpResponse()

    def serve() -> None:
        for path in ("/ignored/", "/seen/", "/ignored/"):
            QueryscopeMiddleware(view)(RequestFactory().get(path))
            select()

    run(threading.Thread(target=serve))
    with ThreadPoolExecutor(1) as pool:
        pool.submit(serve).result()
    assert [summary.name for summary in recording.summaries] == ["GET /seen/", "GET /seen/"]


def test_the_threads_of_asgiref_are_no_background(recording: Recording) -> None:
    """They work for a coroutine; where that is not recorded, they are not."""

    async def main() -> None:
        await sync_to_async(select)()
        await sync_to_async(select, thread_sensitive=False)()

    run_async(main())
    async_to_sync(main)()
    select()
    assert recording.summaries == ()


def test_sampling_decides_once_for_a_stretch(recording: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a long one would be recorded from somewhere in its middle on, however small the share is."""
    recording.set(SAMPLE=0.5)
    monkeypatch.setattr(background, "QUIET_SECONDS", 10)
    draws = [0.9, 0.1]
    monkeypatch.setattr(pipeline._chance, "random", lambda: draws.pop(0))
    run(threading.Thread(target=select, args=(20,)))
    assert (recording.summaries, draws) == ((), [0.1])
    run(threading.Thread(target=select, args=(20,)))
    assert [asked(trace) for trace in traces(recording)] == [20]


def test_uninstalling_puts_everything_back(recording: Recording) -> None:
    """And hands over what was open; a thread that runs meanwhile is not recorded any further."""
    go_on = threading.Event()

    def goes_on() -> None:
        select()
        assert go_on.wait(10)
        select()

    thread = threading.Thread(target=goes_on)
    thread.start()
    wait_for(lambda: background._open)
    threads.uninstall()
    assert threading.Thread.start.__module__ == "threading"
    assert ThreadPoolExecutor.submit.__module__ == "concurrent.futures.thread"
    go_on.set()
    thread.join()
    run(threading.Thread(target=select))
    assert [asked(trace) for trace in traces(recording)] == [1]
