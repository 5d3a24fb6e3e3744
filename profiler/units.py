"""The one place that makes text of numbers and instants, by the formats of the design.

Times come in milliseconds, sizes in bytes, shares as 0 to 1, instants as RFC 3339; unknown (``None``) is always "–".
"""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Literal

from queryscope.profiler.trace import Value

UNKNOWN = "–"
Heat = Literal["", "warm", "hot"]
HEATS: tuple[Heat, ...] = ("", "warm", "hot")
"""The least first."""


class Measure(Value, frozen=True, kw_only=True):
    """A number and its unit, kept apart because the page sets the unit smaller."""

    value: str
    unit: str

    def __str__(self) -> str:
        return f"{self.value} {self.unit}".rstrip()


def decimal(value: float | None) -> str:
    """Return a number with two decimals under 10, one under 100, none above, and thousands separators."""
    if value is None:
        return UNKNOWN
    if value == 0:
        return "0"
    magnitude = abs(value)
    if round(magnitude, 2) < 10:
        return f"{value:.2f}"
    if round(magnitude, 1) < 100:
        return f"{value:.1f}"
    return f"{value:,.0f}"


def ms(value: float | None) -> str:
    """Return milliseconds as a bare number; the column or the label beside it names the unit."""
    return decimal(value)


def duration(value: float | None) -> Measure:
    """Return milliseconds in the unit a person reads a sum in: ms, s, min or h."""
    if value is None:
        return Measure(value=UNKNOWN, unit="")
    for limit, size, unit in ((1_000, 1, "ms"), (600_000, 1_000, "s"), (36_000_000, 60_000, "min")):
        if round(value / size) < limit / size:  # as it would be printed: never "1,000 ms"
            return Measure(value=decimal(value / size), unit=unit)
    return Measure(value=decimal(value / 3_600_000), unit="h")


def count(value: int | None) -> str:
    """Return a whole number with thousands separators."""
    return UNKNOWN if value is None else f"{value:,}"


def size(value: int | None) -> Measure:
    """Return bytes of a response or a file in B, kB or MB of 1,000."""
    if value is None:
        return Measure(value=UNKNOWN, unit="")
    if value < 1_000:
        return Measure(value=str(value), unit="B")
    if round(value / 1_000) < 1_000:
        return Measure(value=decimal(value / 1_000), unit="kB")
    return Measure(value=decimal(value / 1_000_000), unit="MB")


def share(part: float | None, whole: float | None) -> float | None:
    """Return ``part / whole`` between 0 and 1, or ``None`` where either is unknown or there is no whole."""
    if part is None or not whole:
        return None
    return min(1.0, max(0.0, part / whole))


def percent(value: float | None) -> str:
    """Return a share of 0 to 1 as a bare number of per cent, with one decimal under 10."""
    if value is None:
        return UNKNOWN
    number = value * 100
    if number == 0:
        return "0"
    return f"{number:.1f}" if round(number, 1) < 10 else f"{number:.0f}"


def whole_percent(value: float | None) -> str:
    """Return a share of 0 to 1 as a whole number of per cent, "<1" where there is something but less than half a one."""
    if value is None:
        return UNKNOWN
    return "<1" if 0 < value * 100 < 0.5 else f"{value * 100:.0f}"


def heat(value: float | None, warm: float, hot: float) -> Heat:
    """Return the class of a number: ``"hot"`` from the limit ``hot`` on, ``"warm"`` from ``warm`` on, else none."""
    if value is None or value < warm:
        return ""
    return "hot" if value >= hot else "warm"


def plural(number: int, one: str, many: str | None = None) -> str:
    """Return the number with its noun: ``plural(1, "query", "queries")`` is "1 query"."""
    return f"{count(number)} {one if number == 1 else many or one + 's'}"


def instant(text: str) -> datetime:
    """Return the moment an RFC 3339 text names, aware of its zone."""
    return datetime.fromisoformat(text)


def clock(text: str | None, zone: tzinfo) -> str:
    """Return the time of day with milliseconds, ``14:02:31.482``, in the given zone."""
    if text is None:
        return UNKNOWN
    return instant(text).astimezone(zone).isoformat(sep=" ", timespec="milliseconds")[11:23]


def seconds(text: str | None, zone: tzinfo) -> str:
    """Return the time of day to the second, ``14:02:31``, in the given zone."""
    return UNKNOWN if text is None else instant(text).astimezone(zone).strftime("%H:%M:%S")


def since(text: str | None, zone: tzinfo, now: datetime) -> str:
    """Return when something began: the time of day, with the date before it where that was not today."""
    if text is None:
        return UNKNOWN
    began = instant(text).astimezone(zone)
    today = began.date() == now.astimezone(zone).date()
    return began.strftime("%H:%M") if today else f"{began.day} {began.strftime('%b %H:%M')}"
