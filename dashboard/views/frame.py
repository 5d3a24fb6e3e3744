"""The frame of every page for a request: whose project this is and where one is."""

from __future__ import annotations

from django.http import HttpRequest

from queryscope.dashboard.presentation.chrome import Chrome, Place, chrome
from queryscope.profiler.settings import project_root
from queryscope.profiler.store import current_store


def frame(request: HttpRequest, place: Place) -> Chrome:
    """Return the top bar and the keys of the page at ``place``; raises StoreError where the store cannot be read."""
    return chrome(
        project=project_root().name,
        address=request.get_host(),
        place=place,
        traces=current_store().totals().traces,
    )
