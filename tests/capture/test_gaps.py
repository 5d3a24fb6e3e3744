"""Where no statement ran, Python did: the gaps, what they are called, and that they add up."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from queryscope.profiler.capture.gaps import LEAST_MS, LEAST_SHARE, gaps_of
from queryscope.profiler.trace import Lane, Phases, Span
from tests import builders as b

NEVER = float("inf")


def statement(n: int, start: float, duration: float, **phases: float) -> Span:
    return b.span(n, start_ms=start, duration_ms=duration, phases=Phases(execute_ms=duration, **phases))


def stretch(name: str, start: float, end: float, label: str = "") -> Lane:
    return Lane(name=name, label=label or name, start_ms=start, duration_ms=end - start)


def found(
    spans: list[Span], lanes: list[Lane], duration: float, until: float = NEVER
) -> list[tuple[float, float]]:
    return [(gap.start_ms, gap.start_ms + gap.duration_ms) for gap in gaps_of(spans, lanes, duration, until)]


def test_before_between_and_after() -> None:
    """Also where nothing was asked at all."""
    assert found([statement(1, 10, 5), statement(2, 40, 10)], [], 100) == [(0, 10), (15, 40), (50, 100)]
    assert found([], [], 100) == [(0, 100)]


def test_statements_that_overlap_are_busy_together() -> None:
    """As threads and gathered coroutines have them; the longer one that began first counts to its end."""
    spans = [statement(1, 10, 50), statement(2, 20, 5), statement(3, 58, 12)]
    assert found(spans, [], 100) == [(0, 10), (70, 100)]


def test_short_stretches_are_no_rows() -> None:
    """Less than a millisecond, or less than a hundredth of the whole."""
    assert found([statement(1, 0, 5), statement(2, 5.9, 4.1)], [], 10) == []
    assert found([statement(1, 0, 500), statement(2, 508, 492)], [], 1000) == []
    assert found([statement(1, 0, 500), statement(2, 512, 488)], [], 1000) == [(500, 512)]


def test_making_the_sql_and_the_instances_is_no_gap() -> None:
    """That time belongs to the query, and its bar shows it."""
    spans = [statement(1, 10, 5, compile_ms=4, hydrate_ms=20)]
    assert found(spans, [], 100) == [(0, 6), (35, 100)]


def test_what_was_left_out_is_not_called_python() -> None:
    """Behind the last statement that was kept others may have run."""
    assert found([statement(1, 10, 5), statement(2, 40, 10)], [], 100, until=50) == [(0, 10), (15, 40)]


def test_the_innermost_lane_that_fills_most_gives_the_name() -> None:
    """Not the template that was only begun, and not the view around it where the template fills most."""
    lanes = [
        stretch("middleware", 0, 10, "before the view"),
        stretch("view", 10, 90, "catalog.views.books"),
        stretch("template", 40, 90, "catalog/books.html"),
        stretch("middleware", 90, 100, "after the view"),
    ]
    spans = [statement(1, 5, 10), statement(2, 30, 15), statement(3, 60, 25)]
    gaps = gaps_of(spans, lanes, 100, NEVER)
    assert [(gap.name, gap.label) for gap in gaps] == [
        ("middleware", "Python in middleware before the view"),
        ("view", "Python in view catalog.views.books"),
        ("template", "Python in template catalog/books.html"),
        ("middleware", "Python in middleware after the view"),
    ]


def test_without_a_lane_over_half_the_largest_part_gives_the_name() -> None:
    """And where nothing is known to have run, it is just Python."""
    lanes = [stretch("view", 0, 40), stretch("template", 40, 70), stretch("streaming", 70, 100)]
    assert [gap.label for gap in gaps_of([], lanes, 100, NEVER)] == ["Python in view"]
    assert [(gap.name, gap.label) for gap in gaps_of([], [], 100, NEVER)] == [("python", "Python")]
    assert [gap.name for gap in gaps_of([], [stretch("view", 200, 300)], 100, NEVER)] == ["python"]


@pytest.mark.parametrize("seed", range(200))
def test_gaps_and_statements_add_up(seed: int) -> None:
    """Gaps lie within the trace, apart from each other and from every statement, in order, and are few."""
    chance = random.Random(seed)
    duration = chance.choice([0.5, 20.0, 1000.0, 60_000.0])
    spans = [
        statement(
            n,
            chance.uniform(-0.1, 1.1) * duration,
            chance.expovariate(1) * duration / chance.choice([5, 50, 500]),
            compile_ms=chance.random(),
            hydrate_ms=chance.random(),
        )
        for n in range(chance.choice([0, 1, 5, 300]))
    ]
    starts = [chance.uniform(0, duration) for _ in range(chance.choice([0, 1, 30]))]
    lanes = [stretch("view", start, chance.uniform(start, duration)) for start in starts]
    gaps = gaps_of(spans, lanes, duration, NEVER)
    assert len(gaps) <= 1 / LEAST_SHARE
    assert all(gap.duration_ms >= max(LEAST_MS, LEAST_SHARE * duration) for gap in gaps)
    edges = [edge for gap in gaps for edge in (gap.start_ms, gap.start_ms + gap.duration_ms)]
    assert [0.0, *edges] == sorted([0.0, *edges])
    assert not edges or edges[-1] <= duration * (1 + 1e-9)
    for gap in gaps:
        end = gap.start_ms + gap.duration_ms
        for span in spans:
            assert span.start_ms >= end - 1e-6 or span.start_ms + span.duration_ms <= gap.start_ms + 1e-6
    assert sum(gap.duration_ms for gap in gaps) + busy(spans, duration) <= duration * (1 + 1e-9)


def busy(spans: list[Span], duration: float) -> float:
    """The time in which at least one statement was in the database, counted by its edges."""
    clipped = [(max(0.0, s.start_ms), min(duration, s.start_ms + s.duration_ms)) for s in spans]
    edges = sorted({edge for pair in clipped for edge in pair})
    return sum(
        right - left
        for left, right in pairwise(edges)
        if any(start <= left and right <= end for start, end in clipped)
    )
