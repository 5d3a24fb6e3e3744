"""The bell across hosts: one long-lived loop thread that nudges the group of every dashboard, and the ear for it.

Only with a channel layer that reaches other processes. Sending from the writer thread with ``async_to_sync`` would open
a connection for each message.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from contextlib import suppress
from threading import Lock, Thread
from time import monotonic
from typing import Any

from channels.layers import channel_layers
from django.conf import settings

from queryscope.profiler.settings import current

GROUP = "queryscope"
NUDGE = {"type": "queryscope.nudge"}
GATHER_SECONDS = 0.05
"""Nudges that come closer together are sent as one."""
RETRY_SECONDS = 5.0
WORKED_SECONDS = 1.0
"""A failure after more than this is the end of something that worked: it is taken up again at once."""
REJOIN_SECONDS = 3600.0
"""A group of channels_redis forgets its members after a day."""

logger = logging.getLogger("queryscope.dashboard")


def shared_layer() -> Any | None:
    """Return the channel layer that reaches other processes, ``None`` where the project has none."""
    alias = current().channel_layer
    backend = getattr(settings, "CHANNEL_LAYERS", {}).get(alias, {}).get("BACKEND", "")
    if not backend or backend.endswith("InMemoryChannelLayer"):
        return None
    return channel_layers[alias]


def send() -> None:
    """Nudge the dashboards of other processes soon; returns at once, from any thread."""
    if shared_layer() is not None:
        _sender.nudge()


async def hear(ring: Callable[[], None]) -> None:
    """Ring whenever another process nudges, until cancelled; at once over where there is no shared layer."""
    layer = shared_layer()
    quiet = False
    while layer is not None:
        began = monotonic()
        try:
            await _hear(layer, ring)
        except Exception as error:
            if monotonic() - began > WORKED_SECONDS:
                quiet = False
                continue
            if not quiet:
                logger.warning(
                    "The channel layer does not answer (%s); dashboards look into the store instead.", error
                )
            quiet = True
            await asyncio.sleep(RETRY_SECONDS)


async def _hear(layer: Any, ring: Callable[[], None]) -> None:
    channel = await layer.new_channel("queryscope")
    try:
        while True:
            await layer.group_add(GROUP, channel)
            ring()  # for what came before
            with suppress(TimeoutError):
                async with asyncio.timeout(REJOIN_SECONDS):
                    while True:
                        await _receive(layer, channel, ring)
    finally:
        with suppress(Exception):
            await layer.group_discard(GROUP, channel)


async def _receive(layer: Any, channel: str, ring: Callable[[], None]) -> None:
    began = monotonic()
    try:
        await layer.receive(channel)
    except Exception:
        # redis-py 8 gives up reading after 5 s, which is as long as channels_redis has the server wait for a message.
        if monotonic() - began < WORKED_SECONDS:
            raise
    else:
        ring()


class _Sender:
    """The thread, its loop and the flag; nothing of it exists before the first nudge."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wanted = asyncio.Event()

    def nudge(self) -> None:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                Thread(target=self._run, args=(self._loop,), name="queryscope-relay", daemon=True).start()
        self._loop.call_soon_threadsafe(self._wanted.set)

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(self._send_forever())

    async def _send_forever(self) -> None:
        quiet = False
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            try:
                await self._send()
                quiet = False
            except Exception as error:
                if not quiet:
                    logger.warning(
                        "The channel layer does not answer (%s); other hosts hear of it later.", error
                    )
                quiet = True
                self._wanted.set()
                await asyncio.sleep(RETRY_SECONDS)
            await asyncio.sleep(GATHER_SECONDS)

    async def _send(self) -> None:
        layer = shared_layer()
        if layer is not None:
            await layer.group_send(GROUP, NUDGE)


_sender = _Sender()


def _forget() -> None:
    global _sender
    _sender = _Sender()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
