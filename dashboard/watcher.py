"""One look into the store a process, while sockets are open: notices what nobody rang for."""

from __future__ import annotations

import asyncio

from queryscope.dashboard import relay
from queryscope.dashboard.bell import bell, reading
from queryscope.profiler import pipeline
from queryscope.profiler.errors import StoreError
from queryscope.profiler.settings import current
from queryscope.profiler.store import current_store
from queryscope.profiler.trace import Value


class Glance(Value, frozen=True):
    """What a change of rings the bell; ``problem`` is why recording or reading does not work, in words."""

    last_seq: int
    empty: bool
    paused_at: str | None
    problem: str | None


async def watch() -> None:
    """Look every ``POLL_SECONDS`` and ring at a change, until cancelled."""
    seen = None
    while True:
        glance = await reading(glance_at_store)
        if glance != seen:
            bell.ring()
        seen = glance
        await asyncio.sleep(current().poll_seconds)


async def hear() -> None:
    """Ring whenever the channel layer says so, until cancelled."""
    await relay.hear(bell.ring)


WATCHERS = (watch, hear)


def glance_at_store() -> Glance:
    """Return what the store and the recording of this process say right now."""
    try:
        store = current_store()
        return Glance(
            last_seq=store.last_seq(),
            empty=not store.newest(1),
            paused_at=store.paused_at(),
            problem=pipeline.status().problem,
        )
    except StoreError as error:
        return Glance(last_seq=0, empty=True, paused_at=None, problem=str(error))
