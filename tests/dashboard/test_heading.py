"""Head and notices of a request's page: measured figures, the phase bar, and what a reader must know first."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from msgspec.structs import replace

from queryscope.dashboard.presentation.request.heading import figures_of, heading_of, phase_bar
from queryscope.dashboard.presentation.request.missing import no_queries
from queryscope.dashboard.presentation.request.notices import notices_of
from queryscope.profiler.config import Config
from queryscope.profiler.report import Report
from queryscope.profiler.store.summary import Summary
from queryscope.profiler.trace import Phases, Truncated
from tests import builders as b
from tests.dashboard import lantern


def figures(report: Report, *durations: float) -> dict[str, tuple[str, str, str]]:
    of_view = [replace(Summary.of(report), duration_ms=ms) for ms in durations]
    return {figure.name: (figure.value, figure.unit, figure.sub) for figure in figures_of(report, of_view)}


def test_the_request_is_named_with_its_query_string() -> None:
    """As in the design."""
    heading = heading_of(lantern.report().trace, UTC)
    assert (heading.method, heading.status, heading.title) == ("GET", "200", "/books/?genre=fantasy")
    assert (heading.view, heading.time) == ("catalog.views.BookListView", "14:02:31.482")


def test_what_is_no_request_is_named_by_its_kind_and_name() -> None:
    """A block has no method, path or status."""
    made = b.trace(kind="block", name="import", method=None, path=None, status=None, view=None, request=None)
    heading = heading_of(made, UTC)
    assert (heading.method, heading.status, heading.title) == ("block", "", "import")


def test_only_measured_figures_are_shown() -> None:
    """No ORM and no round trips while nobody measures them; rows and response only where known."""
    assert list(figures(lantern.report())) == [
        "Total",
        "Queries",
        "Database",
        "Rows",
        "Python and template",
        "Response",
        "Profiling",
    ]
    unknown = lantern.report(rows=None, response_bytes=None, phases=Phases())
    assert list(figures(unknown)) == ["Total", "Queries", "Database", "Profiling"]


def test_figures_carry_their_remarks() -> None:
    """Median of the view, patterns and repeats, shares, content type."""
    found = figures(lantern.report(response_type="text/html; charset=utf-8"), 900.0, 1004.0, 1100.0)
    assert found["Total"] == ("1,002", "ms", "p50 of this view 1,004")
    assert found["Queries"] == ("211", "", "9 patterns, 3 repeats")
    assert found["Database"] == ("501", "ms", "50% of total")
    assert found["Python and template"] == ("501", "ms", "outside queries")
    assert found["Response"] == ("148", "kB", "text/html")
    assert found["Profiling"] == ("0.40", "ms", "under 0.1% of total, 2 µs a query")


def test_what_has_no_view_is_compared_with_its_like() -> None:
    """A task with runs of the same task; a request that no view answered with nothing."""
    task = lantern.report(kind="task", method=None, path=None, request=None, view=None)
    assert figures(task, 1.0, 2.0, 3.0)["Total"][2] == "p50 of this task 2.00"
    assert figures(task, 1.0)["Total"][2] == "the only one kept of this task"
    assert figures(lantern.report(view=None), 1.0, 2.0)["Total"][2] == "no view"


def test_the_bar_holds_what_was_measured_and_fills_the_width() -> None:
    """Phases in their one order, then the rest."""
    bar = phase_bar(b.trace(duration_ms=100.0, phases=Phases(execute_ms=40.0, compile_ms=10.0)))
    assert [(mark.css, mark.x, mark.width) for mark in bar.marks] == [
        ("p-compile", "0.000%", "10.000%"),
        ("p-execute", "10.000%", "40.000%"),
        ("p-python", "50.000%", "50.000%"),
    ]
    assert [item.name for item in bar.legend] == [
        "SQL compilation",
        "Database execution",
        "Python and template",
    ]


def notices(**changes: Any) -> list[tuple[str, str, str]]:
    found = notices_of(b.trace(**changes), Config(max_spans=2))
    return [(notice.css, notice.strong, notice.text) for notice in found]


def test_a_request_without_trouble_has_no_notice() -> None:
    """Nothing to say, nothing shown."""
    assert notices() == []


def test_a_failed_view_is_named_with_its_exception() -> None:
    """The class in the sentence, its message after it."""
    assert notices(error="django.db.utils.OperationalError: canceling statement") == [
        (
            "err",
            "The view raised OperationalError after 2 queries.",
            "canceling statement. Timings up to that point are shown.",
        )
    ]


def test_left_out_statements_name_the_limit_to_raise() -> None:
    """The count of spans, or the bytes where spans were below their limit."""
    assert notices(truncated=Truncated(spans=40_000)) == [
        (
            "warn",
            "2 of 40,002 statements are shown: MAX_SPANS is 2.",
            'The others were counted, not kept. Raise QUERYSCOPE["MAX_SPANS"] to keep more of a request.',
        )
    ]
    [(_, strong, _)] = notices(spans=(b.span(1),), truncated=Truncated(spans=5))
    assert strong == "1 of 6 statements are shown: MAX_TRACE_BYTES is 67,108,864 bytes."


def test_cut_texts_are_listed_in_one_notice() -> None:
    """With their limits."""
    [(css, _, text)] = notices(truncated=Truncated(sql=3, stacks=1))
    assert css == "info"
    assert (
        text
        == "the SQL text of 3 statements, by MAX_SQL_CHARS (100,000); the stack of 1 statement, by MAX_STACK_FRAMES (100)."
    )


def test_no_queries_is_a_state_of_its_own() -> None:
    """With the time that was spent elsewhere."""
    made = b.trace(spans=(), duration_ms=18.2, phases=Phases())
    found = no_queries(made)
    assert found is not None
    assert (found.title, found.text[:33]) == (
        "This request ran no queries",
        "All 18.2 ms were spent in Python.",
    )
    assert no_queries(b.trace()) is None
