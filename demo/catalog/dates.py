"""Reads the day that an address asks for."""

from __future__ import annotations

from datetime import date

from django.http import Http404, HttpRequest


def day_asked_for(request: HttpRequest) -> date:
    """Return ``?day=`` as a date.

    Raises Http404 where it is missing or no date.
    """
    text = request.GET.get("day", "")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Http404(f"The day is {text!r}; write it as 2026-02-14.") from None
