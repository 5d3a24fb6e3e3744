"""What recording cost and what limits left out, as page and panel say it: measured numbers, names of settings."""

from __future__ import annotations

from queryscope.dashboard.presentation.panel import page_of
from queryscope.dashboard.presentation.request.heading import figures_of
from queryscope.dashboard.presentation.request.notices import notices_of
from queryscope.profiler.config import Config
from queryscope.profiler.trace import AliasTotals, Truncated
from queryscope.profiler.words import cost_of
from tests import builders as b


def test_the_cost_is_told_three_ways() -> None:
    """In milliseconds, as a share of the whole, and for each query."""
    spans = tuple(b.span(n) for n in range(1, 101))
    report = b.report(3.1, spans=spans, duration_ms=100.0)
    assert str(cost_of(report)) == "3.10 ms (3.1% of total, 31 µs a query)"
    profiling = figures_of(report, ())[-1]
    assert (profiling.name, profiling.value, profiling.sub) == (
        "Profiling",
        "3.10",
        "3.1% of total, 31 µs a query",
    )
    assert page_of(report, Config()).cost == "Profiling cost 3.10 ms (3.1% of total, 31 µs a query)"


def test_without_a_query_there_is_no_cost_of_one() -> None:
    """And nothing is divided by zero."""
    assert str(cost_of(b.report(0.01, spans=(), duration_ms=100.0))) == "0.01 ms (under 0.1% of total)"


def test_limits_are_named_on_page_and_panel() -> None:
    """With what they cut."""
    config = Config(max_spans=2)
    trace = b.trace(truncated=Truncated(spans=7, sql=1, lanes=1))
    words = [f"{notice.strong} {notice.text}" for notice in notices_of(trace, config)]
    assert words[0].startswith("2 of 9 statements are shown: MAX_SPANS is 2.")
    assert "the SQL text of 1 statement, by MAX_SQL_CHARS (100,000)" in words[1]
    assert "1 stretch of views and templates" in words[1]
    picture = page_of(b.report(truncated=Truncated(spans=7, sql=1)), config).picture
    assert picture is not None
    assert "7 statements counted but not kept: MAX_SPANS is 2." in picture.left_out
    assert "by MAX_SQL_CHARS (100,000)" in picture.left_out


def test_the_panel_tells_of_connections() -> None:
    """What opening took beside the server, what set it up below the queries."""
    totals = AliasTotals(
        vendor="postgresql", server_version="16.4", queries=1, db_ms=1.5, connects=1, connect_ms=3.1
    )
    report = b.report(spans=(b.span(1, connecting=True), b.span(2)), queries=1, by_alias={"default": totals})
    panel = page_of(report, Config())
    assert panel.servers == "PostgreSQL 16.4 (1 connection opened in 3.10 ms)"
    assert panel.picture is not None
    assert panel.picture.left_out == "Connection set up: 1 statement, 1.50 ms, not counted among the queries."
    assert len(panel.picture.rows) == 1
