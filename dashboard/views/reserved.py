"""The address kept for shared links."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse


def reserved(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Say that nothing is shared here; the address is kept so that no other page ever takes it."""
    return HttpResponse(
        "Nothing is shared under this address.", status=404, content_type="text/plain; charset=utf-8"
    )
