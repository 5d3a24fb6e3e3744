"""The scatter: total time by query count, both logarithmic, one dot a spot of the newest requests."""

from __future__ import annotations

from collections.abc import Sequence

from queryscope.dashboard.presentation.live.row import hottest
from queryscope.dashboard.presentation.live.scale import LogScale, steps
from queryscope.profiler import units
from queryscope.profiler.config import Config
from queryscope.profiler.store.summary import Summary
from queryscope.profiler.trace import Value
from queryscope.profiler.units import Heat

NEWEST = 1_000
"""Requests that are drawn: enough to see the shape, few enough to send once a second."""

LEFT, RIGHT, TOP, BOTTOM = 58.0, 422.0, 8.0, 190.0
NONE_X = 34.0
"""Where requests without a query stand, since a logarithm has no place for them."""

_SPOT = 2.5


class Tick(Value, frozen=True, kw_only=True):
    """A line of the grid with its text; ``at`` is x or y in the drawing's units as text."""

    at: str
    text: str


class Dot(Value, frozen=True, kw_only=True):
    """The newest request at one spot."""

    seq: int
    x: str
    y: str
    heat: Heat


class Guide(Value, frozen=True, kw_only=True):
    """The dashed line of equal time per query."""

    x1: str
    y1: str
    x2: str
    y2: str
    text: str
    text_x: str
    text_y: str


class Scatter(Value, frozen=True, kw_only=True):
    """The drawing in units of 432 x 214; ``domain`` lets the browser place the ring of the selected request."""

    columns: tuple[Tick, ...]
    lines: tuple[Tick, ...]
    dots: tuple[Dot, ...]
    guide: Guide | None
    domain: str
    label: str


def scatter(summaries: Sequence[Summary], config: Config) -> Scatter | None:
    """Return the drawing of the newest traces (oldest first), or ``None`` without a trace."""
    drawn = summaries[-NEWEST:]
    if not drawn:
        return None
    counts = [summary.queries for summary in drawn if summary.queries] or [1]
    times = [max(summary.duration_ms, 0.1) for summary in drawn]
    columns, lines = steps(min(counts), max(counts)), steps(min(times), max(times))
    x = LogScale(low=columns[0], high=columns[-1], start=LEFT, end=RIGHT)
    y = LogScale(low=lines[0], high=lines[-1], start=BOTTOM, end=TOP)
    zero = (Tick(at=f"{NONE_X:.1f}", text="0"),) if any(not summary.queries for summary in drawn) else ()
    return Scatter(
        columns=(*zero, *(Tick(at=f"{x(step):.1f}", text=f"{step:,g}") for step in columns)),
        lines=tuple(Tick(at=f"{y(step):.1f}", text=_time(step)) for step in lines),
        dots=_dots(drawn, config, x, y),
        guide=_guide(drawn, config, x, y),
        domain=f"{x.low:g} {x.high:g} {y.low:g} {y.high:g}",
        label=f"{units.plural(len(drawn), 'trace')} by query count and total time, both on a logarithmic scale: "
        f"{units.count(min(summary.queries for summary in drawn))} to {units.plural(max(counts), 'query', 'queries')}, "
        f"{units.ms(min(times))} to {units.ms(max(times))} ms. The list of traces has every number.",
    )


def _dots(drawn: Sequence[Summary], config: Config, x: LogScale, y: LogScale) -> tuple[Dot, ...]:
    spots: dict[tuple[int, int], Dot] = {}
    for summary in drawn:
        across = x(summary.queries) if summary.queries else NONE_X
        up = y(max(summary.duration_ms, 0.1))
        dot = Dot(seq=summary.seq, x=f"{across:.1f}", y=f"{up:.1f}", heat=hottest(summary, config))
        spots[round(across / _SPOT), round(up / _SPOT)] = dot
    # The worst is drawn last, so that it lies on top.
    return tuple(sorted(spots.values(), key=lambda dot: (units.HEATS.index(dot.heat), dot.seq)))


def _guide(drawn: Sequence[Summary], config: Config, x: LogScale, y: LogScale) -> Guide | None:
    """Time per query of the requests that run many queries; drawn where it crosses the plot."""
    many = [summary for summary in drawn if summary.queries >= config.warm_queries]
    if len(many) < 2:
        return None
    each = sum(summary.duration_ms for summary in many) / sum(summary.queries for summary in many)
    low, high = max(x.low, y.low / each), min(x.high, y.high / each)
    if high <= low:
        return None
    middle = (low * high) ** 0.5
    return Guide(
        x1=f"{x(low):.1f}",
        y1=f"{y(low * each):.1f}",
        x2=f"{x(high):.1f}",
        y2=f"{y(high * each):.1f}",
        text=f"{units.ms(each)} ms per query",
        text_x=f"{x(middle) - 6:.1f}",
        text_y=f"{y(middle * each) - 4:.1f}",
    )


def _time(value: float) -> str:
    return f"{value:g}" if value < 1_000 else f"{value / 1_000:g} s"
