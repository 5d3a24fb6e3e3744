"""Strip, scatter and views table: every mark comes from a trace, and none leaves its drawing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from queryscope.dashboard.presentation.live.scale import LogScale, steps
from queryscope.dashboard.presentation.live.scatter import scatter
from queryscope.dashboard.presentation.live.strip import SLOTS, strip
from queryscope.dashboard.presentation.live.views_table import MOST, quantile, views_table
from queryscope.profiler.config import Config
from queryscope.profiler.store.summary import Summary
from tests.builders import summary

CONFIG = Config()
START = datetime(2026, 3, 12, 13, 48, tzinfo=UTC)


def at(seconds: float, seq: int = 1, **changes: float | str) -> Summary:
    return summary(seq, started_at=(START + timedelta(seconds=seconds)).isoformat(), **changes)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (3, 211, (3, 10, 30, 100, 300)),
        (1, 1, (1, 3)),
        (12.0, 1017.0, (10, 30, 100, 300, 1000, 3000)),
        (0.2, 0.2, (0.1, 0.3)),
    ],
)
def test_axis_steps_enclose_the_values(low: float, high: float, expected: tuple[float, ...]) -> None:
    """1, 3, 10, 30, …: at least two, the first not above the least, the last not below the greatest value."""
    assert steps(low, high) == expected


def test_a_logarithmic_scale_stays_inside() -> None:
    """The middle is the geometric mean; what lies outside lies on the end."""
    scale = LogScale(low=1, high=100, start=0, end=200)
    assert [scale(value) for value in (0.01, 1, 10, 100, 5_000)] == [0, 0, 100, 200, 200]


def test_the_strip_puts_requests_in_time() -> None:
    """Left is the first, right the newest, height follows the total, colour the limits."""
    drawn = strip(
        [at(0, 1, duration_ms=50.0), at(300, 2, duration_ms=1_000.0), at(900, 3, duration_ms=9_999.0)],
        CONFIG,
        UTC,
    )
    assert drawn is not None
    assert [stick.seq for stick in drawn.sticks] == [1, 2, 3]
    assert drawn.sticks[0].x == "0.00%"
    assert [stick.heat for stick in drawn.sticks] == ["", "hot", "hot"]
    assert drawn.sticks[1].y == drawn.second_y
    assert (drawn.ticks[0], drawn.ticks[-1]) == ("13:48", "14:03")
    assert "3 traces from 13:48 to 14:03" in drawn.label


def test_a_slot_shows_its_slowest_request() -> None:
    """However many there are, sticks never outnumber the slots, and the slow one is not hidden by the next."""
    many = [at(second / 10, second, duration_ms=20.0) for second in range(1, 6_000)]
    slow = at(300.01, 9_000, duration_ms=2_000.0)
    drawn = strip([*many, slow], CONFIG, UTC)
    assert drawn is not None
    assert len(drawn.sticks) <= SLOTS
    assert 9_000 in [stick.seq for stick in drawn.sticks]


def test_what_lies_before_a_long_silence_is_not_squeezed_in() -> None:
    """Yesterday's requests would press today's into one stick."""
    drawn = strip([at(-86_400, 1), at(0, 2), at(60, 3)], CONFIG, UTC)
    assert drawn is not None
    assert [stick.seq for stick in drawn.sticks] == [2, 3]


def test_nothing_recorded_draws_nothing() -> None:
    """No trace, no drawing."""
    assert strip([], CONFIG, UTC) is None
    assert scatter([], CONFIG) is None
    assert views_table([], CONFIG).rows == ()


def test_the_scatter_keeps_every_dot_inside() -> None:
    """Also requests without a query or with no measurable time, which a logarithm has no place for."""
    drawn = scatter(
        [
            summary(n, queries=q, duration_ms=ms)
            for n, q, ms in [(1, 0, 0.0), (2, 1, 0.4), (3, 10_000, 60_000.0)]
        ],
        CONFIG,
    )
    assert drawn is not None
    assert {dot.seq for dot in drawn.dots} == {1, 2, 3}
    for dot in drawn.dots:
        assert 30 <= float(dot.x) <= 422
        assert 8 <= float(dot.y) <= 190
    assert [tick.text for tick in drawn.columns][:2] == ["0", "1"]
    assert "3 traces" in drawn.label


def test_one_spot_has_one_dot_the_newest() -> None:
    """A thousand equal requests are one dot."""
    drawn = scatter([summary(n, queries=4, duration_ms=40.0) for n in range(1, 1_001)], CONFIG)
    assert drawn is not None
    assert [dot.seq for dot in drawn.dots] == [1_000]


def test_the_guide_is_the_time_per_query_of_requests_with_many() -> None:
    """Two of 100 queries and 400 ms: 4 ms each; without such requests there is no line."""
    drawn = scatter([summary(n, queries=100, duration_ms=400.0) for n in (1, 2)], CONFIG)
    assert drawn is not None
    assert drawn.guide is not None
    assert drawn.guide.text == "4.00 ms per query"
    few = scatter([summary(n, queries=4, duration_ms=400.0) for n in (1, 2)], CONFIG)
    assert few is not None
    assert few.guide is None


def test_quantiles_are_values_that_occurred() -> None:
    """Nearest rank."""
    values = [float(n) for n in range(1, 21)]
    assert (quantile(values, 0.5), quantile(values, 0.95), quantile([7.0], 0.95)) == (10.0, 19.0, 7.0)


def test_views_are_listed_by_their_share() -> None:
    """Traces, median queries, quantiles, database and total share of each view."""
    slow = [summary(n, view="shop.SlowView", queries=30, duration_ms=300.0, db_ms=150.0) for n in range(3)]
    fast = [summary(9, view=None, name="import", kind="block", queries=1, duration_ms=100.0, db_ms=1.0)]
    first, second = views_table([*fast, *slow], CONFIG).rows
    assert (first.short, first.runs, first.queries, first.queries_heat) == ("SlowView", "3", "30", "warm")
    assert (first.p50, first.p95, first.database, first.share, first.width) == (
        "300",
        "300",
        "50",
        "90",
        "100.0%",
    )
    assert (second.short, second.query, second.share, second.width) == ("import", "", "10", "11.1%")


def test_a_task_is_named_by_what_tells_it_from_others() -> None:
    """The end of its dotted name, as of a view's; the whole one is there too. Other names are no paths."""
    task = summary(1, view=None, kind="task", name="shop.orders.tasks.send_mail")
    test = summary(2, view=None, kind="test", name="tests/test_orders.py::test_mail")
    rows = views_table([task, test], CONFIG).rows
    assert {(row.name, row.short) for row in rows} == {(task.name, "send_mail"), (test.name, test.name)}


def test_more_views_than_are_listed_are_added_up() -> None:
    """The rest is one sentence with its share."""
    table = views_table([summary(n, view=f"shop.v{n}", duration_ms=10.0) for n in range(MOST + 10)], CONFIG)
    assert len(table.rows) == MOST
    assert table.rest == "10 more views, 25 % together"
