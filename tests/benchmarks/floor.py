"""The least that a recording with stacks can cost: two clocks, a walk over 20 frames and an append for each query."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from sys import _getframe
from time import perf_counter_ns
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.db import connection
from django.db.backends.signals import connection_created
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_and_async_middleware

FRAMES = 20
_taken: ContextVar[list[Any] | None] = ContextVar("floor", default=None)


@sync_and_async_middleware
def floor_middleware(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Keep the queries of a request until it ends, then forget them."""
    connection_created.connect(_created)
    _created(connection)

    def middleware(request: HttpRequest) -> HttpResponse:
        token = _taken.set([])
        try:
            response: HttpResponse = get_response(request)
            return response
        finally:
            _taken.reset(token)

    async def amiddleware(request: HttpRequest) -> HttpResponse:
        token = _taken.set([])
        try:
            response: HttpResponse = await get_response(request)
            return response
        finally:
            _taken.reset(token)

    return amiddleware if iscoroutinefunction(get_response) else middleware


def _created(connection: Any, **_: Any) -> None:
    if _observe not in connection.execute_wrappers:
        connection.execute_wrappers.insert(0, _observe)


def _observe(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    taken = _taken.get()
    if taken is None:
        return execute(sql, params, many, context)
    start = perf_counter_ns()
    try:
        return execute(sql, params, many, context)
    finally:
        end = perf_counter_ns()
        taken.append((sql, params, start, end, _walk(_getframe(1))))


def _walk(frame: Any) -> list[Any]:
    stack: list[Any] = []
    for _ in range(FRAMES):
        if frame is None:
            break
        stack += (frame.f_code, frame.f_lasti)
        frame = frame.f_back
    return stack
