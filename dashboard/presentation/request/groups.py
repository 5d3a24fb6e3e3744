"""The spans of a trace in groups: by site, and in each site by statement (the query group)."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from queryscope.dashboard.presentation.request.sites import Site, site_of
from queryscope.profiler.trace import Span, Value


class QueryGroup(Value, frozen=True, kw_only=True):
    """Spans that share fingerprint and site, in the order of execution; ``key`` is unique in the page."""

    key: str
    spans: tuple[Span, ...]

    @property
    def first(self) -> Span:
        return self.spans[0]

    @property
    def total_ms(self) -> float:
        return sum(span.duration_ms for span in self.spans)

    def position(self, n: int) -> int:
        """Return the 1-based place of span ``n`` in the group; raises ValueError where it is not in it."""
        return [span.n for span in self.spans].index(n) + 1


class SiteGroup(Value, frozen=True, kw_only=True):
    """Everything one site ran: its query groups in the order of their first execution."""

    key: str
    site: Site
    queries: tuple[QueryGroup, ...]

    @property
    def spans(self) -> tuple[Span, ...]:
        if len(self.queries) == 1:
            return self.queries[0].spans
        return tuple(
            sorted((span for group in self.queries for span in group.spans), key=lambda span: span.n)
        )

    @property
    def total_ms(self) -> float:
        return sum(group.total_ms for group in self.queries)

    @property
    def count(self) -> int:
        return sum(len(group.spans) for group in self.queries)


def statements(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Return the spans that ask something of the database, without those that only mark transactions."""
    return tuple(span for span in spans if span.kind != "transaction")


def by_site(spans: Sequence[Span]) -> tuple[SiteGroup, ...]:
    """Return the sites in the order of their first span; statements that only mark transactions have none."""
    sites: dict[str, dict[str, list[Span]]] = {}
    for span in statements(spans):
        sites.setdefault(span.site_id, {}).setdefault(span.fingerprint, []).append(span)
    return tuple(_site_group(f"s{number}", found) for number, found in enumerate(sites.values(), 1))


def group_of(spans: Sequence[Span], n: int) -> QueryGroup:
    """Return the query group of span ``n``, also where it marks a transaction; raises LookupError without such a span."""
    span = next((span for span in spans if span.n == n), None)
    if span is None:
        raise LookupError(n)
    same = (s for s in spans if s.fingerprint == span.fingerprint and s.site_id == span.site_id)
    return QueryGroup(key="", spans=tuple(same))


def slowest(spans: Sequence[Span]) -> Span:
    """Return the span that took longest, the earliest of equals."""
    return max(spans, key=lambda span: (span.duration_ms, -span.n))


def median_ms(values: Sequence[float | None]) -> float | None:
    """Return the median of the known values, ``None`` where none is known."""
    known = [value for value in values if value is not None]
    return median(known) if known else None


def _site_group(key: str, found: dict[str, list[Span]]) -> SiteGroup:
    groups = tuple(
        QueryGroup(key=f"{key}-q{number}", spans=tuple(spans))
        for number, spans in enumerate(found.values(), 1)
    )
    return SiteGroup(key=key, site=site_of(groups[0].first), queries=groups)
