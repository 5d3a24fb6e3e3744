"""The time axis of a request: where a millisecond lies in per cent, and which ticks are readable."""

from __future__ import annotations

import math

from queryscope.dashboard.presentation.phases import begins_ms
from queryscope.profiler.groups import whole_ms
from queryscope.profiler.trace import Trace, Value
from queryscope.profiler.units import decimal

MARGIN = 1.018
"""The axis reaches a little past the end, so that the mark of the end does not lie on the edge."""
INTERVALS = 6
NEAR_THE_EDGE = 92.0


class Tick(Value, frozen=True, kw_only=True):
    """A line of the grid and its label; ``anchor`` keeps the last label inside the picture."""

    x: str
    label: str
    anchor: str
    dx: int


class Axis(Value, frozen=True, kw_only=True):
    """Milliseconds from 0 to ``end_ms``, drawn over the whole width."""

    end_ms: float

    def x(self, ms: float) -> float:
        """Return where a moment lies, 0 to 100."""
        return min(100.0, max(0.0, 100.0 * ms / self.end_ms))


def axis_of(trace: Trace) -> Axis:
    """Return the axis that holds the whole request, and spans that ended after it."""
    last = max((begins_ms(span) + whole_ms(span) for span in trace.spans), default=0.0)
    return Axis(end_ms=max(trace.duration_ms, last, 0.001) * MARGIN)


def ticks(axis: Axis) -> tuple[Tick, ...]:
    """Return three to eight ticks at round numbers."""
    step = _round_step(axis.end_ms / INTERVALS)
    numbers = (index * step for index in range(int(axis.end_ms / step) + 1))
    return tuple(_tick(axis, number, step) for number in numbers)


def percent(value: float) -> str:
    """Return a coordinate as SVG takes it."""
    return f"{value:.3f}%"


def _tick(axis: Axis, ms: float, step: float) -> Tick:
    x = axis.x(ms)
    late = x > NEAR_THE_EDGE
    label = "0 ms" if ms == 0 else _label(ms, step)
    return Tick(x=percent(x), label=label, anchor="end" if late else "start", dx=-4 if late else 4)


def _label(ms: float, step: float) -> str:
    digits = max(0, -math.floor(math.log10(step)))
    return f"{ms:.{digits}f}" if digits else decimal(ms) if ms >= 10_000 else f"{ms:.0f}"


def _round_step(rough: float) -> float:
    power: float = 10 ** math.floor(math.log10(rough))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.999)
