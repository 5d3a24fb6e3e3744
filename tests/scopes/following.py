"""Statements in other threads, and what was recorded of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from django.db import connection

from queryscope.profiler.trace import Trace
from tests.conftest import Recording


def select(times: int = 1) -> None:
    """Ask, and leave no connection behind in the thread."""
    for _ in range(times):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    if threading.current_thread() is not threading.main_thread():
        connection.close()


def asked(trace: Trace) -> int:
    """The statements of ``select``: a backend sends more while it connects."""
    return sum(span.sql == "SELECT 1" for span in trace.spans)


def traces(recording: Recording) -> list[Trace]:
    return [recording.store.report(summary.id).trace for summary in recording.summaries]


def wait_for(condition: Callable[[], Any]) -> None:
    until = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < until, "it did not happen within 10 s"
        time.sleep(0.02)


def run(thread: threading.Thread) -> None:
    thread.start()
    thread.join()
