"""The Python between the queries on the page: rows by time, rows of the table, columns, and the lane above them."""

from __future__ import annotations

from typing import Any

import pytest

from queryscope.dashboard.presentation.request.columns import columns_of
from queryscope.dashboard.presentation.request.lanes import MOST_SEGMENTS
from queryscope.dashboard.presentation.request.table import TableRow, table_of
from queryscope.dashboard.presentation.request.timeline import timeline_of
from queryscope.dashboard.presentation.request.timeline_rows import Row
from queryscope.profiler.capture.gaps import gaps_of
from queryscope.profiler.trace import Lane, Trace, Transaction
from tests import builders as b
from tests.dashboard import lantern

TEMPLATE = "Python in template catalog/book_list.html"


def with_gaps(**changes: Any) -> Trace:
    """Three queries, the last two of one transaction, with Python before, between and after."""
    spans = (
        b.span(1, start_ms=10.0, duration_ms=5.0),
        b.span(2, start_ms=30.0, duration_ms=5.0, transaction=1),
        b.span(3, start_ms=60.0, duration_ms=5.0, transaction=1),
    )
    lanes = (
        Lane(name="view", label="catalog.views.books", start_ms=0.0, duration_ms=100.0),
        Lane(name="template", label="catalog/book_list.html", start_ms=16.0, duration_ms=80.0),
    )
    made = Transaction(
        n=1, alias="default", savepoint=None, start_ms=29.0, duration_ms=40.0, end="committed", spans=(2, 3)
    )
    values = {"spans": spans, "lanes": lanes, "transactions": (made,), "duration_ms": 100.0} | changes
    gaps = gaps_of(values["spans"], values["lanes"], 100.0, 100.0)
    return b.trace(**values, gaps=gaps)  # fmt: skip


def rows(trace: Trace, mode: Any = "time", words: str = "") -> tuple[Row, ...]:
    return timeline_of(trace, mode, words, None).rows


def test_gaps_stand_between_the_queries() -> None:
    """In the order of time, each with its name, its length and a thin bar; none stands for a query."""
    found = rows(with_gaps())
    assert [row.id for row in found] == ["gap0", "n1", "gap1", "n2", "gap2", "n3", "gap3"]
    gap = found[2]
    assert (gap.kind, gap.remark, gap.total, gap.n) == ("gap", TEMPLATE, "15.0", 0)
    assert [mark.css for mark in gap.marks] == ["p-python"]
    assert found[0].remark == "Python in view catalog.views.books"


def test_a_gap_inside_a_transaction_is_bound_with_its_queries() -> None:
    """The line from the first to the last query runs through."""
    css = {row.id: row.css for row in rows(with_gaps())}
    assert (css["n2"], css["gap2"], css["n3"]) == ("q intx tx0", "q gap intx", "q intx tx1")
    assert css["gap1"] == "q gap"


def test_by_call_site_and_under_a_filter_there_are_none() -> None:
    """Between queries that a filter admits others ran."""
    trace = with_gaps()
    assert not [row for row in rows(trace, "site") if row.kind == "gap"]
    assert [row.kind for row in rows(trace, words="book")] == ["query"] * 3
    assert columns_of(trace, "book").gaps.label == []
    assert [row.kind for row in table_of(trace, "book", "n", 1, None).rows] == ["query"] * 3


def test_the_columns_place_each_gap_before_a_query() -> None:
    """What the browser needs to draw the same rows."""
    gaps = columns_of(with_gaps(), "").gaps
    assert gaps.before == [0, 1, 2, 3]
    assert (gaps.label[1], gaps.start[1], gaps.duration[1], gaps.ms[1]) == (TEMPLATE, 15.0, 15.0, "15.0")


def test_a_long_list_counts_its_gaps() -> None:
    """The sentence for browsers without script."""
    trace = with_gaps(spans=lantern.repeated(300).trace.spans)
    found = timeline_of(trace, "time", "", None)
    assert found.windowed
    assert found.total == 300 + len(trace.gaps)


def table(trace: Trace, sort: str) -> tuple[TableRow, ...]:
    return table_of(trace, "", sort, 1, None).rows


def test_the_table_has_them_too() -> None:
    """In their place by number and by start; what only a query has is empty."""
    found = table(with_gaps(), "n")
    assert [row.id for row in found] == ["gap0", "n1", "gap1", "n2", "gap2", "n3", "gap3"]
    gap = found[2]
    assert (gap.statement, gap.start, gap.duration) == (TEMPLATE, "15.00", "15.0")
    assert (gap.site, gap.rows, gap.alias, set(gap.phases)) == ("", "", "", {""})
    assert [row.id for row in table(with_gaps(), "start")] == [row.id for row in found]


@pytest.mark.parametrize(
    "sort", ["n", "statement", "site", "start", "ms", "rows", "alias", "construct", "execute"]
)
def test_the_table_sorts_by_every_column_both_ways(sort: str) -> None:
    """A gap has a place in each of them."""
    there, back = table(with_gaps(), sort), table(with_gaps(), f"-{sort}")
    assert {row.id for row in there} == {row.id for row in back}
    assert len(there) == 7
    if sort == "ms":
        assert [row.id for row in back][:2] == ["gap3", "gap2"]


def test_the_lane_draws_the_longest_stretches() -> None:
    """Hundreds of short ones could not be told apart; how many are missing is said."""
    lanes = tuple(
        Lane(name="template", label=f"mail/{n}.html", start_ms=float(n), duration_ms=0.5) for n in range(150)
    )
    view = Lane(name="view", label="catalog.views.send", start_ms=0.0, duration_ms=200.0)
    lane = timeline_of(b.trace(lanes=(*lanes, view)), "site", "", None).request
    assert len(lane.segments) == MOST_SEGMENTS
    assert lane.segments[0].title.startswith("view catalog.views.send")
    assert lane.left_out == "51 shorter stretches not drawn"


def test_a_text_ends_where_the_next_stretch_is_drawn_over_it() -> None:
    """A view whose template begins soon has no room for its dotted name."""
    lanes = (
        Lane(name="view", label="catalog.views.books.BookListView", start_ms=0.0, duration_ms=900.0),
        Lane(name="template", label="catalog/book_list.html", start_ms=120.0, duration_ms=700.0),
    )
    view, template = timeline_of(b.trace(lanes=lanes), "site", "", None).request.segments
    assert view.text == "view"
    assert template.text == "template catalog/book_list.html, 700 ms"
