"""The stack of a coroutine is known again for the line that awaits, and for no other line."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from types import FrameType
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient
from django.urls import path
from django.utils.deprecation import MiddlewareMixin

from demo.catalog.models import Country
from queryscope.profiler.capture.raw_stack import Walked
from queryscope.profiler.capture.stack import Walker
from queryscope.profiler.checks import MIDDLEWARE
from queryscope.profiler.scopes import threads
from queryscope.profiler.trace import Span
from tests.conftest import Recording, run_async

pytestmark = pytest.mark.usefixtures("countries", "followed")
Work = Callable[[], Awaitable[Any]]
ROUNDS = 6


@pytest.fixture
def followed(settings: Any) -> Iterator[None]:
    """Requests of this module's view, with its tasks and threads."""
    settings.ROOT_URLCONF, settings.MIDDLEWARE = __name__, [MIDDLEWARE]
    threads.install()
    yield
    threads.uninstall()


async def view(request: HttpRequest) -> HttpResponse:
    """Do what a test asks for."""
    await works.pop()()
    return HttpResponse("done")


works: list[Work] = []
urlpatterns = [path("", view)]


def asked(work: Work, recording: Recording) -> list[Span]:
    """Return the statements of a request that does ``work``."""
    works.append(work)
    response = run_async(AsyncClient().get("/"))
    assert response.status_code == 200
    return [span for span in recording.trace.spans if span.tables]


def lines(span: Span) -> list[str]:
    """Return the lines of this module on the way to a statement, innermost first."""
    with open(__file__) as file:
        text = file.read().splitlines()
    return [text[frame.line - 1].strip() for frame in span.stack if frame.file == __file__ and frame.line]


async def count() -> int:
    return await Country.objects.acount()


def read() -> int:
    return Country.objects.count()


def test_lines_that_take_turns_keep_their_own_way(recording: Recording) -> None:
    """Also where both go through the same coroutine, with the same statement."""

    async def work() -> None:
        for _ in range(ROUNDS):
            await count()  # one
            await count()  # two

    spans = asked(work, recording)
    inner, view_line = "return await Country.objects.acount()", "await works.pop()()"
    expected = [[inner, f"await count()  # {name}", view_line] for name in ("one", "two")] * ROUNDS
    assert [lines(span) for span in spans] == expected
    assert {span.call_site.source.strip() for span in spans if span.call_site and span.call_site.source} == {
        inner
    }


def test_tasks_go_on_where_they_were_made(recording: Recording) -> None:
    """Of ``gather`` and ``create_task``, again and again from the same two lines."""

    async def work() -> None:
        for _ in range(ROUNDS):
            await asyncio.gather(count(), count())
            await asyncio.create_task(count())

    found = Counter(tuple(lines(span)[:2]) for span in asked(work, recording))
    inner = "return await Country.objects.acount()"
    assert found == {
        (inner, "await asyncio.gather(count(), count())"): 2 * ROUNDS,
        (inner, "await asyncio.create_task(count())"): ROUNDS,
    }


@pytest.mark.parametrize("sensitive", [True, False])
def test_coroutines_inside_threads_inside_coroutines(sensitive: bool, recording: Recording) -> None:
    """The way leads through both threads, by the lines that wait."""

    def through() -> int:
        return async_to_sync(back)()

    async def back() -> int:
        return await sync_to_async(read, thread_sensitive=sensitive)()

    async def work() -> None:
        for _ in range(ROUNDS):
            await sync_to_async(through, thread_sensitive=sensitive)()  # outer

    spans = asked(work, recording)
    assert len(spans) == ROUNDS
    for span in spans:
        ways = lines(span)
        assert ways[0] == "return Country.objects.count()"
        assert "return await sync_to_async(read, thread_sensitive=sensitive)()" in ways
        assert ways[-2:] == [
            "await sync_to_async(through, thread_sensitive=sensitive)()  # outer",
            "await works.pop()()",
        ]


def test_a_line_is_walked_twice_at_most(recording: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the coroutine and in the thread: what comes after is known again."""
    walked: Counter[str] = Counter()
    walk = Walker.walk

    def counted(self: Walker, start: FrameType | None) -> Walked:
        walked["walks"] += 1
        return walk(self, start)

    async def work() -> None:
        for _ in range(50):
            await Country.objects.acount()

    monkeypatch.setattr(Walker, "walk", counted)
    assert len(asked(work, recording)) == 50
    assert walked["walks"] < 12


class Asks(MiddlewareMixin):
    """Asks before the view and after it, like a middleware of sessions."""

    def process_request(self, request: HttpRequest) -> None:
        read()

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        read()
        return response


class Outer(Asks):
    """The same around it."""


def test_middlewares_lie_within_each_other(settings: Any, recording: Recording) -> None:
    """Both halves of a middleware have the outer ones around them, and a statement of the view has all."""
    settings.MIDDLEWARE = [
        MIDDLEWARE,
        f"{__name__}.Outer",
        "django.middleware.common.CommonMiddleware",
        f"{__name__}.Asks",
    ]
    spans = asked(count, recording)
    around = [[frame.function for frame in span.stack].count("MiddlewareMixin.__acall__") for span in spans]
    assert around == [1, 3, 3, 3, 1]
    assert [lines(span)[0] for span in spans[:1] + spans[-1:]] == ["return Country.objects.count()"] * 2
    whole = [[frame.function for frame in span.stack] for span in spans]
    start = [functions.index("MiddlewareMixin.__acall__") for functions in whole]
    assert whole[1][start[1] :] == whole[2][start[2] :] == whole[3][start[3] :]


class Waits:
    """A middleware that is not made for async: its thread waits for the view, and runs the queries of the view meanwhile."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)


@pytest.mark.parametrize("times", [1, 2])
def test_a_thread_that_waits_for_the_view_did_not_ask(
    times: int, settings: Any, recording: Recording
) -> None:
    """The line of the view comes first, the middlewares around it after that."""
    settings.MIDDLEWARE = [MIDDLEWARE, *[f"{__name__}.Waits"] * times]

    async def work() -> None:
        for _ in range(ROUNDS):
            await Country.objects.acount()

    spans = asked(work, recording)
    assert len(spans) == ROUNDS
    for span in spans:
        assert span.call_site is not None and span.call_site.function.endswith("work")
        assert lines(span)[:2] == ["await Country.objects.acount()", "await works.pop()()"]
        assert lines(span).count("return self.get_response(request)") == times
