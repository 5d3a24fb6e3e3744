"""The page about the shop; plants a query in a context processor."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def about(request: HttpRequest) -> HttpResponse:
    """query-everywhere: rendered by the engine whose context processor counts the cart in the database."""
    return render(request, "lantern/about.html", using="counting")
