"""Leaves out the row from which a relation was followed where Django names one for all: after a Prefetch with a queryset.

Django hands that queryset to the managers of all rows, and its hints, one dictionary for all, end up with the last row.
"""

from __future__ import annotations

from collections import defaultdict

from msgspec.structs import replace

from queryscope.profiler.trace import Span

Followed = tuple[int, str]
"""An evaluation and a relation of its rows."""


def with_certain_rows(spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """Return the spans without a ``parent_row`` that all loads of a prefetched relation share: it may be none of theirs."""
    prefetched = {_followed(span) for span in spans if span.load == "prefetch"}
    if not prefetched:
        return spans
    rows: dict[Followed | None, set[str | None]] = defaultdict(set)
    for span in spans:
        if span.load == "many" and _followed(span) in prefetched:
            rows[_followed(span)].add(span.parent_row)
    doubtful = {followed for followed, named in rows.items() if followed and len(named) == 1}
    return tuple(
        replace(span, parent_row=None) if span.load == "many" and _followed(span) in doubtful else span
        for span in spans
    )


def _followed(span: Span) -> Followed | None:
    return None if span.origin is None or span.relation is None else (span.origin.id, span.relation)
