"""The address kept for shared links."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from queryscope.dashboard.denied import plain


def reserved(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Say that nothing is shared here; the address is kept so that no other page ever takes it."""
    return plain("Nothing is shared under this address.", 404)
