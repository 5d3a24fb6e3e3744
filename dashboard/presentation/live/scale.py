"""Logarithmic axes for the small charts: from a domain and a length to positions and ticks."""

from __future__ import annotations

from math import ceil, floor, log10

from queryscope.profiler.trace import Value


class LogScale(Value, frozen=True, kw_only=True):
    """Maps ``low`` to ``start`` and ``high`` to ``end``; values outside lie on the nearer end."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        inside = min(max(value, self.low), self.high)
        share = (log10(inside) - log10(self.low)) / (log10(self.high) - log10(self.low))
        return self.start + share * (self.end - self.start)


def steps(low: float, high: float) -> tuple[float, ...]:
    """Return the numbers 1, 3, 10, 30, … from the last one not above ``low`` to the first one not below ``high``.

    There are always at least two, so that they span a domain.
    """
    ladder = [
        round(mantissa * 10.0**power, 6)
        for power in range(floor(log10(low)) - 1, ceil(log10(high)) + 2)
        for mantissa in (1, 3)
    ]
    first = max(step for step in ladder if step <= low)
    last = min(step for step in ladder if step >= high and step > first)
    return tuple(step for step in ladder if first <= step <= last)
