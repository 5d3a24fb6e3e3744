"""A recording lets go of what it saw: nothing of the application lives longer than its request and its place in the queue."""

from __future__ import annotations

import gc
import tracemalloc
import weakref
from typing import Any

import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from queryscope.profiler import pipeline
from queryscope.profiler.middleware import QueryscopeMiddleware
from tests.conftest import Recording

pytestmark = pytest.mark.django_db(transaction=True)


def ask(view: Any, count: int) -> None:
    middleware = QueryscopeMiddleware(view)
    for number in range(count):
        middleware(RequestFactory().get(f"/{number}/"))
        if not number % 20:
            assert pipeline.flush(20)
    assert pipeline.flush(20)
    gc.collect()


def test_requests_leave_no_memory_behind(recording: Recording) -> None:
    """400 requests of 13 statements each grow the process by less than 2 kB each, once everything is warm."""

    def view(request: HttpRequest) -> HttpResponse:
        with connection.cursor() as cursor:
            for number in range(13):
                cursor.execute("SELECT %s", [f"{request.path} {number}"])
        return HttpResponse("ok")

    ask(view, 60)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        ask(view, 400)
        growth = (tracemalloc.get_traced_memory()[0] - before) / 400
    finally:
        tracemalloc.stop()
    assert growth < 2_000


def test_nothing_of_the_application_is_kept_alive(recording: Recording) -> None:
    """Neither the request, nor a parameter, nor an exception with its frames."""

    class Value(str):
        __slots__ = ("__weakref__",)

    seen: list[weakref.ref[Any]] = []

    def view(request: HttpRequest) -> HttpResponse:
        value, error = Value("kept?"), ValueError("kept?")
        seen.extend((weakref.ref(value), weakref.ref(request)))
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s", [value])
            try:
                cursor.execute("SELECT nothing_of_that_name", [])
            except Exception as caught:
                caught.__context__ = error
                seen.append(weakref.ref(caught))
        return HttpResponse("ok")

    ask(view, 1)
    assert pipeline.flush(20)
    connection.close()
    gc.collect()
    assert len(seen) == 3
    assert [ref() for ref in seen] == [None] * 3
