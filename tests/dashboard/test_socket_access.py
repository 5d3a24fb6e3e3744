"""Who may open the socket: a page of this very host, and a visitor who is admitted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from queryscope.dashboard import bell
from queryscope.dashboard.consumers import NOT_ADMITTED
from tests.dashboard.stream import ORIGIN, PATIENCE_SECONDS, open_doors, socket, store_some

pytestmark = pytest.mark.asyncio


@pytest.fixture(autouse=True)
def store(settings: Any, tmp_path: Path) -> Path:
    return open_doors(settings, tmp_path)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        (None, "localhost:8000"),
        ("", "localhost:8000"),
        ("null", "localhost:8000"),
        ("http://evil.com", "localhost:8000"),
        ("http://localhost", "localhost:8000"),
        ("http://localhost:8001", "localhost:8000"),
        ("http://127.0.0.1:8000", "localhost:8000"),
        ("http://localhost:8000.evil.com", "localhost:8000"),
        ("http://localhost:8000@evil.com", "localhost:8000"),
        ("http://evil.com@localhost:8000", "localhost:8000"),
        ("file://localhost:8000", "localhost:8000"),
        ("http://[::1", "localhost:8000"),
        ("http://", ""),
    ],
)
async def test_only_a_page_of_this_very_host_may_open_it(origin: str | None, host: str) -> None:
    """ALLOWED_HOSTS = ["*"] admits none of these."""
    connected, _ = await socket(origin, host).connect(PATIENCE_SECONDS)
    assert not connected


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://localhost:8000", "localhost:8000"),
        ("https://LOCALHOST", "localhost"),
        ("http://[::1]:1", "[::1]:1"),
    ],
)
async def test_a_page_of_this_host_may_open_it(origin: str, host: str) -> None:
    """Whatever the scheme and the case."""
    communicator = socket(origin, host)
    connected, _ = await communicator.connect(PATIENCE_SECONDS)
    assert connected
    await communicator.disconnect()


async def test_two_origins_are_none() -> None:
    """A handshake that says two things says nothing."""
    communicator = socket()
    communicator.scope["headers"].append((b"origin", ORIGIN.encode()))
    assert (await communicator.connect(PATIENCE_SECONDS))[0] is False


async def test_a_stranger_is_told_and_gets_nothing() -> None:
    """Accepted, so that the browser sees the code; what it says in between counts for nothing."""
    await store_some(1)
    communicator = socket("http://localhost:8000", "localhost:8000", "203.0.113.9")
    assert (await communicator.connect(PATIENCE_SECONDS))[0]
    await communicator.send_json_to({"after": 0})
    output = await communicator.receive_output(PATIENCE_SECONDS)
    assert (output["type"], output["code"]) == ("websocket.close", NOT_ADMITTED)
    assert await communicator.receive_nothing(0.3)
    assert bell.bell.listeners() == 0
