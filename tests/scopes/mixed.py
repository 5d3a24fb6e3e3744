"""Async views whose every statement carries the mark of its request, in each way in which such work is spread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.urls import path


def named(mark: str) -> QuerySet[User]:
    return User.objects.filter(username=mark)


def ask(mark: str) -> None:
    named(mark).exists()


def ask_and_close(mark: str) -> None:
    ask(mark)
    connection.close()


async def gathered(mark: str) -> None:
    await asyncio.gather(named(mark).acount(), named(mark).aexists(), named(mark).afirst())


async def awaited(mark: str) -> None:
    await named(mark).acount()
    await asyncio.sleep(0)
    await named(mark).aexists()


async def in_both_modes(mark: str) -> None:
    await asyncio.gather(
        sync_to_async(ask)(mark),
        sync_to_async(ask_and_close, thread_sensitive=False)(mark),
        asyncio.to_thread(ask_and_close, mark),
    )


def in_threads(mark: str) -> None:
    thread = threading.Thread(target=ask_and_close, args=(mark,))
    thread.start()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(ask_and_close, mark).result()
    thread.join()


async def answers(mark: str) -> AsyncIterator[str]:
    try:
        for _ in range(5):
            await named(mark).aexists()
            yield mark
    finally:
        await named(mark).acount()


async def closed_early(mark: str) -> None:
    async with aclosing(answers(mark)) as found:  # type: ignore[type-var]
        async for _ in found:
            break


async def everything(request: HttpRequest, mark: str) -> StreamingHttpResponse:
    """Ask in each way, and once more in the body."""
    await gathered(mark)
    await awaited(mark)
    await in_both_modes(mark)
    await sync_to_async(in_threads)(mark)
    await closed_early(mark)
    return StreamingHttpResponse(answers(mark))


def streamed(request: HttpRequest, mark: str) -> StreamingHttpResponse:
    """A sync body; the ASGI handler reads all of it in a thread."""

    def lines() -> Iterator[str]:
        for _ in range(3):
            ask(mark)
            yield mark

    ask(mark)
    return StreamingHttpResponse(lines())


async def holds(request: HttpRequest, mark: str) -> StreamingHttpResponse:
    """A body without an end, for clients that go away."""

    async def lines() -> AsyncIterator[str]:
        try:
            while True:
                await named(mark).aexists()
                yield mark
                await asyncio.sleep(0.01)
        finally:
            await named(mark).acount()

    return StreamingHttpResponse(lines())


urlpatterns: list[Any] = [
    path("everything/<str:mark>/", everything),
    path("streamed/<str:mark>/", streamed),
    path("holds/<str:mark>/", holds),
]
STATEMENTS = {"everything": 18, "streamed": 4}
"""How often each asks: 3 gathered, 2 awaited, 3 in both modes, 2 in threads, 2 closed early, 6 in the body."""
