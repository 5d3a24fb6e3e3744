"""What stands around every page: the project, where it is served, and how many traces are stored."""

from __future__ import annotations

from django.conf import settings as django_settings
from django.http import HttpRequest

from queryscope.dashboard.presentation.chrome import Chrome, Place, chrome, project_name
from queryscope.profiler import settings
from queryscope.profiler.errors import StoreError
from queryscope.profiler.store import current_store


def frame(request: HttpRequest, place: Place, traces: int) -> Chrome:
    """Return what stands around a page of the dashboard; ``traces`` is the number of stored traces."""
    name = project_name(str(django_settings.SETTINGS_MODULE), settings.project_root().name)
    return chrome(project=name, address=request.get_host(), place=place, traces=traces)


def stored() -> int:
    """Return the number of stored traces, 0 where the store cannot be read: the page says so already."""
    try:
        return current_store().totals().traces
    except StoreError:
        return 0
