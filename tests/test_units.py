"""Numbers and instants as text, by section 6 of the design."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from queryscope.profiler import units

BERLIN = timezone(timedelta(hours=2))
NOON = "2026-07-01T12:02:31.482999+00:00"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (0, "0"),
        (0.004, "0.00"),
        (3.2, "3.20"),
        (9.994, "9.99"),
        (9.996, "10.0"),
        (42.0, "42.0"),
        (99.94, "99.9"),
        (99.96, "100"),
        (1002.4, "1,002"),
        (1234567.8, "1,234,568"),
    ],
)
def test_decimals_follow_the_size(value: float | None, text: str) -> None:
    """Two decimals under 10, one under 100, none above, and never "10.00" for what rounds up."""
    assert units.ms(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (412.0, "412 ms"),
        (999.4, "999 ms"),
        (999.6, "1.00 s"),
        (25_040.0, "25.0 s"),
        (599_000.0, "599 s"),
        (599_700.0, "9.99 min"),
        (1_800_000.0, "30.0 min"),
        (72_000_000.0, "20.0 h"),
    ],
)
def test_sums_are_told_in_a_unit_people_read(value: float | None, text: str) -> None:
    """Milliseconds, seconds, minutes or hours."""
    assert str(units.duration(value)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (0, "0 B"),
        (999, "999 B"),
        (148_000, "148 kB"),
        (2_500, "2.50 kB"),
        (999_700, "1.00 MB"),
        (3_100_000, "3.10 MB"),
    ],
)
def test_sizes_of_responses_count_thousands(value: int | None, text: str) -> None:
    """B, kB and MB of 1,000."""
    assert str(units.size(value)) == text


@pytest.mark.parametrize(
    ("value", "fine", "whole"),
    [
        (None, "–", "–"),
        (0.0, "0", "0"),
        (0.021, "2.1", "2"),
        (0.004, "0.4", "<1"),
        (0.0999, "10", "10"),
        (1, "100", "100"),
    ],
)
def test_shares_are_per_cent(value: float | None, fine: str, whole: str) -> None:
    """One decimal under 10, or whole with "<1" for what would vanish."""
    assert (units.percent(value), units.whole_percent(value)) == (fine, whole)


def test_a_share_of_nothing_is_unknown() -> None:
    """No division by zero, no invented 0 %."""
    assert units.share(1.0, 0.0) is None
    assert units.share(None, 4.0) is None
    assert units.share(1.0, 4.0) == 0.25


@pytest.mark.parametrize(("value", "heat"), [(None, ""), (24, ""), (25, "warm"), (99, "warm"), (100, "hot")])
def test_heat_begins_at_the_limit(value: float | None, heat: str) -> None:
    """The limits of the settings belong to the colour they begin."""
    assert units.heat(value, 25, 100) == heat


def test_the_clock_tells_the_zone_s_time_and_cuts() -> None:
    """Milliseconds are cut, not rounded into the next second."""
    assert units.clock(NOON, BERLIN) == "14:02:31.482"
    assert units.seconds(NOON, BERLIN) == "14:02:31"
    assert units.clock(None, BERLIN) == "–"


def test_since_names_the_day_only_where_it_was_another() -> None:
    """Today needs no date; yesterday's 13:48 is not today's."""
    today, later = datetime(2026, 7, 1, 15, tzinfo=UTC), datetime(2026, 7, 3, 1, tzinfo=UTC)
    assert units.since(NOON, BERLIN, today) == "14:02"
    assert units.since(NOON, BERLIN, later) == "1 Jul 14:02"


def test_one_is_singular() -> None:
    """Nouns agree with their number."""
    assert [units.plural(n, "query", "queries") for n in (0, 1, 1234)] == [
        "0 queries",
        "1 query",
        "1,234 queries",
    ]
