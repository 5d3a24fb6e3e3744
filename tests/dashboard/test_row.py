"""One trace as one row: its texts, its colours, its bar."""

from __future__ import annotations

from datetime import UTC

import pytest

from queryscope.dashboard.presentation.live.row import hottest, legend, parts_of, row, short_view
from queryscope.profiler.config import Config
from queryscope.profiler.trace import Phases
from tests.builders import summary

CONFIG = Config()


def test_a_request_as_a_row() -> None:
    """Every column of the list, by the design's formats."""
    made = row(summary(7, queries=211, db_ms=501.2, duration_ms=1002.4), CONFIG, UTC)
    assert (made.time, made.method, made.status, made.address) == (
        "14:02:31.482",
        "GET",
        "200",
        "/books/?genre=fantasy",
    )
    assert (made.queries, made.db, made.total) == ("211", "501", "1,002")
    assert (made.queries_heat, made.db_heat, made.total_heat) == ("hot", "hot", "hot")
    assert (made.view, made.view_short) == ("catalog.views.BookListView", "BookListView")
    assert made.end - made.at == 1002
    assert made.bar_label == "database 501 of 1,002 ms"


def test_a_block_has_no_path_status_or_view() -> None:
    """Its kind stands where the method would, its name where the path would, and nothing is invented."""
    made = row(
        summary(
            1, kind="block", name="import", method=None, path=None, view=None, status=None, query_string=""
        ),
        CONFIG,
        UTC,
    )
    assert (made.method, made.address, made.view_short, made.status) == ("block", "import", "", "")


def test_phases_lie_side_by_side_and_the_rest_fills_up() -> None:
    """On the scale of 1,200 ms that the default limits give; together they are as long as the request."""
    phases = Phases(execute_ms=300.0, fetch_ms=60.0)
    made = row(summary(1, duration_ms=600.0, db_ms=360.0, phases=phases), CONFIG, UTC)
    assert [(part.css, part.x, part.width) for part in made.segments] == [
        ("p-execute", "0.000%", "25.000%"),
        ("p-fetch", "25.000%", "5.000%"),
        ("p-python", "30.000%", "20.000%"),
    ]
    assert not made.cut


def test_a_bar_ends_at_the_end_of_the_scale_and_says_so() -> None:
    """Longer requests are cut; nothing is drawn outside."""
    made = row(summary(1, duration_ms=9_000.0, db_ms=3_000.0, phases=Phases(execute_ms=3_000.0)), CONFIG, UTC)
    assert [(part.css, part.width) for part in made.segments] == [("p-execute", "100.000%")]
    assert made.cut


def test_only_measured_phases_are_named() -> None:
    """Unknown is not zero: a phase nobody measured is neither drawn nor in the legend."""
    some = summary(1, phases=Phases(execute_ms=2.0, hydrate_ms=0.0))
    assert [phase.short for phase in legend([some])] == ["Execute, fetch", "Hydrate", "Python"]
    split = summary(2, phases=Phases(execute_ms=2.0, fetch_ms=1.0))
    assert [phase.short for phase in legend([some, split])] == ["Execute", "Fetch", "Hydrate", "Python"]
    unsplit = parts_of(summary(1, phases=Phases(), db_ms=4.0))
    assert [(phase.css, value) for phase, value in unsplit] == [("p-execute", 4.0)]


@pytest.mark.parametrize(
    ("changes", "heat"),
    [
        ({"queries": 3, "db_ms": 10.0, "duration_ms": 20.0}, ""),
        ({"queries": 25, "db_ms": 10.0, "duration_ms": 20.0}, "warm"),
        ({"queries": 3, "db_ms": 400.0, "duration_ms": 420.0}, "hot"),
    ],
)
def test_the_worst_number_gives_the_colour(changes: dict[str, float], heat: str) -> None:
    """Strip and scatter draw a request in the colour of its hottest number."""
    assert hottest(summary(1, **changes), CONFIG) == heat


@pytest.mark.parametrize(
    ("view", "short"),
    [
        (None, ""),
        ("about", "about"),
        ("shop.views.about", "about"),
        ("api.BookViewSet.list", "BookViewSet.list"),
    ],
)
def test_short_names_of_views(view: str | None, short: str) -> None:
    """A function, or a method with its class."""
    assert short_view(view) == short
