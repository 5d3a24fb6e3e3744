"""Resolves the places where querysets were built; runs off the request."""

from __future__ import annotations

from queryscope.profiler.capture import changes, classes
from queryscope.profiler.capture.evaluation import Site
from queryscope.profiler.capture.frames import label_of, line_of, resolve
from queryscope.profiler.capture.sites import Sites
from queryscope.profiler.trace import CallSite


class BuildSites:
    """Those of one trace: querysets built by the same lines share their places."""

    def __init__(self, sites: Sites) -> None:
        self._sites = sites
        self._known: dict[tuple[int, ...], tuple[CallSite, ...]] = {}

    def of(self, built: tuple[Site, ...]) -> tuple[CallSite, ...]:
        """Return the places in the order in which they took part."""
        # Hashing a code object reads all of it; the trace that is assembled holds it, so its identity will do.
        key = tuple(number for place, offset in built for number in (id(place), offset))
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = tuple(self._site(*each) for each in built)
        return known

    def _site(self, place: object, offset: int) -> CallSite:
        if not isinstance(place, type):
            return self._sites.call_site(resolve([place, offset])[0])
        file, line = classes.where(place)
        return CallSite(
            file=file or "",
            label=label_of(file) if file else classes.dotted(place),
            line=line,
            column=None,
            end_line=None,
            end_column=None,
            function=place.__qualname__,
            source=line_of(file, line),
            source_changed=file is not None and changes.module_changed(file),
        )
