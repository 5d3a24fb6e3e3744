"""Channels: one trace a message, of every sort of consumer, and messages at once never mix."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from channels.layers import InMemoryChannelLayer
from channels.routing import URLRouter
from channels.testing import ApplicationCommunicator, HttpCommunicator, WebsocketCommunicator
from django.urls import re_path

from demo.catalog.models import Country
from queryscope.dashboard.consumers import Live
from queryscope.profiler.groups import statements
from queryscope.profiler.scopes import channels
from queryscope.profiler.scopes.block import profile
from queryscope.profiler.trace import Trace
from tests.conftest import Recording, run_async
from tests.scopes import consumers

PATIENCE_SECONDS = 20

pytestmark = pytest.mark.django_db(transaction=True)


async def talk(consumer: Any, *texts: str, path: str = "/ws/chat/lobby/") -> list[str]:
    """Connect, say each text, and return the answers."""
    socket = WebsocketCommunicator(consumer.as_asgi(), path)
    await socket.connect(PATIENCE_SECONDS)
    answers = []
    for text in texts:
        await socket.send_to(text_data=text)
        answers.append(await socket.receive_from(PATIENCE_SECONDS))
    await socket.disconnect(timeout=PATIENCE_SECONDS)
    return answers


def traces(recording: Recording) -> list[Trace]:
    store = recording.store
    return [store.report(each.id).trace for each in recording.summaries]


@pytest.mark.parametrize(
    ("consumer", "text"),
    [
        (consumers.Chat, "how many"),
        (consumers.AsyncChat, "1"),
        (consumers.Json, "{}"),
        (consumers.AsyncJson, "{}"),
    ],
)
def test_each_message_is_a_trace(consumer: Any, text: str, hooked: Recording) -> None:
    """Named by consumer and handler, with the path of the socket and the line that asked."""
    run_async(talk(consumer, text))
    found = traces(hooked)
    name = consumer.__name__
    assert [(each.kind, each.name) for each in found] == [
        ("message", f"{name}.websocket_connect"),
        ("message", f"{name}.websocket_receive"),
        ("message", f"{name}.websocket_disconnect"),
    ]
    trace = found[1]
    assert (trace.path, trace.queries, trace.error) == ("/ws/chat/lobby/", 1, None)
    assert trace.view == f"tests.scopes.consumers.{name}.websocket_receive"
    site = trace.spans[0].call_site
    assert site is not None
    assert site.function.startswith(f"{name}.receive")
    assert site.file.endswith("consumers.py")
    assert not any("await_many_dispatch" in frame.function for frame in trace.spans[0].stack)


def test_an_http_consumer(hooked: Recording) -> None:
    """A page that Channels itself answers; ``StopConsumer`` is how its work ends, and no error."""

    async def get() -> Any:
        return await HttpCommunicator(consumers.Page.as_asgi(), "GET", "/page/").get_response(
            PATIENCE_SECONDS
        )

    assert run_async(get())["status"] == 200
    trace = hooked.trace
    assert (trace.name, trace.path, trace.queries, trace.error) == ("Page.http_request", "/page/", 1, None)


def test_a_worker_has_no_path(hooked: Recording) -> None:
    """What comes by a channel's name belongs to no socket."""

    async def work() -> Any:
        worker = ApplicationCommunicator(
            consumers.Worker.as_asgi(), {"type": "channel", "channel": "thumbnails"}
        )
        await worker.send_input({"type": "resize"})
        return await worker.receive_output(PATIENCE_SECONDS)

    assert run_async(work()) == {"type": "resized"}
    assert (hooked.trace.name, hooked.trace.path, hooked.trace.queries) == ("Worker.resize", None, 1)


