"""Who takes part: what each contender adds to the project that is measured."""

from __future__ import annotations

from importlib.util import find_spec
from typing import NamedTuple


class Contender(NamedTuple):
    """One line of the comparison; ``needs`` is the module without which it cannot take part."""

    name: str
    needs: str | None = None
    apps: tuple[str, ...] = ()
    middleware: tuple[str, ...] = ()
    urls: tuple[tuple[str, str], ...] = ()

    @property
    def present(self) -> bool:
        """Whether what it needs is installed."""
        return self.needs is None or find_spec(self.needs) is not None


BARE = "bare"
FLOOR = "timer and frame walk"
OWN = "queryscope"
TOOLBAR = "debug-toolbar"
SILK = "silk"
WATCHED = "queryscope, watched"

_OWN_APPS = ("queryscope.profiler",)
_OWN_MIDDLEWARE = ("queryscope.profiler.middleware.QueryscopeMiddleware",)

CONTENDERS = {
    contender.name: contender
    for contender in (
        Contender(BARE),
        Contender(FLOOR, middleware=("tests.benchmarks.floor.FloorMiddleware",)),
        Contender(OWN, apps=_OWN_APPS, middleware=_OWN_MIDDLEWARE),
        Contender(
            TOOLBAR,
            needs="debug_toolbar",
            apps=("debug_toolbar",),
            middleware=("debug_toolbar.middleware.DebugToolbarMiddleware",),
            urls=(("__debug__/", "debug_toolbar.urls"),),
        ),
        Contender(
            SILK,
            needs="silk",
            apps=("silk",),
            middleware=("silk.middleware.SilkyMiddleware",),
            urls=(("silk/", "silk.urls"),),
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
