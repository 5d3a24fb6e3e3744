"""Queries and milliseconds of traces one after the other, as bars: the picture beside a table with the same numbers."""

from __future__ import annotations

from collections.abc import Sequence

from queryscope.profiler.trace import Value
from queryscope.profiler.units import count, ms, plural

HEIGHT = 44.0
LEAST = 1.5
"""Pixels of the lowest bar: what ran is never invisible."""
WIDEST = 1.6
"""Per cent of the width that a bar takes at most, so that three traces do not look like three walls."""


class Point(Value, frozen=True, kw_only=True):
    """One trace: its queries, its whole time, when it ran, and on which revision of the code."""

    queries: int
    ms: float
    label: str
    commit: str | None = None


class Bar(Value, frozen=True, kw_only=True):
    """One rectangle: ``x`` and ``width`` in per cent, ``y`` and ``height`` in pixels, as text."""

    x: str
    width: str
    y: str
    height: str
    title: str


class Series(Value, frozen=True, kw_only=True):
    """One row of bars with its greatest value."""

    name: str
    most: str
    label: str
    bars: tuple[Bar, ...]


class Chart(Value, frozen=True, kw_only=True):
    """The rows of bars, where the revision changed (in per cent), and the ends of the axis."""

    series: tuple[Series, ...]
    changes: tuple[str, ...]
    first: str
    last: str


def chart(points: Sequence[Point]) -> Chart | None:
    """Return the picture of traces, the oldest first; ``None`` for fewer than two, of which a picture tells nothing."""
    if len(points) < 2:
        return None
    step = 100 / len(points)
    return Chart(
        series=(
            _series("Queries", [point.queries for point in points], [_queries(p) for p in points], count(max(p.queries for p in points)), step),
            _series("Total ms", [point.ms for point in points], [_time(p) for p in points], ms(max(p.ms for p in points)), step),
        ),
        changes=tuple(
            f"{at * step:.2f}%"
            for at in range(1, len(points))
            if points[at].commit != points[at - 1].commit and points[at].commit and points[at - 1].commit
        ),
        first=points[0].label[:8],
        last=points[-1].label[:8],
    )  # fmt: skip


def _series(name: str, values: Sequence[float], titles: Sequence[str], most: str, step: float) -> Series:
    top = max(values) or 1.0
    width = min(step * 0.7, WIDEST)
    bars = []
    for at, (value, title) in enumerate(zip(values, titles, strict=True)):
        tall = max(HEIGHT * value / top, LEAST)
        bars.append(
            Bar(
                x=f"{at * step + (step - width) / 2:.2f}%",
                width=f"{width:.2f}%",
                y=f"{HEIGHT - tall:.1f}",
                height=f"{tall:.1f}",
                title=title,
            )
        )
    label = f"{name} of {plural(len(values), 'trace')}, from {titles[0]} to {titles[-1]}, at most {most}. The table below has each."
    return Series(name=name, most=most, label=label, bars=tuple(bars))


def _queries(point: Point) -> str:
    return f"{plural(point.queries, 'query', 'queries')} at {point.label[:8]}"


def _time(point: Point) -> str:
    return f"{ms(point.ms)} ms at {point.label[:8]}"
