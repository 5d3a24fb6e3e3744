"""What stands around every page: whose project this is, where one is, and the keys that work."""

from __future__ import annotations

from typing import Literal

from queryscope.dashboard.presentation.keymap import KEYMAP, Section
from queryscope.profiler import units
from queryscope.profiler.trace import Value

Place = Literal["live", "request", "findings"]


class Chrome(Value, frozen=True, kw_only=True):
    """Top bar and shortcuts dialog; ``traces`` is the number of stored requests as text."""

    project: str
    address: str
    place: Place
    traces: str
    keymap: tuple[Section, ...] = KEYMAP


def chrome(*, project: str, address: str, place: Place, traces: int) -> Chrome:
    """Return the frame of a page for a project's name, the host and port it is served at, and the stored traces."""
    return Chrome(project=project, address=address, place=place, traces=units.count(traces))


def project_name(settings_module: str, folder: str) -> str:
    """Return what a person calls the project: the package of its settings, or the folder where that says nothing."""
    package, dot, _ = settings_module.partition(".")
    return (
        folder if not dot or package in {"config", "conf", "core", "project", "settings", "src"} else package
    )
