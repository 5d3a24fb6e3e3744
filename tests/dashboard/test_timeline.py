"""The timeline as values: sites, groups, marks, lanes, the filter, and what is left out of long ones."""

from __future__ import annotations

from typing import Any

import pytest

from queryscope.dashboard.presentation.request import marks
from queryscope.dashboard.presentation.request.apart import MOST_SITES
from queryscope.dashboard.presentation.request.axis import Axis, ticks
from queryscope.dashboard.presentation.request.columns import columns_of
from queryscope.dashboard.presentation.request.timeline import (
    MOST_HIDDEN,
    MOST_ROWS,
    OVERVIEW_FROM,
    Timeline,
    timeline_of,
)
from queryscope.dashboard.presentation.request.timeline_rows import Row
from queryscope.profiler.trace import Lane, Phases, Transaction
from tests import builders as b
from tests.dashboard import lantern


def timeline(trace: Any, mode: Any = "site", words: str = "", n: int | None = None) -> Timeline:
    return timeline_of(trace, mode, words, n)


def sites(found: Timeline) -> list[Row]:
    return [row for row in found.rows if row.kind == "site"]


def test_211_queries_are_ten_call_sites_in_the_order_of_their_first_query() -> None:
    """The list of the design; BEGIN and COMMIT belong to no site."""
    rows = sites(timeline(lantern.report().trace))
    assert [f"{row.site.path}{row.site.line}" for row in rows if row.site] == [
        "…/sessions/backends/db.py:18",
        "contrib/auth/backends.py:212",
        "catalog/views.py:34",
        "catalog/services.py:41",
        "catalog/views.py:58",
        "catalog/views.py:29",
        "orders/context.py:12",
        "catalog/book_list.html:19",
        "catalog/book_list.html:24",
        "catalog/models.py:88",
    ]


def test_a_group_row_counts_adds_and_names_what_its_queries_do() -> None:
    """Times, total and badges of the call site with a transaction."""
    row = sites(timeline(lantern.report().trace))[3]
    assert (row.times, row.total) == ("×\u20092", "3.13")
    assert [badge.text for badge in row.badges] == ["write", "atomic"]


def test_the_site_is_the_template_line_only_where_it_is_nearer() -> None:
    """A model method called in a template is the place to look at, not the template."""
    spans = [
        b.span(1, site_id="t", template_site=b.template_site(), via_template=True),
        b.span(
            2, site_id="m", template_site=b.template_site(), call_site=b.call_site("catalog/models.py", 88)
        ),
        b.span(
            3, site_id="l", call_site=None, stack=(b.frame("django/x.py", 5, library=True, function="f"),)
        ),
        b.span(4, site_id="n", call_site=None, stack=()),
    ]
    rows = sites(timeline(b.trace(spans=tuple(spans))))
    assert [str(row.site) for row in rows] == [
        "catalog/book_list.html:24",
        "catalog/models.py:88",
        "django/x.py:5",
        "no stack recorded",
    ]
    assert [row.site.library for row in rows if row.site] == [False, False, True, True]


def test_an_open_group_shows_its_first_its_slowest_and_the_rest_as_one_row() -> None:
    """100 queries are four rows, which add up to all of them."""
    found = timeline(lantern.report().trace)
    rows = [row for row in found.rows if row.parent == "s9"]
    assert [row.kind for row in rows] == ["query", "query", "more", "query"]
    assert (rows[2].remark, rows[3].remark) == ("97 more like these", "slowest")
    assert rows[2].magnified is not None
    assert rows[2].magnified.text == "median 1.25 ms"
    assert float(rows[3].total) == 3.6


def test_a_small_group_shows_every_query() -> None:
    """Three rows need no summary."""
    rows = [row for row in timeline(lantern.report().trace).rows if row.parent == "s7"]
    assert [row.kind for row in rows] == ["query"] * 3


def test_a_site_with_several_statements_has_a_level_between() -> None:
    """One line may run different statements, each of them often."""
    spans = [b.span(n, fingerprint=f"{n % 2}", site_id="s") for n in range(1, 21)]
    rows = timeline(b.trace(spans=tuple(spans))).rows
    assert [(row.kind, row.level) for row in rows if row.kind != "query"] == [
        ("site", 1),
        ("group", 2),
        ("more", 3),
        ("group", 2),
        ("more", 3),
    ]


