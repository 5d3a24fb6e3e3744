"""Keeps a recorder active while a streaming body is produced, and closes it when the body ends, whichever way.

The variable is set around each step only: between two steps the server may run anything else in the same thread.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from time import perf_counter_ns
from typing import Any

from queryscope.profiler.capture import guard
from queryscope.profiler.capture.hooks import describe_error
from queryscope.profiler.capture.recorder import Recorder, activate, deactivate


class Streamed:
    """What the sync and the async stream share: the recorder, the bytes so far, the one end."""

    def __init__(self, recorder: Recorder, finish: Callable[[int], None]) -> None:
        self._recorder, self._finish = recorder, finish
        self._start = perf_counter_ns()
        self._bytes = 0
        self._ended = False

    def close(self) -> None:
        """End the recording; Django calls it when the response is closed, also after a client has gone away."""
        if not self._ended:
            self._ended = True
            try:
                self._recorder.lane("streaming", "streaming body", self._start, perf_counter_ns())
            except Exception:
                guard.report("the time of a streaming body")
            self._finish(self._bytes)

    def __del__(self) -> None:
        """A server that lost its client may forget the response without closing it."""
        with suppress(Exception):
            self.close()

    def _failed(self, error: BaseException) -> None:
        if not isinstance(error, GeneratorExit):
            self._recorder.error = describe_error(error)
        self.close()


def within(recorder: Recorder, call: Callable[[], object]) -> object:
    """Call with the recorder active."""
    token = activate(recorder)
    try:
        return call()
    finally:
        deactivate(token, recorder)


class SyncStream(Streamed):
    """An iterator over a sync body."""

    def __init__(self, content: Iterator[bytes], recorder: Recorder, finish: Callable[[int], None]) -> None:
        super().__init__(recorder, finish)
        self._content = iter(content)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        token = activate(self._recorder)
        try:
            chunk = next(self._content)
        except StopIteration:
            self.close()
            self._content = iter(
                ()
            )  # it may know the response, which has this one: nobody need look for the cycle
            raise
        except BaseException as error:
            self._failed(error)
            raise
        finally:
            deactivate(token, self._recorder)
        self._bytes += len(chunk)
        return chunk


class AsyncStream(Streamed):
    """An async iterator over an async body."""

    def __init__(
        self, content: AsyncIterator[bytes], recorder: Recorder, finish: Callable[[int], None]
    ) -> None:
        super().__init__(recorder, finish)
        self._content = content

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        token = activate(self._recorder)
        try:
            chunk = await anext(self._content)
        except StopAsyncIteration:
            self.close()
            raise
        except BaseException as error:
            self._failed(error)
            raise
        finally:
            deactivate(token, self._recorder)
        self._bytes += len(chunk)
        return chunk

    async def aclose(self) -> None:
        """Close the body as its producer expects, then end the recording."""
        close: Any = getattr(self._content, "aclose", None)
        if close is not None:
            await close()
        self.close()
