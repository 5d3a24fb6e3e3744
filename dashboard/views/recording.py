"""Pausing and resuming: a row in the store that every recording process obeys."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from queryscope.dashboard.bell import rung
from queryscope.dashboard.denied import plain
from queryscope.profiler.errors import StoreError
from queryscope.profiler.store import current_store


@require_POST
def recording(request: HttpRequest) -> HttpResponse:
    """Do ``action`` (``pause`` or ``resume``) and lead back to the live page (htmx: 204).

    400 for any other action, 503 where the store cannot be written."""
    action = request.POST.get("action", "")
    if action not in {"pause", "resume"}:
        return plain(f"The action is {action!r}; it can be 'pause' or 'resume'.", 400)
    try:
        store = current_store()
        store.pause() if action == "pause" else store.resume()
    except StoreError as error:
        return plain(str(error), 503)
    rung()
    # The open pages hear of it by the bell; a browser without script gets the page again.
    return HttpResponse(status=204) if request.headers.get("HX-Request") else redirect("queryscope:live")
