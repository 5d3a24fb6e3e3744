"""The live page and its rows."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from queryscope.profiler.store import current_store


def live(request: HttpRequest) -> HttpResponse:
    """Return how many traces the store holds."""
    return HttpResponse(
        f"{current_store().totals().traces} requests", content_type="text/plain; charset=utf-8"
    )


def rows(request: HttpRequest) -> HttpResponse:
    """Return the names of the newest traces, one a line."""
    names = "\n".join(summary.name for summary in current_store().newest())
    return HttpResponse(names, content_type="text/plain; charset=utf-8")
