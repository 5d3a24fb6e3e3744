"""Numbers before and after, traces as bars, and the page of two traces: what is said where the two cannot be compared."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import pytest

from queryscope.dashboard.presentation.compare.page import MOST_GROUPS, compare_page
from queryscope.dashboard.presentation.delta import of_count, of_ms
from queryscope.dashboard.presentation.history.chart import Point, chart
from queryscope.profiler.analysis.comparison import compare
from queryscope.profiler.trace import Truncated
from tests import builders as b


@pytest.mark.parametrize(
    ("before", "after", "shown", "words", "css"),
    [
        (81, 3, "81 → 3", "78 fewer", "t-ok"),
        (3, 81, "3 → 81", "78 more", "t-high"),
        (7, 7, "7", "", ""),
        (0, 1_000, "0 → 1,000", "1,000 more", "t-high"),
    ],
)
def test_numbers_of_queries(before: int, after: int, shown: str, words: str, css: str) -> None:
    """Fewer is better."""
    delta = of_count(before, after)
    assert (str(delta), delta.words, delta.css) == (shown, words, css)


@pytest.mark.parametrize(
    ("before", "after", "shown", "words", "css"),
    [
        (61.0, 4.0, "61.0 → 4.00", "−57.0 ms, −93%", "t-ok"),
        (4.0, 61.0, "4.00 → 61.0", "+57.0 ms, +1425%", "t-high"),
        (4.001, 4.003, "4.00", "", ""),
        (0.0, 4.0, "0 → 4.00", "+4.00 ms", "t-high"),
        (40.0, 55.0, "40.0 → 55.0", "+15.0 ms, +38%", ""),
        (55.0, 40.0, "55.0 → 40.0", "−15.0 ms, −27%", ""),
    ],
)
def test_times(before: float, after: float, shown: str, words: str, css: str) -> None:
    """What prints alike is the same, what may be noise has no colour, and nothing is divided by zero."""
    delta = of_ms(before, after)
    assert (str(delta), delta.words, delta.css) == (shown, words, css)


def test_a_picture_takes_two_traces() -> None:
    """The tallest bar fills the height, the lowest can still be seen, a new revision is a line."""
    assert chart([Point(queries=3, ms=4.0, label="14:02:31.482")]) is None
    points = [
        Point(queries=queries, ms=float(queries), label=f"14:02:3{at}.000", commit=commit)
        for at, (queries, commit) in enumerate([(81, "a"), (81, "a"), (0, "b"), (3, None)])
    ]
    drawn = chart(points)
    assert drawn is not None
    queries, times = drawn.series
    assert [bar.height for bar in queries.bars] == ["44.0", "44.0", "1.5", "1.6"]
    assert drawn.changes == ("50.00%",)
    assert (queries.most, times.most, drawn.first, drawn.last) == ("81", "81.0", "14:02:30", "14:02:33")
    assert "from 81 queries at 14:02:30 to 3 queries at 14:02:33" in queries.label


def notes(before: dict[str, Any], after: dict[str, Any]) -> str:
    return " ".join(compare_page(compare(b.report(**before), b.report(**after)), UTC).notes)


def test_what_makes_two_traces_incomparable_is_said() -> None:
    """Another view, address or status, a cold start, a recording that was cut; two equal runs need no word."""
    assert notes({}, {}) == ""
    assert "two different things" in notes({}, {"view": "blog.views.PostListView"})
    assert "different addresses" in notes({}, {"request": b.request(query_string="genre=poetry")})
    assert "The status was 500 before and is 200 now." in notes({"status": 500}, {})
    assert "The earlier one was the first" in notes({"cold": True}, {"cold": False})
    assert "The later one was the first" in notes({"cold": False}, {"cold": True})
    assert "incomplete" in notes({}, {"truncated": Truncated(spans=2)})


def test_very_many_groups_are_counted() -> None:
    """A page is for reading."""
    spans = tuple(b.span(n, fingerprint=f"{n:016x}") for n in range(1, MOST_GROUPS + 12))
    page = compare_page(compare(b.report(spans=spans), b.report(spans=())), UTC)
    assert len(page.groups) == MOST_GROUPS
    assert page.left_out == "Not listed: 11 more query groups."
    assert page.summary == f"{MOST_GROUPS + 11} gone"
