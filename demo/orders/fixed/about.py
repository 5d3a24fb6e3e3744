"""The page about the shop without the problem of ``demo.orders.views.about``."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def about(request: HttpRequest) -> HttpResponse:
    """Rendered by the default engine, whose context processor reads the number from the cookie."""
    return render(request, "lantern/about.html")
