"""The bell: wakes the sockets of this process when the store has something new; carries no data.

Three hands ring it: the writer thread of this process, the channel layer (other hosts), and one watcher a process
that looks into the store while sockets are open (other processes without a channel layer).
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Lock
from typing import Any, TypeVar

from queryscope.dashboard import relay

T = TypeVar("T")
Loop = asyncio.AbstractEventLoop


class Bell:
    """The sockets that listen, by the loop they run on; ``ring`` may come from any thread, the rest from the loop."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._listening: dict[Loop, set[asyncio.Event]] = {}
        self._watching: dict[Loop, list[asyncio.Task[None]]] = {}

    def listen(
        self, event: asyncio.Event, watchers: tuple[Callable[[], Coroutine[Any, Any, None]], ...]
    ) -> None:
        """Set ``event`` at every ring; the first to listen starts the watchers of this loop."""
        loop = asyncio.get_running_loop()
        with self._lock:
            self._listening.setdefault(loop, set()).add(event)
        if loop not in self._watching:
            self._watching[loop] = [loop.create_task(watcher()) for watcher in watchers]

    def leave(self, event: asyncio.Event) -> None:
        """Stop setting ``event``; the last to leave stops the watchers of this loop."""
        loop = asyncio.get_running_loop()
        with self._lock:
            events = self._listening.get(loop, set())
            events.discard(event)
            if events:
                return
            self._listening.pop(loop, None)
        for task in self._watching.pop(loop, []):
            task.cancel()

    def ring(self) -> None:
        """Wake every socket of this process."""
        with self._lock:
            loops = list(self._listening)
        for loop in loops:
            # A loop that was closed (the server stops) has nobody to wake.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(self._wake, loop)

    def listeners(self) -> int:
        """Return how many sockets listen."""
        with self._lock:
            return sum(map(len, self._listening.values()))

    def forget(self) -> None:
        """In a forked child: the parent's loops and tasks do not run here."""
        self.__init__()  # type: ignore[misc]

    def _wake(self, loop: Loop) -> None:
        with self._lock:
            events = list(self._listening.get(loop, ()))
        for event in events:
            event.set()


bell = Bell()


def rung(last_seq: int = 0) -> None:
    """Something new stands in the store: wake the sockets here, and those of other hosts through the channel layer."""
    bell.ring()
    relay.send()


async def reading(function: Callable[..., T], *arguments: Any) -> T:
    """Return what ``function`` returns, run in the one thread in which the sockets of this process read and render.

    Not in the thread that Channels and Django share for synchronous code: the host's own work queues up there.
    """
    global _reader
    if _reader is None:
        _reader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="queryscope-live")
    return await asyncio.get_running_loop().run_in_executor(_reader, function, *arguments)


_reader: ThreadPoolExecutor | None = None


def _forget() -> None:
    global _reader
    _reader = None
    bell.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
