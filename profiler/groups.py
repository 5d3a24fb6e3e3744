"""The spans of a trace in groups: by the site they come from, and in each site by statement (the query group)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median

from queryscope.profiler.trace import CallSite, Frame, Span, TemplateSite, Value

_MACHINERY = (
    "django/db/",
    "django/utils/",
    "asgiref/",
    "concurrent/",
    "threading.py",
    "contextlib.py",
    "asyncio/",
    "debug_toolbar/",
)


class QueryGroup(Value, frozen=True, kw_only=True):
    """Spans that share fingerprint and site, in the order of execution; ``key`` is unique in the trace."""

    key: str
    spans: tuple[Span, ...]

    @property
    def first(self) -> Span:
        return self.spans[0]

    @property
    def total_ms(self) -> float:
        return sum(map(whole_ms, self.spans))


class SiteGroup(Value, frozen=True, kw_only=True):
    """Everything one site ran: its query groups in the order of their first execution."""

    key: str
    queries: tuple[QueryGroup, ...]

    @property
    def first(self) -> Span:
        return self.queries[0].first

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


def statements(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return the spans that ask something of the database: no marks of transactions, nothing of a new connection's set-up."""
    return tuple(span for span in spans if span.kind != "transaction" and not span.connecting)


def connecting(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return the statements that backends sent by themselves to set connections up."""
    return tuple(span for span in spans if span.connecting)


def whole_ms(span: Span) -> float:
    """Return the time of a span in all its phases: in the database and in the ORM, as far as it was measured."""
    phases = span.phases
    orm = (phases.construct_ms or 0.0) + (phases.compile_ms or 0.0) + (phases.hydrate_ms or 0.0)
    return span.duration_ms + orm


def by_site(spans: Iterable[Span]) -> tuple[SiteGroup, ...]:
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
    """Return the span that took longest in all its phases, the earliest of equals."""
    return max(spans, key=lambda span: (whole_ms(span), -span.n))


def median_ms(values: Sequence[float | None]) -> float | None:
    """Return the median of the known values, ``None`` where none is known."""
    known = [value for value in values if value is not None]
    return median(known) if known else None


def nearest(
    stack: tuple[Frame, ...],
    call_site: CallSite | None,
    template_site: TemplateSite | None,
    via_template: bool,
) -> TemplateSite | CallSite | Frame | None:
    """Return where a statement comes from: the template line, else the application's, else the library's; or nothing."""
    if via_template and template_site is not None:
        return template_site
    return call_site or template_site or _library_frame(stack)


def nearest_site(span: Span) -> TemplateSite | CallSite | Frame | None:
    """Return the site that a span is grouped under, ``None`` where no stack was recorded."""
    return nearest(span.stack, span.call_site, span.template_site, span.via_template)


def _library_frame(stack: tuple[Frame, ...]) -> Frame | None:
    """Return the innermost frame that is not the ORM's or the thread machinery's: who asked, where no application did."""
    outside = (
        frame for frame in stack if not frame.label.startswith(_MACHINERY) and not frame.file.startswith("<")
    )
    return next(outside, stack[-1] if stack else None)


def _site_group(key: str, found: dict[str, list[Span]]) -> SiteGroup:
    groups = tuple(
        QueryGroup(key=f"{key}-q{number}", spans=tuple(spans))
        for number, spans in enumerate(found.values(), 1)
    )
    return SiteGroup(key=key, queries=groups)
