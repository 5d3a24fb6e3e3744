"""Spans as rectangles on the axis: at least wide enough to be seen, and no more of them than can be told apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from statistics import median

from queryscope.dashboard.presentation.phases import DRAWN, Phase, begins_ms, parts
from queryscope.dashboard.presentation.request.axis import Axis, percent
from queryscope.profiler.groups import whole_ms
from queryscope.profiler.trace import Span, Value

SEEN = 0.32
"""Least width of a mark in per cent of the axis: two pixels on a laptop's screen."""
SPLIT = 1.0
"""From this width on a bar shows its phases; below it they could not be told apart."""
GAP = 0.08
"""Marks nearer than this are drawn as one: a thousand queries need no thousand rectangles."""


class Mark(Value, frozen=True, kw_only=True):
    """One rectangle; ``x`` and ``width`` in per cent, as text."""

    css: str
    x: str
    width: str


class Magnified(Value, frozen=True, kw_only=True):
    """The median query of a group, widened until its phases can be read, with the plate it lies on."""

    x: str
    width: str
    text_x: str
    text: str
    marks: tuple[Mark, ...]


def of_span(axis: Axis, span: Span) -> tuple[Mark, ...]:
    """Return the bar of one span: its phases where it is wide enough, else one mark in the colour of the longest."""
    shown, begin = parts(span), begins_ms(span)
    width = axis.x(begin + whole_ms(span)) - axis.x(begin)
    css = " err" if span.error else ""
    if width < SPLIT or len(shown) == 1:
        main = max(shown, key=lambda part: part[1])[0]
        return (_mark(main.css + css, axis.x(begin), max(width, SEEN)),)
    return tuple(_split(axis, begin, shown, css))


def stretch(axis: Axis, css: str, start_ms: float, duration_ms: float) -> Mark:
    """Return a stretch of time as one mark."""
    x = axis.x(start_ms)
    return _mark(css, x, max(axis.x(start_ms + duration_ms) - x, SEEN))


def of_spans(axis: Axis, spans: Iterable[Span]) -> tuple[Mark, ...]:
    """Return the marks of many spans in the order of their start, neighbours that touch drawn as one."""
    marks: list[Mark] = []
    css, start, end = "", 0.0, -1.0
    for span in sorted(spans, key=begins_ms):
        bar = of_span(axis, span)
        x = axis.x(begins_ms(span))
        width = max(axis.x(begins_ms(span) + whole_ms(span)) - x, SEEN)
        if len(bar) == 1 and bar[0].css == css and x - end < GAP:
            end = max(end, x + width)
            continue
        if css:
            marks.append(_mark(css, start, end - start))
        css, start, end = ("", 0.0, -1.0) if len(bar) > 1 else (bar[0].css, x, x + width)
        marks.extend(bar if len(bar) > 1 else ())
    return (*marks, _mark(css, start, end - start)) if css else tuple(marks)


def magnified(axis: Axis, spans: Sequence[Span], text: str) -> Magnified:
    """Return the median of the phases of ``spans`` as one wide bar, on a plate over the group's own stretch."""
    left = min(axis.x(min(map(begins_ms, spans))), 45.0)
    right = max(axis.x(max(begins_ms(span) + whole_ms(span) for span in spans)), left + 50.0)
    medians = _median_phases(spans)
    begin, room = left + (right - left) * 0.5, (right - left) * 0.49
    total = sum(value for _, value in medians) or 1.0
    bar, x = [], begin
    for css, value in medians:
        bar.append(_mark(css, x, room * value / total))
        x += room * value / total
    return Magnified(
        x=percent(left), width=percent(right - left), text_x=percent(left + 1.2), text=text, marks=tuple(bar)
    )


def _median_phases(spans: Sequence[Span]) -> list[tuple[str, float]]:
    values: dict[str, list[float]] = {}
    for span in spans:
        for phase, value in parts(span):
            values.setdefault(phase.css, []).append(value)
    return [(css, median(values[css])) for css in DRAWN if css in values]


def _split(axis: Axis, start_ms: float, shown: Sequence[tuple[Phase, float]], css: str) -> Iterator[Mark]:
    for phase, value in shown:
        x = axis.x(start_ms)
        yield _mark(phase.css + css, x, max(axis.x(start_ms + value) - x, 0.12))
        start_ms += value


def _mark(css: str, x: float, width: float) -> Mark:
    return Mark(css=css, x=percent(min(x, 100 - SEEN)), width=percent(width))
