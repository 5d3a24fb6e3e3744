"""Times the opening of a connection, and tells what a backend sends to set one up from what the application asks."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from time import perf_counter_ns
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from queryscope.profiler.capture import guard
from queryscope.profiler.capture.evaluation import thread
from queryscope.profiler.capture.patching import patch
from queryscope.profiler.capture.recorder import active


def install() -> None:
    """Wrap the one method by which Django connects."""
    patch(BaseDatabaseWrapper, "connect", _connected)


def _connected(original: Callable[..., Any]) -> Any:
    @wraps(original)
    def connect(self: Any) -> Any:
        recorder = active.get()
        if recorder is None or getattr(self, "queryscope_own", False):
            return original(self)
        progress = thread.progress
        # A compiler opens the connection when it asks for a cursor: what is sent meanwhile is not its statement.
        outer, compiling, counted = progress.connecting, progress.compiling, progress.counted
        progress.connecting, progress.compiling = True, None
        start = perf_counter_ns()
        try:
            return original(self)
        finally:
            took = perf_counter_ns() - start
            progress.connecting, progress.compiling, progress.counted = outer, compiling, counted + took
            try:
                recorder.connected(self, took)
            except Exception:
                guard.report("the time of a connection")

    return connect
