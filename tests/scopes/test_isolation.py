"""Requests that run at once never mix, however their work is spread over tasks, threads and bodies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from django.core.asgi import get_asgi_application
from django.test import AsyncClient

from queryscope.profiler.capture.recorder import open_recorders
from queryscope.profiler.checks import MIDDLEWARE
from queryscope.profiler.scopes import threads
from queryscope.profiler.trace import Span, Trace
from tests.conftest import Recording, run_async
from tests.scopes.mixed import STATEMENTS

pytestmark = pytest.mark.django_db(transaction=True)
Get = Callable[[str], Coroutine[Any, Any, bytes]]


@pytest.fixture(autouse=True)
def followed(recording: Recording, settings: Any) -> Iterator[None]:
    """Every view of tests/scopes/mixed.py, with all values kept."""
    settings.ROOT_URLCONF, settings.MIDDLEWARE = "tests.scopes.mixed", [MIDDLEWARE]
    settings.ALLOWED_HOSTS = ["*"]
    recording.set(PARAMETERS="full")
    threads.install()
    yield
    threads.uninstall()


@asynccontextmanager
async def asking(path: str) -> AsyncIterator[ApplicationCommunicator]:
    """Ask Django's own ASGI handler, as a server does."""
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "path": path,
        "headers": [],
        "query_string": b"",
    }
    server = ApplicationCommunicator(get_asgi_application(), scope)
    await server.send_input({"type": "http.request", "body": b""})
    yield server
    await server.wait(20)


async def by_asgi(path: str) -> bytes:
    """Read the whole answer."""
    body = b""
    async with asking(path) as server:
        assert (await server.receive_output(20))["status"] == 200
        while (part := await server.receive_output(20)).get("more_body"):
            body += part["body"]
    return body


async def by_client(path: str) -> bytes:
    """The same with Django's test client, whose requests all share one thread."""
    response = await AsyncClient().get(path)
    body = b"".join([part async for part in response])  # type: ignore[attr-defined]
    response.close()
    return body


def traces(recording: Recording) -> list[Trace]:
    return [recording.store.report(summary.id).trace for summary in recording.summaries]


def asked(trace: Trace) -> list[Span]:
    return [span for span in trace.spans if "auth_user" in span.tables]


def marks(trace: Trace) -> set[str | None]:
    """Return every value by which the statements of a trace asked."""
    texts = [parameter.text for span in asked(trace) for parameter in span.params]
    return {text for text in texts if str(text).startswith("mark-")}


def sources(trace: Trace) -> list[tuple[str, str] | None]:
    sites = [span.call_site for span in asked(trace)]
    return [site and (site.function, (site.source or "").strip()) for site in sites]


@pytest.mark.parametrize("get", [by_asgi, by_client])
@pytest.mark.parametrize("view", ["everything", "streamed"])
@pytest.mark.parametrize("count", [2, 20])
def test_requests_at_once_never_mix(count: int, view: str, get: Get, recording: Recording) -> None:
    """Each trace has the statements of its request, all of them and no other."""

    async def together() -> list[bytes]:
        return await asyncio.gather(*(get(f"/{view}/mark-{number}/") for number in range(count)))

    bodies = run_async(together())
    assert [body.count(b"mark-%d" % number) for number, body in enumerate(bodies)] == [
        5 if view == "everything" else 3
    ] * count
    found = traces(recording)
    assert sorted(str(trace.path) for trace in found) == sorted(f"/{view}/mark-{n}/" for n in range(count))
    for trace in found:
        assert marks(trace) == {str(trace.path).split("/")[2]}
        assert len(asked(trace)) == STATEMENTS[view]


def test_each_statement_names_the_line_that_asked(recording: Recording) -> None:
    """Of a coroutine that was handed to ``gather``, too: the line that handed it over."""
    run_async(by_asgi("/everything/mark-1/"))
    (trace,) = traces(recording)
    gathered = "await asyncio.gather(named(mark).acount(), named(mark).aexists(), named(mark).afirst())"
    assert sources(trace)[:5] == [
        *[("gathered", gathered)] * 3,
        ("awaited", "await named(mark).acount()"),
        ("awaited", "await named(mark).aexists()"),
    ]
    assert {found and found[0] for found in sources(trace)[5:10]} == {"ask"}
    assert {found and found[0] for found in sources(trace)[10:]} == {"answers"}


@pytest.mark.parametrize("count", [2, 20])
def test_bodies_that_are_abandoned_end_and_never_mix(count: int, recording: Recording) -> None:
    """Their clients go away; Django closes the generators, whose last statements belong to their requests."""

    async def leave(number: int) -> None:
        async with asking(f"/holds/mark-{number}/") as server:
            assert (await server.receive_output(20))["status"] == 200
            for _ in range(number % 3 + 1):
                await server.receive_output(20)
            await server.send_input({"type": "http.disconnect"})

    async def together() -> None:
        await asyncio.gather(*(leave(number) for number in range(count)))

    run_async(together())
    assert not open_recorders
    found = traces(recording)
    assert len(found) == count
    for trace in found:
        number = int(str(trace.path).split("/")[2].removeprefix("mark-"))
        assert marks(trace) == {f"mark-{number}"}
        assert len(asked(trace)) >= number % 3 + 1
