"""The findings on the request page: their table, the rows they mark, the box in the drawer, the line on the run before."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import pytest

from queryscope.dashboard.presentation.badges import badges, letters, of_marks
from queryscope.dashboard.presentation.request.before import before_of
from queryscope.dashboard.presentation.request.drawer import drawer_of
from queryscope.dashboard.presentation.request.findings import (
    box_of,
    findings_of,
    nothing_found,
    numbers,
    where_of,
)
from queryscope.dashboard.presentation.request.page import first_shown
from queryscope.dashboard.presentation.request.timeline import timeline_of
from queryscope.profiler.config import Config
from queryscope.profiler.finding import FindingMark
from tests import builders as b
from tests.dashboard import lantern

REPORT = lantern.report(findings=lantern.findings())


def test_rows_name_kind_place_cost_and_advice() -> None:
    """In the order of the report, which is the worst first."""
    found = findings_of(REPORT.findings, REPORT.trace)
    assert found is not None
    first, second, third = found.rows
    assert (first.badge.css, first.where, first.count, first.ms) == (
        "high",
        "catalog/models.py:88",
        "100",
        "290",
    )
    assert (second.where, second.advice, second.code) == (
        "catalog/book_list.html:24",
        '.select_related("author")',
        True,
    )
    assert (third.badge.css, third.code) == ("med", False)
    assert third.advice.startswith("Keep the cart on the request")
    assert (
        second.n == max((s for s in REPORT.trace.spans if s.site_id == "a9"), key=lambda s: s.duration_ms).n
    )


@pytest.mark.parametrize(
    ("changes", "css", "text"),
    [({"cold": True}, "low", "cold run"), ({"cold": False}, "", "warm run"), ({"cold": True, "kind": "task"}, "low", "cold run")],
)  # fmt: skip
def test_which_run_was_judged_is_said(changes: Any, css: str, text: str) -> None:
    """A first visit fills caches that the next ones find."""
    table = findings_of(lantern.findings(), lantern.report(**changes).trace)
    assert table is not None and table.run is not None
    assert (table.run.css, table.run.text) == (css, text)
    assert "kind in its process" in table.run.title


@pytest.mark.parametrize("changes", [{"cold": None}, {"cold": True, "kind": "command"}])
def test_where_cold_means_nothing_nothing_is_said(changes: Any) -> None:
    """A command is the first of its process each time."""
    table = findings_of(lantern.findings(), lantern.report(**changes).trace)
    assert table is not None and table.run is None


def test_no_findings_are_no_table() -> None:
    """The page says so in a line instead."""
    assert findings_of((), REPORT.trace) is None


def test_nothing_found_says_where_little_could_be() -> None:
    """Without the hooks of the ORM most rules are silent, which is no praise."""
    assert (
        nothing_found((), lantern.report().trace, 20)
        == "20 rules looked through this trace and found nothing."
    )
    assert "ORM is off" in nothing_found((), lantern.report(unseen=("orm",)).trace, 20)


def test_what_is_ignored_says_why() -> None:
    """The problem is still there, so is its row."""
    found = findings_of(REPORT.findings, REPORT.trace, {"a9a9a9a9a9a9a9a9": "at most 12 rows"})
    assert found is not None
    assert [row.ignored for row in found.rows] == ["", "at most 12 rows", ""]


@pytest.mark.parametrize(
    ("spans", "text"), [((), ""), ((3,), "3"), ((3, 5, 6, 7, 9), "3 5-7 9"), ((9, 8, 8), "8-9")]
)
def test_span_numbers_are_short(spans: tuple[int, ...], text: str) -> None:
    """A loop of 1,000 is one range."""
    assert numbers(spans) == text


def test_rows_of_the_timeline_carry_the_badges() -> None:
    """Sites and groups that prove a finding, and no others; the query rows inside need none."""
    rows = timeline_of(REPORT.trace, "site", "", None, REPORT.findings).rows
    marked = {row.id: ([badge.text for badge in row.badges], row.found) for row in rows if row.found}
    sites = {row.site.path: row.id for row in rows if row.site}
    assert marked[sites["catalog/models.py"]][1] == "f1"
    assert marked[sites["catalog/book_list.html"]][1] == "f2"
    assert [row.found for row in rows if row.kind == "query"] == [""] * sum(
        row.kind == "query" for row in rows
    )
    assert not any(row.found for row in timeline_of(REPORT.trace, "site", "", None).rows)


def test_the_worst_severity_of_a_rule_colours_its_badge() -> None:
    """One badge a rule."""
    low, high = b.finding(severity="low"), b.finding("f2", severity="high")
    assert [(badge.text, badge.css) for badge in badges([low, high])] == [(letters("n-plus-one"), "high")]


def test_a_rule_nobody_knows_still_has_letters() -> None:
    """A store may have been written by another version."""
    assert letters("some-later-rule") == "SOME"


def test_the_page_begins_with_the_first_finding() -> None:
    """The drawer of a wide window shows its slowest query; without findings that of the dearest site."""
    n = first_shown(REPORT)
    assert n in REPORT.findings[0].spans
    assert first_shown(lantern.report(spans=(), queries=0)) is None


def test_the_drawer_of_a_query_shows_what_it_proves() -> None:
    """With the advice in full."""
    n = REPORT.findings[1].spans[0]
    drawer = drawer_of(REPORT, n, Config())
    (box,) = drawer.findings
    assert [badge.css for badge in drawer.letters] == ["high"]
    assert box.places[0] == ("Template", "catalog/book_list.html:24")
    assert box.advice.diff[0].name == "catalog/views.py"
    assert box.advice.next.startswith("The country")
    assert "".join(piece.text for piece in box.advice.code[0]) == '.select_related("author")'
    assert drawer_of(REPORT, 1, Config()).findings == ()


def test_a_finding_without_any_line_has_no_place() -> None:
    """And its page still stands."""
    bare = b.finding(template_site=None, call_site=None, build_site=None, advice=b.advice(code=None))
    assert where_of(bare) == ""
    assert box_of(bare).places == ()
    assert box_of(bare).advice.code == ()


def test_marks_show_two_and_count_the_rest() -> None:
    """The badge of a row of the list."""
    marks = [FindingMark(rule=f"rule-{n}", severity="high", count=n) for n in (100, 1, 2, 3)]
    shown = of_marks(marks)
    assert [badge.text for badge in shown] == ["RULE ×100", "RULE", "+2"]
    assert of_marks(()) == ()


def test_the_run_before_is_told_in_one_line() -> None:
    """81 → 3 queries, 61 → 4 ms; and what is gone."""
    earlier = b.summary(1, queries=81, duration_ms=61.0, id="e" * 32)
    now = b.summary(2, queries=3, duration_ms=4.0)
    found = before_of(now, earlier, UTC)
    assert found is not None
    assert found.sentence == "81 → 3 queries, 61.0 → 4.00 ms"
    assert (found.queries.css, found.total.css, found.remarks) == ("t-ok", "t-ok", ())
    assert before_of(now, None, UTC) is None


def test_what_makes_the_two_incomparable_is_said() -> None:
    """A cold start, another status, statements that were left out."""
    earlier = b.summary(1, status=500)
    found = before_of(b.summary(2), earlier, UTC, cold=True)
    assert found is not None
    assert found.remarks[0] == "status 500 then"
    assert "cold start" in found.remarks[1]
    assert found.queries.same
