"""Who takes part: what each contender adds to the project that is measured."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from types import MappingProxyType
from typing import Any, NamedTuple


class Contender(NamedTuple):
    """One line of the comparison; ``needs`` is the module without which it cannot take part."""

    name: str
    needs: str | None = None
    apps: tuple[str, ...] = ()
    middleware: tuple[str, ...] = ()
    urls: tuple[tuple[str, str], ...] = ()
    migrates: bool = False
    """Whether it brings tables of its own."""
    options: Mapping[str, Any] = MappingProxyType({})
    """What it puts into ``QUERYSCOPE``."""

    @property
    def present(self) -> bool:
        """Whether what it needs is installed."""
        return self.needs is None or find_spec(self.needs) is not None


BARE = "bare"
FLOOR = "timer and 20 frames"
IDLE = "queryscope, idle"
OWN = "queryscope"
PLAIN = "queryscope, no lanes"
TOOLBAR = "debug-toolbar"
SILK = "silk"
WATCHED = "queryscope, watched"

_OWN_APPS = ("queryscope.profiler",)
_OWN_MIDDLEWARE = ("queryscope.profiler.middleware.QueryscopeMiddleware",)

CONTENDERS = {
    contender.name: contender
    for contender in (
        Contender(BARE),
        Contender(FLOOR, middleware=("tests.benchmarks.floor.floor_middleware",)),
        # Installed, every hook in place, no request wanted: what a share of 0 or a pause leaves.
        Contender(IDLE, apps=_OWN_APPS, middleware=_OWN_MIDDLEWARE, options={"IGNORE_PATHS": ("^/",)}),
        Contender(OWN, apps=_OWN_APPS, middleware=_OWN_MIDDLEWARE),
        Contender(PLAIN, apps=_OWN_APPS, middleware=_OWN_MIDDLEWARE, options={"LANES": False}),
        Contender(
            TOOLBAR,
            needs="debug_toolbar",
            apps=("debug_toolbar",),
            middleware=("debug_toolbar.middleware.DebugToolbarMiddleware",),
            urls=(("__debug__/", "debug_toolbar.urls"),),
            migrates=True,
        ),
        Contender(
            SILK,
            needs="silk",
            apps=("silk",),
            middleware=("silk.middleware.SilkyMiddleware",),
            urls=(("silk/", "silk.urls"),),
            migrates=True,
        ),
    )
}

SITES = CONTENDERS | {
    WATCHED: Contender(
        WATCHED,
        apps=(*_OWN_APPS, "queryscope.dashboard"),
        middleware=_OWN_MIDDLEWARE,
        urls=(("queryscope/", "queryscope.dashboard.urls"),),
    )
}
"""The contenders, and the project whose live page is open in a browser."""
