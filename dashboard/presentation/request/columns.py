"""The spans of a trace as columns for the browser, which draws the rows in view and the zoomed axis from them."""

from __future__ import annotations

from collections.abc import Sequence

from queryscope.dashboard.presentation.phases import PHASES
from queryscope.dashboard.presentation.request.axis import axis_of
from queryscope.dashboard.presentation.request.search import admitted
from queryscope.dashboard.presentation.request.sites import site_of
from queryscope.dashboard.presentation.request.statement import headline, mark_of
from queryscope.profiler.groups import by_site
from queryscope.profiler.trace import Span, Trace, Value

DIGITS = 4


class Kind(Value, frozen=True, kw_only=True):
    """What spans of one query group have in common: the site's and the group's key, and the words of their row."""

    site: str
    group: str
    verb: str
    tables: str
    lock: str
    place: str
    write: str


class Columns(Value, frozen=True, kw_only=True):
    """One entry a span in each list. ``phases`` holds, by the class of its colour, only what was measured somewhere.

    ``kind`` points into ``kinds``; ``failed`` and ``transaction`` list exceptions as index and number.
    """

    end_ms: float
    n: list[int]
    start: list[float]
    duration: list[float]
    phases: dict[str, list[float]]
    kind: list[int]
    kinds: list[Kind]
    failed: list[int]
    transaction: dict[int, int]


def columns_of(trace: Trace, words: str) -> Columns:
    """Return the spans that the filter admits, in the order of execution."""
    spans = admitted(trace.spans, words)
    kinds, numbers = _kinds(spans)
    return Columns(
        end_ms=round(axis_of(trace).end_ms, DIGITS),
        n=[span.n for span in spans],
        start=[round(span.start_ms, DIGITS) for span in spans],
        duration=[round(span.duration_ms, DIGITS) for span in spans],
        phases=_phases(spans),
        kind=[numbers[span.site_id, span.fingerprint] for span in spans],
        kinds=kinds,
        failed=[index for index, span in enumerate(spans) if span.error],
        transaction={i: span.transaction for i, span in enumerate(spans) if span.transaction is not None},
    )


def _kinds(spans: Sequence[Span]) -> tuple[list[Kind], dict[tuple[str, str], int]]:
    """Return the kinds by the keys the timeline gave them; what only marks a transaction belongs to no group."""
    keys = {
        (group.first.site_id, group.first.fingerprint): (site.key, group.key)
        for site in by_site(spans)
        for group in site.queries
    }
    kinds: list[Kind] = []
    numbers: dict[tuple[str, str], int] = {}
    for span in spans:
        key = (span.site_id, span.fingerprint)
        if key not in numbers:
            numbers[key] = len(kinds)
            kinds.append(_kind(span, *keys.get(key, ("", ""))))
    return kinds, numbers


def _kind(span: Span, site: str, group: str) -> Kind:
    words, place = headline(span), site_of(span)
    return Kind(
        site=site,
        group=group,
        verb=words.verb,
        tables=words.tables,
        lock=words.lock,
        place=place.short,
        write=mark_of(span.kind),
    )


def _phases(spans: Sequence[Span]) -> dict[str, list[float]]:
    found = {}
    for phase in PHASES:
        values = [phase.of(span.phases) for span in spans]
        if any(value is not None for value in values):
            found[phase.css] = [round(value or 0.0, DIGITS) for value in values]
    return found
