"""Finds the queryset that a fix edits: the statement that fetched the rows, the places that built it, what it brought along."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property

from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.trace import CallSite, Origin, Queryset, Span

_COMBINED = re.compile(r"\b(?:UNION|INTERSECT|EXCEPT|MINUS)\b")
_LOCKED = re.compile(r"\bFOR (?:NO KEY )?UPDATE\b")
_UNKNOWN = Queryset()


class Root:
    """One queryset under repair; ``span`` is ``None`` where its statement was not recorded.

    ``prefix`` is the path from the model that the caller counts from to the model of this queryset: empty, unless a
    queryset further down was evaluated for a single row only and is the nearer place for the fix.
    """

    def __init__(
        self, span: Span | None, model: str | None, sites: tuple[CallSite, ...], prefix: str
    ) -> None:
        self.span, self.model, self.sites, self.prefix = span, model, sites, prefix

    @property
    def queryset(self) -> Queryset:
        """What the queryset brought along, as far as it is known."""
        return (self.span and self.span.queryset) or _UNKNOWN

    @property
    def call_site(self) -> CallSite | None:
        """The line of the application that asked for the rows."""
        return self.span.call_site if self.span else None

    @property
    def raw(self) -> bool:
        """Whether its SQL was written by hand."""
        return self.span is not None and self.span.load == "raw"

    @cached_property
    def combined(self) -> bool:
        """Whether it is a union or the like, which takes no further calls."""
        return self.span is not None and _COMBINED.search(self.span.sql) is not None

    @property
    def locked(self) -> bool:
        """Whether its rows are locked: a join would lock those of the other table too, or be refused."""
        if self.span is not None and _LOCKED.search(self.span.sql):
            return True
        return any("select_for_update" in (site.source or "") for site in self.sites)

    def relative(self, paths: Iterable[str]) -> tuple[str, ...]:
        """Return paths as they read from the model of this queryset; those that end on the way to it lead nowhere."""
        if not self.prefix:
            return tuple(paths)
        start = f"{self.prefix}__"
        return tuple(path.removeprefix(start) for path in paths if path.startswith(start))

    def unread(self, evidence: Evidence, path: str) -> str | None:
        """Return a path that was prefetched by its name and of which no row was read, ``None`` for any other one.

        What the same lines brought to other rows of the trace counts as well.
        """
        if any(each.startswith(f"{path}__") for each in self.queryset.prefetched):
            return None
        evaluated = (span.queryset for span in evidence.spans if span.build_sites == self.sites)
        known = [each for each in evaluated if each is not None] or [self.queryset]
        used = any(
            each.kept
            or path not in each.prefetched
            or any(f"{name}__".startswith(f"{path}__") for name in each.read)
            for each in known
        )
        return None if used else path

    def driven_by(self, part: str, *functions: str) -> bool:
        """Return whether a library whose label contains ``part`` asked for the rows, in one of ``functions`` if given."""
        frames = self.span.stack if self.span is not None else ()
        return any(
            part in frame.label.replace("\\", "/") and (not functions or frame.function in functions)
            for frame in frames
        )


def root_of(evidence: Evidence, start: Origin | Span) -> Root:
    """Return the queryset to edit for rows of ``start``: an evaluation that loads started from, or a statement itself."""
    if isinstance(start, Span):
        return Root(start, start.model, start.build_sites, "")
    origin = start
    while True:
        span = evidence.by_number.get(origin.span) if origin.span is not None else None
        if not origin.path:
            return Root(span, origin.model, origin.build_sites or (span.build_sites if span else ()), "")
        if span is None:
            return Root(None, None, origin.build_sites, "")
        sites = _own_sites(evidence, span)
        if sites:
            return Root(span, span.model, sites, _prefix(span))
        above = span.origin
        # Rows that a join brought along belong to the statement of those they were joined to.
        if above is None or (above.id, above.path) == (origin.id, origin.path):
            return Root(span, span.model, span.build_sites or origin.build_sites, _prefix(span))
        origin = above


def _prefix(span: Span) -> str:
    """Return the path from the first root to the rows of a statement that followed a relation."""
    return "__".join(filter(None, [span.origin.path, span.relation])) if span.origin else ""


def _own_sites(evidence: Evidence, span: Span) -> tuple[CallSite, ...]:
    """Return where the queryset of a followed relation was written down, if that is the place to go on from it.

    One that Django makes for ``.all()`` of many rows is not: a prefetch from further up takes its place.
    """
    if span.load == "prefetch":
        # One that Prefetch() was given has places before that where the rows are asked for, which Django's have alone.
        outer = {span.call_site, *(span.origin.build_sites if span.origin else ())}
        return tuple(site for site in span.build_sites if site not in outer)
    if span.load != "many" or not span.build_sites:
        return ()
    refined = not _text(span.build_sites[-1]).endswith(".all()")
    return span.build_sites if refined or _once(evidence, span) else ()


def _once(evidence: Evidence, span: Span) -> bool:
    others = (each for each in evidence.spans if each.n != span.n and each.origin and span.origin)
    return not any(
        (each.origin and each.origin.root, _prefix(each)) == (span.origin and span.origin.root, _prefix(span))
        for each in others
    )


def _text(site: CallSite) -> str:
    """Return the text of a place, as far as it stands on its first line."""
    end = site.end_column - 1 if site.end_column and site.end_line == site.line else None
    return (site.source or "")[(site.column or 1) - 1 : end]
