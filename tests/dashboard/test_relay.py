"""The bell across processes: a nudge through Redis where there is one, and no harm where it does not answer."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from queryscope.dashboard import bell, relay
from queryscope.profiler.store import current_store
from tests.dashboard.stream import PATIENCE_SECONDS, message, next_rows, opened, rows, store_some
from tests.services import RequireService

REDIS_HOST = os.environ.get("REDIS_HOST", "127.0.0.1")
REDIS_PORT = int(os.environ.get("REDIS_PORT", "6379"))

WRITER = """
import sys, django
from django.conf import settings
settings.QUERYSCOPE = {"STORE": sys.argv[1]}
settings.CHANNEL_LAYERS = eval(sys.argv[2])
django.setup()
from queryscope.dashboard import bell
from queryscope.profiler.store import current_store
from tests.builders import report
stored = current_store().append([report(id="f" * 32, path="/elsewhere/")])
bell.rung(stored[0].trace.seq)
sys.stdin.read()
"""


def layers(backend: str, port: int = REDIS_PORT) -> dict[str, Any]:
    return {
        "default": {
            "BACKEND": backend,
            "CONFIG": {"hosts": [(REDIS_HOST, port)], "prefix": f"qs{os.getpid()}"},
        }
    }


@pytest.fixture
def store(settings: Any, tmp_path: Path) -> Path:
    """A store that nobody looks into by himself during the test."""
    settings.DEBUG = True
    path = tmp_path / "store.sqlite3"
    settings.QUERYSCOPE = {"STORE": str(path), "POLL_SECONDS": 600.0}
    return path


@pytest.fixture
def elsewhere(store: Path) -> Iterator[Any]:
    """Return a function that has another process store a trace and ring."""
    started: list[subprocess.Popen[str]] = []

    def write(channel_layers: dict[str, Any]) -> None:
        environment = os.environ | {"DJANGO_SETTINGS_MODULE": "demo.settings", "PYTHONPATH": str(Path.cwd())}
        command = [sys.executable, "-c", WRITER, str(store), repr(channel_layers)]
        started.append(subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, text=True))

    yield write
    for process in started:
        process.communicate("", timeout=20)
        assert process.returncode == 0


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "backend", ["channels_redis.core.RedisChannelLayer", "channels_redis.pubsub.RedisPubSubChannelLayer"]
)
async def test_a_nudge_through_redis_reaches_the_dashboards_of_other_processes(
    backend: str, settings: Any, elsewhere: Any, require_service: RequireService
) -> None:
    """At once: the next look into the store would be in ten minutes."""
    require_service("redis", REDIS_HOST, REDIS_PORT)
    settings.CHANNEL_LAYERS = layers(backend)
    await store_some(1, ring=False)
    async with opened() as communicator:
        assert await next_rows(communicator) == [1]
        elsewhere(settings.CHANNEL_LAYERS)
        html = await message(communicator)
        assert rows(html) == [2]
        assert "/elsewhere/" in html


@pytest.mark.asyncio
async def test_a_redis_that_does_not_answer_is_said_once_and_costs_nothing(
    settings: Any, store: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The writer goes on, the sockets of this process are woken, the page stays open."""
    settings.CHANNEL_LAYERS = layers("channels_redis.core.RedisChannelLayer", port=1)
    with caplog.at_level(logging.WARNING, "queryscope.dashboard"):
        async with opened() as communicator:
            await message(communicator)
            await store_some(1)
            assert await next_rows(communicator) == [1]
            await store_some(1)
            assert await next_rows(communicator) == [2]
            async with asyncio.timeout(PATIENCE_SECONDS):
                while len(caplog.records) < 2:
                    await asyncio.sleep(0.01)
    said = [record.getMessage() for record in caplog.records]
    assert len([text for text in said if "other hosts hear of it later" in text]) == 1
    assert len([text for text in said if "dashboards look into the store instead" in text]) == 1


@pytest.mark.parametrize(
    "configured",
    [{}, {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}, {"other": {"BACKEND": "x.Y"}}],
)
def test_a_layer_that_reaches_no_other_process_is_not_used(configured: dict[str, Any], settings: Any) -> None:
    """No thread is started for it."""
    settings.CHANNEL_LAYERS = configured
    assert relay.shared_layer() is None


def test_the_layer_can_be_chosen(settings: Any) -> None:
    """CHANNEL_LAYER names an alias."""
    settings.CHANNEL_LAYERS = {
        "default": {"BACKEND": "x.Y"},
        "bell": layers("channels_redis.core.RedisChannelLayer")["default"],
    }
    settings.QUERYSCOPE = {"CHANNEL_LAYER": "bell"}
    assert type(relay.shared_layer()).__name__ == "RedisChannelLayer"


def test_the_writer_of_this_process_rings(recording: Any) -> None:
    """The callback that apps.py registered: from the end of a request to the bell."""
    from django.test import Client

    rung = []
    original = bell.bell.ring
    bell.bell.ring = lambda: rung.append(current_store().last_seq()) or original()  # type: ignore[method-assign]
    try:
        Client(headers={"host": "localhost"}).get("/")
        assert recording.summaries
    finally:
        bell.bell.ring = original  # type: ignore[method-assign]
    assert rung and rung[-1] == recording.store.last_seq()
