"""Work in other threads and tasks belongs to the request that started it, and is otherwise as Python has it."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from demo.catalog.models import Country
from queryscope.profiler.capture import guard
from queryscope.profiler.capture.recorder import active
from queryscope.profiler.middleware import QueryscopeMiddleware
from queryscope.profiler.scopes import background, event_loop, threads
from queryscope.profiler.scopes.block import profile
from tests.conftest import Recording
from tests.scopes.following import asked, run, select, traces

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("followed")]


def in_a_pool(work: Callable[[], None]) -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(work).result()
        list(pool.map(lambda _: work(), range(1)))


async def in_an_executor(work: Callable[[], None]) -> None:
    await asyncio.get_running_loop().run_in_executor(None, work)
    await asyncio.to_thread(work)


class Worker(threading.Thread):
    def run(self) -> None:
        select()
        select()


@pytest.mark.parametrize(
    "start",
    [
        lambda: run(threading.Thread(target=select, args=(2,))),
        lambda: run(threading.Timer(0.01, select, (2,))),
        lambda: run(Worker()),
        lambda: in_a_pool(select),
        lambda: asyncio.run(in_an_executor(select)),
        lambda: run(threading.Thread(target=in_a_pool, args=(select,))),
    ],
    ids=["thread", "timer", "subclass", "pool", "executor", "pool of a thread"],
)
def test_work_of_a_view_is_in_its_trace(start: Callable[[], None], recording: Recording) -> None:
    """However it was started, by a request or by anything else that is recorded."""

    def view(request: HttpRequest) -> HttpResponse:
        start()
        return HttpResponse()

    QueryscopeMiddleware(view)(RequestFactory().get("/starts/"))
    (trace,) = traces(recording)
    assert (trace.name, asked(trace)) == ("GET /starts/", 2)


@pytest.mark.parametrize("way", ["thread", "pool"])
def test_the_starter_is_the_call_site_of_a_library_function(way: str, recording: Recording) -> None:
    """The thread's own stack has no line of the application; the one that handed the work over is known."""
    count = Country.objects.count
    with profile("hands over"):
        if way == "thread":
            run(threading.Thread(target=count))
        else:
            with ThreadPoolExecutor(1) as pool:
                pool.submit(count).result()
    site = next(span for span in recording.trace.spans if span.tables).call_site
    assert site is not None
    assert site.function == (
        "run" if way == "thread" else "test_the_starter_is_the_call_site_of_a_library_function"
    )


def test_a_pool_serves_many_and_mixes_none(recording: Recording) -> None:
    """One thread works for two traces and for none; each has its own."""
    with ThreadPoolExecutor(1) as pool:
        for number in (1, 2):
            with profile(f"block {number}"):
                pool.submit(select, number).result()
        pool.submit(select, 3).result()
        assert pool.submit(active.get).result() is background.OUTSIDE
    assert [(trace.kind, trace.name, asked(trace)) for trace in traces(recording)] == [
        ("block", "block 1", 1),
        ("block", "block 2", 2),
        ("background", f"thread: {select.__module__}.select", 3),
    ]


def test_many_threads_of_one_request_lose_nothing(recording: Recording) -> None:
    """Eight threads tell one recorder at once."""
    with profile("many"):
        workers = [threading.Thread(target=select, args=(250,)) for _ in range(8)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    (trace,) = traces(recording)
    assert asked(trace) == 2_000


def test_the_hosts_context_stays_as_python_has_it(recording: Recording) -> None:
    """No variable of the application is carried along, none of ours stays behind, and ``run`` is the class's again."""
    variable = contextvars.ContextVar("variable", default="empty")
    variable.set("set")
    seen: list[Any] = []
    thread = threading.Thread(target=lambda: seen.append(variable.get()))
    with ThreadPoolExecutor(1) as pool, profile("carries"):
        run(thread)
        seen.append(pool.submit(variable.get).result())
        seen.append(pool.submit(lambda *a, **k: (a, k), 1, fn=2, self=3).result())
    assert seen == ["empty", "empty", ((1,), {"fn": 2, "self": 3})]
    assert "run" not in vars(thread)
    with pytest.raises(RuntimeError, match="only be started once"):
        thread.start()
    assert "run" not in vars(thread)


def test_a_future_fails_as_ever(recording: Recording) -> None:
    """The exception of work in a pool is the application's to handle."""
    with ThreadPoolExecutor(1) as pool, profile("fails"):
        future: Future[Any] = pool.submit(lambda: 1 / 0)
        assert isinstance(future.exception(), ZeroDivisionError)
    assert recording.trace.error is None


@pytest.mark.parametrize("broken", ["carry", "end", "name", "stack of a task"])
def test_an_error_of_ours_stays_ours(
    broken: str, recording: Recording, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever breaks, the work is done, its result is right, and it is reported once."""

    def fail(*_: Any) -> Any:
        raise RuntimeError("ours")

    owner, name = {
        "carry": (threads, "_carry"),
        "end": (background, "end"),
        "name": (background, "_name"),
        "stack of a task": (event_loop, "copy_context"),
    }[broken]
    monkeypatch.setattr(guard, "_reported", set())
    monkeypatch.setattr(owner, name, fail)
    done: list[int] = []

    async def tasks() -> list[Any]:
        return await asyncio.gather(asyncio.sleep(0, 1), asyncio.to_thread(done.append, 2))

    def work() -> None:
        select()
        done.append(1)

    for _ in range(2):
        run(threading.Thread(target=work))
        with profile("recorded"):
            run(threading.Thread(target=work))
            with ThreadPoolExecutor(1) as pool:
                assert pool.submit(int, "3").result() == 3
            assert asyncio.run(tasks()) == [1, None]
    assert done == [1, 1, 2] * 2
    for recorder in list(background._open):
        background._hand_over(recorder)
    ours = [record for record in caplog.records if record.name == "queryscope"]
    assert len(ours) == (2 if broken == "carry" else 1)


def test_a_task_is_what_python_makes_of_it(recording: Recording) -> None:
    """Its name, its context and what it inherits are as without us; a factory of the host gets what it always got."""
    variable = contextvars.ContextVar("variable", default="empty")

    async def read() -> str:
        return variable.get()

    async def main() -> list[str]:
        variable.set("inherited")
        loop = asyncio.get_running_loop()
        other = contextvars.copy_context()
        other.run(variable.set, "other")
        tasks = [loop.create_task(read(), name="named"), loop.create_task(read(), context=other)]
        assert tasks[0].get_name() == "named"
        loop.set_task_factory(lambda loop, coro: asyncio.Task(coro, loop=loop))
        tasks.append(asyncio.create_task(read()))
        return await asyncio.gather(*tasks)

    with profile("tasks"):
        assert asyncio.run(main()) == ["inherited", "other", "inherited"]
