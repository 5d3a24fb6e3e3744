"""The strip: requests in time, height by total time on a logarithmic scale, one stick a slot of pixels."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo

from queryscope.dashboard.presentation.live.row import hottest
from queryscope.dashboard.presentation.live.scale import LogScale
from queryscope.profiler import units
from queryscope.profiler.config import Config
from queryscope.profiler.store.summary import Summary
from queryscope.profiler.trace import Value
from queryscope.profiler.units import Heat

HEIGHT = 62
SLOTS = 425
"""Sticks that fit side by side, 2 px each, in the strip of a 1440 px window."""

BREAK_MS = 30 * 60 * 1000
"""A silence after which older requests are another stretch of work and would only squeeze this one."""

SHORTEST_MS = 60_000
_FLOOR_MS, _CEILING_MS, _TOP = 10.0, 1_300.0, 5.0


class Stick(Value, frozen=True, kw_only=True):
    """The slowest request of a slot; ``x`` in per cent as text, ``y`` and ``height`` in pixels as text."""

    seq: int
    at: int
    heat: Heat
    x: str
    y: str
    height: str


class Strip(Value, frozen=True, kw_only=True):
    """The strip of the newest stretch of work; ``begin`` and ``end`` are its ends in epoch milliseconds.

    ``height`` is the scale of the sticks (from, to, shortest, tallest), by which the browser marks the selected one.
    """

    begin: int
    end: int
    sticks: tuple[Stick, ...]
    ticks: tuple[str, ...]
    second_y: str
    hundred_y: str
    height: str
    label: str


def strip(summaries: Sequence[Summary], config: Config, zone: tzinfo) -> Strip | None:
    """Return the strip of these traces (any order), or ``None`` without a trace."""
    timed = stretch(
        sorted(((_began(summary), summary) for summary in summaries), key=lambda pair: pair[0])
        if summaries
        else []
    )
    if not timed:
        return None
    begin, end = timed[0][0], max(timed[-1][0], timed[0][0] + SHORTEST_MS)
    height = LogScale(low=_FLOOR_MS, high=_CEILING_MS, start=2.0, end=HEIGHT - _TOP)
    slots: dict[int, tuple[int, Summary, Heat]] = {}
    for at, summary in timed:
        slot = round((at - begin) / (end - begin) * (SLOTS - 1))
        slots[slot] = _worse(slots.get(slot), (at, summary, hottest(summary, config)))
    return Strip(
        begin=begin,
        end=end,
        sticks=tuple(_stick(slot, *found, height) for slot, found in sorted(slots.items())),
        ticks=_ticks(begin, end, zone),
        second_y=f"{HEIGHT - height(1_000):.1f}",
        hundred_y=f"{HEIGHT - height(100):.1f}",
        height=f"{height.low:g} {height.high:g} {height.start:g} {height.end:g}",
        label=f"{units.plural(len(timed), 'trace')} from {_minutes(begin, zone)} to {_minutes(end, zone)}, "
        "height is total time on a logarithmic scale. The list below has the same traces with their numbers.",
    )


def stretch(timed: Sequence[tuple[int, Summary]]) -> Sequence[tuple[int, Summary]]:
    """Return the part of a list ordered by time that follows its last long silence."""
    for place in range(len(timed) - 1, 0, -1):
        if timed[place][0] - timed[place - 1][0] > BREAK_MS:
            return timed[place:]
    return timed


def _began(summary: Summary) -> int:
    return round(units.instant(summary.started_at).timestamp() * 1000)


def _worse(
    old: tuple[int, Summary, Heat] | None, new: tuple[int, Summary, Heat]
) -> tuple[int, Summary, Heat]:
    if old is None:
        return new
    slower = max(old, new, key=lambda found: found[1].duration_ms)
    hotter = max(old[2], new[2], key=units.HEATS.index)
    return slower[0], slower[1], hotter


def _stick(slot: int, at: int, summary: Summary, heat: Heat, height: LogScale) -> Stick:
    tall = height(summary.duration_ms)
    return Stick(
        seq=summary.seq,
        at=at,
        heat=heat,
        x=f"{slot / SLOTS * 100:.2f}%",
        y=f"{HEIGHT - tall:.1f}",
        height=f"{tall:.1f}",
    )


def _ticks(begin: int, end: int, zone: tzinfo) -> tuple[str, ...]:
    precise = end - begin < 5 * 60_000
    return tuple(_minutes(begin + round((end - begin) * part / 5), zone, precise) for part in range(6))


def _minutes(at: int, zone: tzinfo, precise: bool = False) -> str:
    moment = datetime.fromtimestamp(0, zone) + timedelta(milliseconds=at)
    return moment.astimezone(zone).strftime("%H:%M:%S" if precise else "%H:%M")
