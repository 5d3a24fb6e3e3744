"""The queries as a table and as columns: the alternatives to the picture, and its source."""

from __future__ import annotations

from queryscope.dashboard.presentation.request.columns import columns_of
from queryscope.dashboard.presentation.request.table import PAGE_ROWS, table_of
from queryscope.dashboard.presentation.request.timeline import timeline_of
from queryscope.profiler.trace import Phases
from tests import builders as b
from tests.dashboard import lantern


def test_it_sorts_by_any_column_in_both_directions() -> None:
    """The head says how, and what a click would do."""
    table = table_of(lantern.report().trace, "", "-ms", 1, None)
    assert [row.duration for row in table.rows[:3]] == ["93.4", "35.6", "21.8"]
    head = next(column for column in table.columns if column.key == "ms")
    assert (head.sorted, head.next) == ("descending", "ms")
    assert table_of(lantern.report().trace, "", "ms", 1, None).rows[0].duration == "0.10"


def test_an_unknown_sort_is_by_number() -> None:
    """What somebody wrote into the address breaks nothing."""
    table = table_of(lantern.report().trace, "", "drop table", 1, 3)
    assert [row.n for row in table.rows[:3]] == [1, 2, 3]
    assert [row.n for row in table.rows if row.selected] == [3]


def test_long_tables_come_in_pages() -> None:
    """150 rows each, and the last page ends."""
    trace = lantern.repeated(PAGE_ROWS + 20).trace
    first, last = (table_of(trace, "", "n", page, None) for page in (1, 7))
    assert (len(first.rows), first.earlier, first.later, first.range) == (150, None, 2, "1 to 150 of 170")
    assert (len(last.rows), last.earlier, last.later) == (20, 1, None)


def test_the_filter_holds_for_the_table_too() -> None:
    """Two statements name the table."""
    assert [row.n for row in table_of(lantern.report().trace, "viewcount", "n", 1, None).rows] == [5, 6]
    assert table_of(lantern.report().trace, "nowhere", "n", 1, None).nothing_matches


def test_columns_have_one_entry_a_span_and_only_measured_phases() -> None:
    """Columns, not objects; a phase that one span lacks is 0 there."""
    spans = (
        b.span(1, phases=Phases(execute_ms=1.0, fetch_ms=0.5)),
        b.span(2),
        b.span(3, error="boom", transaction=4),
    )
    columns = columns_of(b.trace(spans=spans), "")
    assert (columns.n, columns.start, columns.duration) == ([1, 2, 3], [10.0, 20.0, 30.0], [1.5, 1.5, 1.5])
    assert columns.phases == {"p-execute": [1.0, 1.5, 1.5], "p-fetch": [0.5, 0.0, 0.0]}
    assert (columns.failed, columns.transaction) == ([2], {2: 4})


def test_columns_name_the_rows_of_the_timeline() -> None:
    """The browser finds the spans of a row by its id."""
    trace = lantern.report().trace
    columns = columns_of(trace, "review")
    ids = {row.id for row in timeline_of(trace, "site", "review", None).rows}
    assert {kind.site for kind in columns.kinds} <= ids
    assert len(columns.n) == 101


def test_columns_begin_where_the_bar_begins() -> None:
    """Construction and compilation come before the statement; a phase without time has no part of the bar."""
    phases = Phases(construct_ms=1.0, compile_ms=2.0, execute_ms=1.5, hydrate_ms=0.0004)
    columns = columns_of(b.trace(spans=(b.span(1, phases=phases),)), "")
    assert (columns.start, columns.duration, columns.ms) == ([7.0], [4.5], ["4.50"])
    assert list(columns.phases) == ["p-construct", "p-compile", "p-execute", "p-hydrate"]
    assert columns.phases["p-hydrate"] == [0.001]


def test_the_table_has_a_column_for_each_measured_phase() -> None:
    """What the bars show stands in numbers, too; execution is named for both where nobody told them apart."""
    sqlite = {"vendor": "sqlite", "load": "queryset"}
    spans = (
        b.span(1, phases=Phases(compile_ms=0.5, execute_ms=1.5), **sqlite),
        b.span(2, phases=Phases(compile_ms=2.0, execute_ms=1.5), **sqlite),
    )
    table = table_of(b.trace(spans=spans), "", "-compile", 1, None)
    names = [column.name for column in table.columns]
    assert names == [
        "No.",
        "Statement",
        "Call site",
        "Start, ms",
        "ms",
        "Compile",
        "Execute, fetch",
        "Rows",
        "Alias",
    ]
    assert [(row.n, row.duration, row.phases) for row in table.rows] == [
        (2, "3.50", ("2.00", "1.50")),
        (1, "2.00", ("0.50", "1.50")),
    ]
