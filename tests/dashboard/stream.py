"""Sockets for tests: opened in this process, greeted, read and acknowledged."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from channels.routing import URLRouter
from channels.testing import WebsocketCommunicator

from queryscope.dashboard import bell
from queryscope.dashboard.routing import websocket_urlpatterns
from queryscope.profiler.store import current_store
from tests.builders import report

ORIGIN = "http://localhost:8000"
PATIENCE_SECONDS = 10


def open_doors(settings: Any, folder: Path) -> Path:
    """Admit this machine to a store of the test's own, looked into often; return the store's file."""
    settings.DEBUG = True
    settings.ALLOWED_HOSTS = ["*"]
    path = folder / "store.sqlite3"
    settings.QUERYSCOPE = {"ENABLED": True, "STORE": str(path), "POLL_SECONDS": 0.05}
    return path


def socket(origin: str | None = ORIGIN, host: str = "localhost:8000", address: str = "127.0.0.1") -> Any:
    headers = [(b"host", host.encode())] + ([(b"origin", origin.encode())] if origin is not None else [])
    communicator = WebsocketCommunicator(URLRouter(websocket_urlpatterns), "/queryscope/ws/", headers)
    communicator.scope["client"] = [address, 40000]
    return communicator


@asynccontextmanager
async def opened(after: int = 0, q: str = "") -> AsyncIterator[Any]:
    """Yield a socket that has said from where it wants to go on."""
    communicator = socket()
    connected, _ = await communicator.connect(PATIENCE_SECONDS)
    assert connected
    await communicator.send_json_to({"after": after, "q": q, "headers": {"HX-Request": "true"}})
    try:
        yield communicator
    finally:
        await communicator.disconnect()


async def store_some(number: int, ring: bool = True, **changes: Any) -> None:
    """Append as the writer does, each with a name that tells it apart."""
    base = current_store().last_seq
    first = await asyncio.to_thread(base)
    reports = [
        report(id=f"{first + n:032x}", path=f"/n/{first + n}/", **changes) for n in range(1, number + 1)
    ]
    await asyncio.to_thread(current_store().append, reports)
    if ring:
        await asyncio.to_thread(bell.rung)


async def message(communicator: Any) -> str:
    text = await communicator.receive_from(PATIENCE_SECONDS)
    assert isinstance(text, str)
    return text


def rows(html: str) -> list[int]:
    """Return the numbers of the rows in a message, in their order."""
    return [int(seq) for seq in re.findall(r'<tr[^>]*\bdata-seq="(\d+)"', html)]


async def next_rows(communicator: Any) -> list[int]:
    """Return the rows of the next message that has any, acknowledged."""
    while not (found := rows(await message(communicator))):
        pass
    await communicator.send_json_to({"seen": max(found)})
    return found


async def closed(communicator: Any) -> dict[str, Any]:
    """Return the closing message, whatever comes before it."""
    while (output := await communicator.receive_output(PATIENCE_SECONDS))["type"] != "websocket.close":
        pass
    return output  # type: ignore[no-any-return]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():
            await asyncio.sleep(0.005)
