"""Finds the stretches between statements in which Python ran, and names each by the innermost lane that fills most of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from queryscope.profiler.trace import Lane, Span

LEAST_MS = 1.0
LEAST_SHARE = 0.01
"""Of the whole: so there are never more than a hundred gaps, however many statements."""

Stretch = tuple[float, float]


def gaps_of(
    spans: Sequence[Span], lanes: Sequence[Lane], duration_ms: float, until_ms: float
) -> tuple[Lane, ...]:
    """Return the gaps of a trace in order, the one before the first statement and the one after the last included.

    A gap lasts at least ``LEAST_MS`` and ``LEAST_SHARE`` of ``duration_ms``. What comes after ``until_ms`` is not judged:
    statements that were left out may have run then.
    """
    least = max(LEAST_MS, LEAST_SHARE * duration_ms)
    return tuple(
        _gap(start, end, lanes)
        for start, end in _between(spans, min(duration_ms, until_ms))
        if end - start >= least
    )


def _between(spans: Sequence[Span], end_ms: float) -> Iterator[Stretch]:
    """Yield what the statements leave of 0 to ``end_ms``; those that overlap, as threads and tasks have them, are one."""
    done = 0.0
    for start, end in sorted(map(_busy, spans)):
        if start >= end_ms:
            break
        if start > done:
            yield done, start
        done = max(done, end)
    if done < end_ms:
        yield done, end_ms


def _busy(span: Span) -> Stretch:
    """Return when a statement kept the request: its SQL was made just before, its instances just after."""
    phases = span.phases
    before, after = phases.compile_ms or 0.0, phases.hydrate_ms or 0.0
    return span.start_ms - before, span.start_ms + span.duration_ms + after


def _gap(start: float, end: float, lanes: Sequence[Lane]) -> Lane:
    lane = _innermost(start, end, lanes)
    name = lane.name if lane else "python"
    return Lane(name=name, label=_label(lane), start_ms=start, duration_ms=end - start)


def _innermost(start: float, end: float, lanes: Sequence[Lane]) -> Lane | None:
    """Return the shortest lane over more than half of the stretch, else the one that has the largest part of it."""
    shares = [(_overlap(start, end, lane), lane) for lane in lanes]
    most = [lane for share, lane in shares if share * 2 > end - start]
    if most:
        return min(most, key=lambda lane: lane.duration_ms)
    share, lane = max(shares, key=lambda each: (each[0], -each[1].duration_ms), default=(0.0, None))
    return lane if share > 0 else None


def _overlap(start: float, end: float, lane: Lane) -> float:
    return min(end, lane.start_ms + lane.duration_ms) - max(start, lane.start_ms)


def _label(lane: Lane | None) -> str:
    if lane is None:
        return "Python"
    return f"Python in {lane.name}" if lane.label == lane.name else f"Python in {lane.name} {lane.label}"