def test_the_selected_query_opens_its_site() -> None:
    """A link to ?n= shows the row; where it is folded away, its site is selected."""
    trace = lantern.report().trace
    direct, folded = timeline(trace, n=8), timeline(trace, n=100)
    assert [row.id for row in direct.rows if row.selected] == ["n8"]
    chosen = next(row for row in folded.rows if row.selected)
    assert (chosen.kind, chosen.expanded) == ("site", True)


def test_rows_of_one_transaction_are_bound_together() -> None:
    """First and last are marked, so that the line has ends."""
    rows = [row for row in timeline(lantern.report().trace, "time").rows if "intx" in row.css]
    assert [row.n for row in rows] == [4, 5, 6, 7]
    assert [row.css.split("intx")[1] for row in rows] == [" tx0", "", "", " tx1"]


def test_the_filter_looks_into_sql_site_and_table() -> None:
    """Every word must occur, in any of them."""
    trace = lantern.report().trace
    assert len(sites(timeline(trace, words="catalog_REVIEW models.py"))) == 1
    assert len(sites(timeline(trace, words="for update"))) == 1
    assert timeline(trace, words="nowhere").nothing_matches


def test_a_long_list_by_time_is_drawn_by_the_browser() -> None:
    """The page then holds no row, only how many there are."""
    found = timeline(lantern.repeated(MOST_ROWS + 1).trace, "time")
    assert (found.windowed, found.rows, found.total) == (True, (), MOST_ROWS + 1)
    assert timeline(lantern.repeated(OVERVIEW_FROM + 1).trace, "time").overview
    assert not timeline(lantern.repeated(OVERVIEW_FROM).trace, "time").overview
    assert len(timeline(lantern.repeated(MOST_ROWS).trace, "time").rows) == MOST_ROWS


def test_rows_of_closed_groups_stay_behind_where_there_are_too_many() -> None:
    """50 sites of 4 queries would be 250 rows: those of closed sites are fetched when opened."""
    spans = tuple(b.span(n, site_id=f"site{n % 50}") for n in range(1, 201))
    found = timeline(b.trace(spans=spans), n=200)
    assert len(found.rows) <= 50 + MOST_HIDDEN + 4
    assert [row.lazy for row in sites(found)].count(True) == 50 - 1 - MOST_HIDDEN // 4
    assert {row.n for row in found.rows if not row.hidden and row.kind == "query"} == {50, 100, 150, 200}


def test_the_cheapest_of_very_many_sites_share_a_row() -> None:
    """The others keep the order of execution; the columns say which queries belong into it."""
    spans = tuple(b.span(n, site_id=f"site{n}", duration_ms=float(n)) for n in range(1, MOST_SITES + 21))
    trace = b.trace(spans=spans)
    *shown, rest = timeline(trace).rows
    assert [row.n for row in shown if row.kind == "site"] == list(range(21, MOST_SITES + 21))
    assert (rest.id, rest.remark, rest.total) == ("rest-more", "20 more call sites, 20 queries", "210")
    columns = columns_of(trace, "")
    assert [
        n for n, kind in zip(columns.n, columns.kind, strict=True) if columns.kinds[kind].site == "rest"
    ] == list(range(1, 21))


def test_setting_up_a_connection_stands_apart() -> None:
    """In a row of its own, above the sites, counted as no query."""
    spans = (
        b.span(1, connecting=True, duration_ms=0.5),
        b.span(2, connecting=True, duration_ms=1.0),
        b.span(3),
    )
    rows = timeline(b.trace(spans=spans)).rows
    assert [row.kind for row in rows] == ["connect", "query", "query", "site", "query"]
    assert (rows[0].remark, rows[0].total) == ("Connection set up: 2 statements, not counted", "1.50")
    assert [row.hidden for row in rows[1:3]] == [True, True]
    assert [badge.text for badge in rows[1].badges] == ["connection"]


def test_marks_that_touch_are_one() -> None:
    """1,000 queries need no 1,000 rectangles, and none of the time they cover is lost."""
    trace = lantern.repeated(3_000).trace
    row = sites(timeline(trace))[0]
    assert len(row.marks) < 350
    assert float(row.marks[-1].x[:-1]) + float(row.marks[-1].width[:-1]) > 97


