"""The one socket: after a greeting with the last number seen it sends what is new, a batch at a time.

The browser says ``{"after": 217, "q": "is:error"}`` once (and again for another filter), gets HTML for htmx, and
answers each message that has traces with ``{"seen": 218}``; only then the next one is sent, so a slow browser is late
but loses nothing. The socket is closed with 4003 where the visitor is not admitted, with 4009 where the page has to
start over because the log it showed is gone, with 4400 for a message that cannot be read: htmx does not come back
after these by itself.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Annotated, Any

import msgspec
from channels.consumer import get_handler_name
from channels.db import database_sync_to_async
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from msgspec import Meta

from queryscope.dashboard.access import decide
from queryscope.dashboard.batch import Batch, read, render
from queryscope.dashboard.bell import bell, reading
from queryscope.dashboard.origin import foreign_origin
from queryscope.dashboard.visitor import request_of
from queryscope.dashboard.watcher import WATCHERS

NOT_ADMITTED = 4003
START_OVER = 4009
NOT_UNDERSTOOD = 4400

GATHER_SECONDS = 0.1
"""What is stored within this time goes into one message."""
MAX_CHARS = 10_000

logger = logging.getLogger("queryscope.dashboard")


class Said(msgspec.Struct, frozen=True):
    """A message of the browser: ``after`` and ``q`` begin the stream or change it, ``seen`` acknowledges."""

    after: Annotated[int, Meta(ge=0, le=2**63 - 1)] | None = None
    q: str = ""
    seen: int | None = None


class Live(AsyncWebsocketConsumer):
    """One open live page."""

    # None exists under this name: the bell does not need the layer here, and a dead Redis must not close the page.
    channel_layer_alias = "queryscope: none"

    admitted = False
    after = 0
    q = ""
    stream: asyncio.Task[None] | None = None
    last: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one socket; its stream ends with it, also where the server stops."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._stop()

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Hand the message to its method, without looking after the host's database connections as Channels does.

        That would queue behind the host's own synchronous consumers; nor is this message work to be recorded.
        """
        await getattr(self, get_handler_name(message))(message)

    async def connect(self) -> None:
        """Refuse pages of other sites; close with a code of our own, which the page can show, on who is not admitted."""
        self.rung, self.acknowledged = asyncio.Event(), asyncio.Event()
        if problem := foreign_origin(self.scope):
            logger.warning("A live stream was refused. %s", problem)
            await self.close()
            return
        decision = await database_sync_to_async(decide)(request_of(self.scope))
        self.admitted = decision.admitted
        await self.accept()
        if not self.admitted:
            await self.close(NOT_ADMITTED, "Not admitted. Reload the page: it says why.")

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Begin the stream, change its filter, or note that the last batch has arrived."""
        if not self.admitted:  # it was accepted only to be told so; what it says meanwhile counts for nothing
            return
        try:
            said = msgspec.json.decode(_bounded(text_data), type=Said, strict=False)
        except (msgspec.DecodeError, ValueError):
            await self.close(NOT_UNDERSTOOD, 'Not understood. Send {"after": 0, "q": ""} or {"seen": 1}.')
            return
        if said.after is not None:
            await self._stop()
            self.after, self.q, self.last = said.after, said.q, None
            self.stream = asyncio.get_running_loop().create_task(self._run())
        elif said.seen is not None:
            self.acknowledged.set()

    async def websocket_disconnect(self, message: dict[str, Any]) -> None:
        """End, without looking after the host's database connections."""
        raise StopConsumer

    async def _stop(self) -> None:
        if self.stream is not None:
            self.stream.cancel()
            with suppress(asyncio.CancelledError):
                await self.stream
            self.stream = None

    async def _run(self) -> None:
        bell.listen(self.rung, WATCHERS)
        try:
            self.rung.set()
            while True:
                await self.rung.wait()
                self.rung.clear()
                batch, html = await reading(_read_and_render, self.after, self.q)
                if batch.restarted:
                    await self.close(START_OVER, "The log was cleared or replaced. Reload the page.")
                    return
                # Gathering goes on while the browser works on the batch: one after the other, rows came twice as late.
                pause = asyncio.sleep(GATHER_SECONDS)
                await (asyncio.gather(self._send(batch, html), pause) if batch.state != self.last else pause)
        except Exception:
            logger.exception("A live stream ended with an error; the page connects again.")
            with suppress(Exception):
                await self.close(1011)
        finally:
            bell.leave(self.rung)

    async def _send(self, batch: Batch, html: str) -> None:
        self.acknowledged.clear()
        await self.send(text_data=html)
        self.after, self.last = batch.last_seq, batch.state
        if batch.summaries:
            await self.acknowledged.wait()
        if batch.more:
            self.rung.set()


def _bounded(text: str | None) -> str:
    if text is None or len(text) > MAX_CHARS:
        raise ValueError(f"a message is text of at most {MAX_CHARS} characters.")
    return text


def _read_and_render(after: int, q: str) -> tuple[Batch, str]:
    batch = read(after)
    return batch, render(batch, q)
