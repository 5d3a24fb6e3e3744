"""Serves pages in this process as a server would, and measures them: WSGI, and below /async/ the ASGI handler."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from collections.abc import Callable
from functools import partial
from time import perf_counter, process_time, thread_time
from typing import Any, TypeVar
from wsgiref.util import setup_testing_defaults

from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.db import connection

Result = TypeVar("Result")

TRACE_LIMIT_SECONDS = 60

_BALLAST, _BALLAST_BYTES = 32_000, 470
"""Fills the gaps in Python's memory, 16 MB of them: where they are is chance, and worth 0.3 % of a large page."""

# Calls of libc that nothing else here makes; callgrind is told to act when a thread enters them (callgrind.py).
begin_count = os.getresuid
end_count = os.getresgid
end_background = partial(os.getsid, 0)


class Pages:
    """Serves pages in this thread; an event loop and the thread of its queries are kept from one page to the next."""

    def __init__(self) -> None:
        self._wsgi: Any = None
        self._asgi: Any = None
        self._runner = asyncio.Runner()

    def page(self, path: str) -> dict[str, float]:
        """Serve one page; return its wall time and its CPU in seconds: of the threads that answer, and of the process
        until nothing is left to do in the background."""
        self.prepare(path)
        gc.collect()
        process, thread, wall = process_time(), sum(self._in_each(path, thread_time)), perf_counter()
        size = self.serve(path)
        answer = {"wall": perf_counter() - wall, "bytes": size}
        answer["thread"] = sum(self._in_each(path, thread_time)) - thread
        settle()
        return answer | {"process": process_time() - process}

    def count(self, path: str, large: bool) -> None:
        """Serve one page between the marks by which callgrind knows its instructions; the background marks its own.

        Collections of garbage leave out what was there before: which page they fall into, and how much was loaded at
        start, would decide more than what the page does. A ``large`` page makes all its objects in fresh memory.
        """
        self.prepare(path)
        settle()
        gc.collect()
        gc.freeze()
        gc.collect()  # a full one is due again by how much the last full one found: nothing, then
        ballast = [bytes(_BALLAST_BYTES) for _ in range(_BALLAST)] if large else []
        self._in_each(path, begin_count)
        begin_count()
        self.serve(path)
        self._in_each(path, end_count)
        del ballast
        gc.unfreeze()
        settle()

    def wall(self, path: str) -> float:
        """Serve one page; return its wall time in seconds."""
        start = perf_counter()
        self.serve(path)
        return perf_counter() - start

    def prepare(self, path: str) -> None:
        """Set up what serves the page. A thread with a connection stays: to open one is not what is measured."""
        if not _is_async(path):
            self._wsgi = self._wsgi or get_wsgi_application()
        elif self._asgi is None:
            self._asgi = get_asgi_application()
            self._runner.run(_keep_thread())

    def serve(self, path: str) -> int:
        """Serve one page; return the bytes of its body. Raises RuntimeError where it is no page."""
        self.prepare(path)
        status, body = self._runner.run(self._ask(path)) if _is_async(path) else self._call(path)
        if status != "200":
            raise RuntimeError(f"{path} answered {status}: {body[:2000]!r}")
        return len(body)

    def _call(self, path: str) -> tuple[str, bytes]:
        environ: dict[str, Any] = {"PATH_INFO": path, "REMOTE_ADDR": "127.0.0.1", "HTTP_ACCEPT": "text/html"}
        setup_testing_defaults(environ)
        status: list[str] = []
        response = self._wsgi(environ, lambda line, headers: status.append(line[:3]))
        body = b"".join(response)
        response.close()
        return status[0], body

    async def _ask(self, path: str) -> tuple[str, bytes]:
        scope = {
            "type": "http", "http_version": "1.1", "method": "GET", "scheme": "http", "path": path,
            "raw_path": path.encode(), "query_string": b"", "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 1),
            "headers": [(b"host", b"127.0.0.1"), (b"accept", b"text/html")],
        }  # fmt: skip
        sent: list[dict[str, Any]] = []
        incoming = iter([{"type": "http.request", "body": b"", "more_body": False}])

        async def receive() -> dict[str, Any]:
            for message in incoming:
                return message
            await asyncio.Event().wait()  # nobody goes away
            raise AssertionError

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await self._asgi(scope, receive, send)
        return str(sent[0]["status"]), b"".join(message.get("body", b"") for message in sent[1:])

    def _in_each(self, path: str, function: Callable[[], Result]) -> list[Result]:
        """Call a function in each thread that answers a page, and return what it says there."""
        here = [function()]
        return [*here, self._runner.run(sync_to_async(function)())] if _is_async(path) else here


async def _keep_thread() -> None:
    """Have the queries of all later tasks of this loop run in one thread, and connect there."""
    await ThreadSensitiveContext().__aenter__()  # type: ignore[no-untyped-call]
    await sync_to_async(connection.ensure_connection)()


def settle() -> None:
    """Wait until what was recorded is stored. Raises RuntimeError where that takes too long."""
    pipeline = sys.modules.get("queryscope.profiler.pipeline")
    if pipeline is not None and not pipeline.flush(TRACE_LIMIT_SECONDS):
        raise RuntimeError(f"queryscope did not write its traces within {TRACE_LIMIT_SECONDS} s")


def _is_async(path: str) -> bool:
    return path.startswith("/async/")