def test_phases_are_drawn_where_they_can_be_told_apart_and_only_those_measured() -> None:
    """A wide bar is split in the one order; a narrow one is one mark; without phases it has a class of its own."""
    axis = Axis(end_ms=100.0)
    phases = Phases(compile_ms=2.0, execute_ms=6.0, fetch_ms=2.0)
    wide = marks.of_span(axis, b.span(duration_ms=10.0, phases=phases))
    narrow = marks.of_span(Axis(end_ms=10_000.0), b.span(duration_ms=10.0, phases=phases))
    unknown = marks.of_span(axis, b.span(duration_ms=10.0, phases=Phases()))
    assert [mark.css for mark in wide] == ["p-compile", "p-execute", "p-fetch"]
    assert [(mark.css, mark.width) for mark in narrow] == [("p-execute", "0.320%")]
    assert [mark.css for mark in unknown] == ["p-whole"]


def test_a_failed_statement_is_marked() -> None:
    """By a badge and on its bar."""
    rows = timeline(b.trace(spans=(b.span(1, error="boom"),))).rows
    assert [badge.text for badge in rows[0].badges] == ["error"]
    assert rows[1].marks[0].css == "p-execute err"


@pytest.mark.parametrize(
    ("end", "labels"),
    [
        (1020.0, ["0 ms", "200", "400", "600", "800", "1000"]),
        (0.9, ["0 ms", "0.2", "0.4", "0.6", "0.8"]),
        (36_000.0, ["0 ms", "10,000", "20,000", "30,000"]),
        (0.001, ["0 ms", "0.0002", "0.0004", "0.0006", "0.0008", "0.0010"]),
    ],
)
def test_ticks_stand_at_round_numbers(end: float, labels: list[str]) -> None:
    """Whatever the length of the request."""
    assert [tick.label for tick in ticks(Axis(end_ms=end))] == labels


def test_the_request_lane_names_what_fits() -> None:
    """A long label becomes a short one, then none; the title stays."""
    lanes = (
        Lane(name="view", label="view", start_ms=0.0, duration_ms=900.0),
        Lane(name="streaming", label="streaming body", start_ms=900.0, duration_ms=5.0),
    )
    segments = timeline(b.trace(lanes=lanes)).request.segments
    assert [segment.text for segment in segments] == ["view, 900 ms", ""]
    assert segments[1].title == "streaming streaming body, 5.00 ms"


def test_transactions_are_brackets_with_their_end() -> None:
    """Savepoints hang lower and are no transactions; a rollback is dashed; an open one has no right edge."""
    made = (
        Transaction(n=1, alias="default", savepoint=None, start_ms=10, duration_ms=50, end="rolled_back", spans=(1, 2)),
        Transaction(n=2, alias="default", savepoint="s1", start_ms=20, duration_ms=10, end="open", spans=(2,)),
    )  # fmt: skip
    lane = timeline(b.trace(transactions=made)).transactions
    assert lane is not None
    assert (lane.count, lane.total) == ("1", "50.0")
    assert [(bracket.css, bracket.y, bracket.right) for bracket in lane.brackets] == [
        ("txb rolled", 8, True),
        ("txb", 12, False),
    ]
    assert lane.brackets[0].text == "BEGIN → ROLLBACK 50.0 ms, 2 queries"


def test_without_transactions_there_is_no_lane() -> None:
    """Nothing empty is drawn."""
    assert timeline(b.trace()).transactions is None


def test_a_library_that_asked_is_named_not_the_tool_that_looked_on() -> None:
    """The toolbar's cursor stands between the ORM and the framework that followed the relation."""
    stack = (
        b.frame("debug_toolbar/panels/sql/tracking.py", 201, library=True),
        b.frame("django/db/models/query.py", 91, library=True),
        b.frame("rest_framework/relations.py", 170, library=True, function="get_attribute"),
    )
    (row, *_) = sites(timeline(b.trace(spans=(b.span(1, call_site=None, stack=stack),))))
    assert row.site is not None
    assert (row.site.full, row.site.line) == ("rest_framework/relations.py", ":170")
