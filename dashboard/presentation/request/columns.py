"""The spans of a trace as columns for the browser, which draws the rows in view and the zoomed axis from them."""

from __future__ import annotations

from collections.abc import Sequence

from queryscope.dashboard.presentation.phases import DRAWN, begins_ms, parts
from queryscope.dashboard.presentation.request.apart import CONNECT_KEY, REST_KEY, divided
from queryscope.dashboard.presentation.request.axis import axis_of
from queryscope.dashboard.presentation.request.gaps import GapColumns, gap_columns, shown_gaps
from queryscope.dashboard.presentation.request.search import admitted
from queryscope.dashboard.presentation.request.sites import site_of
from queryscope.dashboard.presentation.request.statement import headline, mark_of
from queryscope.profiler.groups import by_site, whole_ms
from queryscope.profiler.trace import Span, Trace, Value
from queryscope.profiler.units import ms

DIGITS = 3
LEAST_MS = 0.001

Key = tuple[str, str, bool]


class Kind(Value, frozen=True, kw_only=True, omit_defaults=True):
    """What spans of one query group have in common: the site's and the group's key, and the words of their row."""

    tables: str
    place: str
    site: str = ""
    group: str = ""
    verb: str = ""
    lock: str = ""
    write: str = ""


class Columns(Value, frozen=True, kw_only=True):
    """One entry a span in each list. ``start`` and ``duration`` are those of its bar, ``ms`` its time as a row prints it.

    ``phases`` holds, by the class of its colour and in the order of drawing, only what was measured somewhere. ``kind`` points into ``kinds``; ``failed`` and ``transaction`` list exceptions as index and number.
    """

    end_ms: float
    n: list[int]
    start: list[float]
    duration: list[float]
    ms: list[str]
    phases: dict[str, list[float]]
    kind: list[int]
    kinds: list[Kind]
    failed: list[int]
    transaction: dict[int, int]
    gaps: GapColumns


def columns_of(trace: Trace, words: str) -> Columns:
    """Return the spans that the filter admits, in the order of execution."""
    spans = admitted(trace.spans, words)
    kinds, numbers = _kinds(spans)
    return Columns(
        end_ms=round(axis_of(trace).end_ms, DIGITS),
        n=[span.n for span in spans],
        start=[round(begins_ms(span), DIGITS) for span in spans],
        duration=[round(whole_ms(span), DIGITS) for span in spans],
        ms=[ms(whole_ms(span)) for span in spans],
        phases=_phases(spans),
        kind=[numbers[_key(span)] for span in spans],
        kinds=kinds,
        failed=[index for index, span in enumerate(spans) if span.error],
        transaction={i: span.transaction for i, span in enumerate(spans) if span.transaction is not None},
        gaps=gap_columns(spans, shown_gaps(trace, words), DIGITS),
    )


def _kinds(spans: Sequence[Span]) -> tuple[list[Kind], dict[Key, int]]:
    """Return the kinds by the keys the timeline gave them; what only marks a transaction belongs to no group."""
    shown, rest = divided(by_site(spans))
    keys = {_key(group.first): (site.key, group.key) for site in shown for group in site.queries}
    keys |= {_key(group.first): (REST_KEY, group.key) for site in rest for group in site.queries}
    kinds: list[Kind] = []
    numbers: dict[Key, int] = {}
    for span in spans:
        key = _key(span)
        if key not in numbers:
            numbers[key] = len(kinds)
            kinds.append(_kind(span, *keys.get(key, (CONNECT_KEY if span.connecting else "", ""))))
    return kinds, numbers


def _key(span: Span) -> Key:
    return span.site_id, span.fingerprint, span.connecting


def _kind(span: Span, site: str, group: str) -> Kind:
    words, place = headline(span), site_of(span)
    return Kind(
        site=site,
        group=group,
        verb=words.verb,
        tables=words.tables,
        lock=words.lock,
        place=place.short,
        write=mark_of(span),
    )


def _phases(spans: Sequence[Span]) -> dict[str, list[float]]:
    drawn = [{phase.css: round(value, DIGITS) or LEAST_MS for phase, value in parts(span)} for span in spans]
    measured = {css for bar in drawn for css in bar}
    return {css: [bar.get(css, 0) for bar in drawn] for css in DRAWN if css in measured}