def test_a_message_of_the_layer(hooked: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    """What another consumer sent is work of the one that gets it."""
    layer = InMemoryChannelLayer()
    monkeypatch.setattr("channels.consumer.get_channel_layer", lambda alias: layer)

    async def chat() -> str:
        socket = WebsocketCommunicator(consumers.AsyncChat.as_asgi(), "/ws/")
        await socket.connect(PATIENCE_SECONDS)
        (name,) = layer.channels
        await layer.send(name, {"type": "chat.message"})
        answer: str = await socket.receive_from(PATIENCE_SECONDS)
        await socket.disconnect(timeout=PATIENCE_SECONDS)
        return answer

    assert run_async(chat()) == "0"
    assert ("AsyncChat.chat_message", 1) in [(each.name, each.queries) for each in hooked.summaries]


def test_an_exception_is_noted_and_goes_on(hooked: Recording) -> None:
    """The consumer dies of it as it does without us."""

    async def fail() -> None:
        socket = WebsocketCommunicator(consumers.Chat.as_asgi(), "/ws/")
        await socket.connect(PATIENCE_SECONDS)
        await socket.send_to(text_data="break")
        await socket.wait(PATIENCE_SECONDS)

    with pytest.raises(ValueError, match="broken"):
        run_async(fail())
    assert hooked.trace.error == "ValueError: broken"


def test_a_message_that_is_none_is_left_to_channels(hooked: Recording) -> None:
    """Its complaint is the one that Channels has always made."""

    async def send(message: dict[str, str]) -> None:
        socket = ApplicationCommunicator(consumers.AsyncChat.as_asgi(), {"type": "websocket", "path": "/"})
        await socket.send_input(message)
        await socket.wait(PATIENCE_SECONDS)

    with pytest.raises(ValueError, match="no 'type'"):
        run_async(send({"text": "no type"}))
    with pytest.raises(ValueError, match="No handler for message type unknown"):
        run_async(send({"type": "unknown"}))
    assert [(each.name, each.error) for each in hooked.summaries] == [
        ("AsyncChat.unknown", "ValueError: No handler for message type unknown")
    ]


def test_twenty_sockets_at_once_never_mix(hooked: Recording) -> None:
    """Each of their messages has the statements of its own, on one event loop."""

    async def main() -> None:
        await asyncio.gather(
            *(talk(consumers.Marks, f"mark-{number}", path=f"/ws/{number}/") for number in range(20)),
            *(talk(consumers.AsyncChat, str(number), path=f"/count/{number}/") for number in range(1, 21)),
        )

    run_async(main())
    received = [each for each in traces(hooked) if each.name.endswith("websocket_receive")]
    marks = {
        each.path: {(span.sql, each.queries, span.params[0].text) for span in statements(each.spans)}
        for each in received
        if each.name.startswith("Marks")
    }
    assert marks == {f"/ws/{number}/": {("SELECT %s", 5, f"mark-{number}")} for number in range(20)}
    counts = {each.path: each.queries for each in received if each.name.startswith("AsyncChat")}
    assert counts == {f"/count/{number}/": number for number in range(1, 21)}


def test_a_secret_in_the_path_is_hidden(hooked: Recording) -> None:
    """As in that of a request."""
    router = URLRouter([re_path(r"^ws/(?P<token>\w+)/$", consumers.AsyncChat.as_asgi())])

    async def main() -> None:
        socket = WebsocketCommunicator(router, "/ws/d0ntTell/")
        await socket.connect(PATIENCE_SECONDS)
        await socket.disconnect(timeout=PATIENCE_SECONDS)

    run_async(main())
    assert len(hooked.summaries) == 2
    for summary in hooked.summaries:
        assert "d0ntTell" not in str(summary)
        assert str(summary.path).startswith("/ws/")


def test_a_handler_that_never_ends_is_handed_in(hooked: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it did until then can be read while it goes on."""
    monkeypatch.setattr(channels, "LONGEST_SECONDS", 0.2)

    async def main() -> int:
        socket = WebsocketCommunicator(consumers.Ticker.as_asgi(), "/ticks/")
        await socket.connect(PATIENCE_SECONDS)
        await asyncio.sleep(0.5)
        (summary,) = await asyncio.to_thread(lambda: hooked.summaries)
        assert summary.name == "Ticker.websocket_connect (its first 0 s)"
        assert (summary.path, summary.error) == ("/ticks/", None)
        assert summary.duration_ms >= 0.2e3
        assert summary.queries > 1
        socket.future.cancel()
        with pytest.raises(asyncio.CancelledError):
            await socket.future
        return summary.queries

    queries = run_async(main())
    assert [each.queries for each in hooked.summaries] == [queries]


def test_a_client_that_goes_away_ends_its_message(hooked: Recording) -> None:
    """The server cancels the consumer; what it did is kept."""

    async def main() -> None:
        socket = WebsocketCommunicator(consumers.Ticker.as_asgi(), "/ticks/")
        await socket.connect(PATIENCE_SECONDS)
        await socket.receive_from(PATIENCE_SECONDS)
        socket.future.cancel()
        with pytest.raises(asyncio.CancelledError):
            await socket.future

    run_async(main())
    assert hooked.trace.queries >= 1
    assert str(hooked.trace.error).startswith("CancelledError")


def test_own_socket_is_no_work(hooked: Recording) -> None:
    """The live page does not record itself."""

    async def main() -> bool:
        headers = [(b"origin", b"http://localhost"), (b"host", b"localhost")]
        socket = WebsocketCommunicator(Live.as_asgi(), "/queryscope/ws/", headers)
        connected: bool = (await socket.connect(PATIENCE_SECONDS))[0]
        await socket.disconnect(timeout=PATIENCE_SECONDS)
        return connected

    assert run_async(main())
    assert hooked.summaries == ()


def test_inside_what_is_recorded_it_is_a_lane(hooked: Recording) -> None:
    """A block that hands a message over itself has the statements."""

    async def main() -> None:
        consumer = consumers.AsyncChat()
        consumer.scope, consumer.base_send = {"type": "websocket", "path": "/"}, sent.append_later
        with profile("conversation"):
            await consumer.dispatch({"type": "chat.message"})

    sent = consumers.Sent()
    run_async(main())
    (summary,) = hooked.summaries
    assert (summary.name, summary.queries, len(sent)) == ("conversation", 1, 1)
    assert [(each.name, each.label) for each in hooked.trace.lanes] == [("message", "AsyncChat.chat_message")]


def test_switched_off_and_ignored(hooked: Recording) -> None:
    """By kind, and by the path of the socket."""
    hooked.set(IGNORE_PATHS=(r"^/ws/",))
    run_async(talk(consumers.AsyncChat, "1", path="/ws/"))
    hooked.set(SCOPES=("request", "block"), IGNORE_PATHS=())
    run_async(talk(consumers.AsyncChat, "1", path="/ws/"))
    assert hooked.summaries == ()
    assert Country.objects.count() == 0
