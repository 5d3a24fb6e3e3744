"""Channels consumers, sync and async: one trace for each message that is handed to a handler.

A consumer whose own ``dispatch`` does not call Channels' one is left alone; queryscope's socket is such a one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from channels.consumer import AsyncConsumer, SyncConsumer, get_handler_name
from channels.exceptions import StopConsumer

from queryscope.profiler.capture import guard
from queryscope.profiler.capture.patching import patch
from queryscope.profiler.capture.recorder import Recorder
from queryscope.profiler.capture.request import RawMessage
from queryscope.profiler.scopes.unit import Unit

LONGEST_SECONDS = 60.0
"""A handler may run as long as its socket is open. What it did so far is then handed in; what follows is background work."""


class Message(Unit):
    """One message to one consumer."""

    expected = (StopConsumer,)
    arrived = True

    def __init__(self, consumer: Any, message: Any) -> None:
        owner, handler = type(consumer), get_handler_name(message)
        scope = getattr(consumer, "scope", None) or {}
        route = scope.get("url_route") or {}
        super().__init__("message", f"{owner.__name__}.{handler}", scope.get("path"))
        self._details = RawMessage(
            path=scope.get("path"),
            arguments=[*(("?", each) for each in route.get("args", ())), *route.get("kwargs", {}).items()],
            view=f"{owner.__module__}.{owner.__qualname__}.{handler}",
        )

    def hand_in(self, recorder: Recorder, details: Any = None) -> None:
        """Close the recording with the path of the socket and the dotted name of the handler."""
        super().hand_in(recorder, self._details)

    def hand_in_early(self) -> None:
        """Close the recording of a handler that goes on."""
        recorder = self.recorder
        if recorder is not None and not recorder.closed:
            recorder.name += f" (its first {LONGEST_SECONDS:.0f} s)"
            try:
                self.hand_in(recorder)
            except Exception:
                recorder.discard()
                guard.report("the end of a long message")


def install() -> None:
    """Wrap the two methods through which messages reach their handlers."""
    patch(AsyncConsumer, "dispatch", _recorded)
    patch(SyncConsumer, "dispatch", _recorded)


def _recorded(original: Any) -> Callable[..., Any]:
    async def dispatch(self: Any, message: Any) -> None:
        # Bound by hand: of a sync consumer it is no function, but what hands the message to a thread.
        handle = original.__get__(self, type(self))
        unit = _unit(self, message)
        if unit is None:
            await handle(message)
            return
        with unit:
            early = asyncio.get_running_loop().call_later(LONGEST_SECONDS, unit.hand_in_early)
            try:
                await handle(message)
            finally:
                early.cancel()

    Message.boundary = dispatch.__code__
    dispatch.__doc__ = original.__doc__
    return dispatch


def _unit(consumer: Any, message: Any) -> Message | None:
    try:
        return Message(consumer, message)
    except ValueError:
        return None  # a message without a type: Channels says so itself
    except Exception:
        guard.report("the start of a message")
        return None
