"""The drawer as a value: place in the group, parameters, facts, phases and stack of one query."""

from __future__ import annotations

import pytest

from queryscope.dashboard.presentation.request.drawer import Drawer, drawer_of
from queryscope.profiler.config import Config
from queryscope.profiler.report import Report
from queryscope.profiler.trace import Phases, TemplateLine, Transaction
from tests import builders as b
from tests.dashboard import lantern


def drawer(report: Report, n: int = 1) -> Drawer:
    return drawer_of(report, n, Config())


def test_it_knows_its_place_in_the_group() -> None:
    """72 / 100, with the numbers of its neighbours."""
    found = drawer(lantern.report(), 100)
    assert (found.title, found.position) == ("100 queries, one pattern", "44 / 100")
    assert (found.previous, found.next) == (98, 102)


def test_a_query_that_is_alone_is_named_by_its_statement() -> None:
    """And has neither place nor neighbours."""
    found = drawer(lantern.report(), 8)
    assert (found.title, found.position) == ("SELECT catalog_book", "")
    assert (found.previous, found.next, found.group_count) == (None, None, "")


def test_a_number_without_a_span_is_an_error() -> None:
    """The view answers 404."""
    with pytest.raises(LookupError):
        drawer(lantern.report(), 5_000)


def test_parameters_say_what_is_masked_cut_and_left_out() -> None:
    """Each in words, with the size that was."""
    params = (
        b.parameter("2117"),
        b.parameter("p:9f3a", type="str", masked=True, name="password"),
        b.parameter("x" * 1000, type="str", truncated=True, bytes=10_485_760),
        b.parameter(None, type="NoneType"),
    )
    found = drawer(b.report(spans=(b.span(1, params=params, params_total=500),))).parameters
    assert [(row.label, row.masked) for row in found.rows] == [
        ("%s 1", False),
        ("password %s 2", True),
        ("%s 3", False),
        ("%s 4", False),
    ]
    assert found.rows[1].remark == "str · masked, equal values have equal marks"
    assert found.rows[2].remark == "str · first 1,000 characters of 10.5 MB"
    assert found.rows[3].text == "NULL"
    assert found.left_out == "496 more left out: MAX_PARAMETERS is 100."


def test_repeats_in_the_group_are_counted() -> None:
    """Equal parameters are the same question asked again."""
    spans = tuple(b.span(n, params=(b.parameter(str(n % 3)),)) for n in range(1, 6))
    assert drawer(b.report(spans=spans)).parameters.spread == "3 distinct in the 5 queries, 2 repeats"


def test_facts_are_those_that_are_known() -> None:
    """Rows, server, batch, model and the transaction with the query's place in it."""
    transaction = Transaction(
        n=1, alias="default", savepoint=None, start_ms=1, duration_ms=5.4, end="committed", spans=(7, 1)
    )
    span = b.span(1, kind="insert", batch=500, rows=500, transaction=1, model="catalog.Book")
    facts = drawer(b.report(spans=(span,), transactions=(transaction,))).facts
    assert [(fact.name, fact.value, fact.remark) for fact in facts] == [
        ("Rows", "500", "changed"),
        ("Alias", "default", "PostgreSQL 16.4"),
        ("Batch", "500 parameter sets", "executemany; the first is shown"),
        ("Model", "catalog.Book", ""),
        ("Transaction", "BEGIN → COMMIT", "5.40 ms, statement 2 of 2"),
    ]
    assert [fact.name for fact in drawer(b.report(spans=(b.span(1, rows=None),))).facts] == ["Alias"]


def test_phases_are_of_this_query_and_of_its_group() -> None:
    """Only what was measured; shares are of the group's time."""
    spans = tuple(
        b.span(n, duration_ms=float(n), phases=Phases(compile_ms=1.0, execute_ms=float(n))) for n in (1, 2, 3)
    )
    rows = drawer(b.report(spans=spans), 2).phases
    assert [(row.css, row.this, row.all, row.percent, row.median, row.max) for row in rows] == [
        ("p-compile", "1.00", "3.00", "33", "1.00", "1.00"),
        ("p-execute", "2.00", "6.00", "67", "2.00", "3.00"),
    ]


def test_execution_and_fetch_in_one_number_are_named_so() -> None:
    """As on SQLite; where fetching was told apart, or there is nothing to fetch, execution stands alone."""
    both = drawer(b.report(spans=(b.span(1, vendor="sqlite", load="queryset"),)))
    assert [row.name for row in both.phases] == ["Execution and fetch"]
    assert both.unmeasured.startswith("Execution and fetch are one number")
    apart = b.span(
        1, duration_ms=3.0, phases=Phases(execute_ms=2.0, fetch_ms=1.0, hydrate_ms=0.5), load="queryset"
    )
    found = drawer(b.report(spans=(apart,)))
    assert [row.name for row in found.phases] == ["Database execution", "Fetch", "Hydration"]
    assert found.unmeasured == ""
    write = drawer(b.report(spans=(b.span(1, vendor="sqlite", load="queryset", kind="update"),)))
    assert [row.name for row in write.phases] == ["Database execution"]


def test_a_cursor_that_nobody_read() -> None:
    """Its execution is not called fetching, on any database; what was read on SQLite is in one number with it."""
    for vendor, rows in (("sqlite", None), ("postgresql", 3)):
        found = drawer(b.report(spans=(b.span(1, vendor=vendor, rows=rows),)))
        assert [row.name for row in found.phases] == ["Database execution"]
        assert found.unmeasured.startswith("Fetching was not measured")
    read = drawer(b.report(spans=(b.span(1, vendor="sqlite", rows=3),)))
    assert [row.name for row in read.phases] == ["Execution and fetch"]


def test_hydration_between_the_lines_of_the_application_is_not_called_zero() -> None:
    """A queryset read by .iterator() has no number for it, and the drawer says why."""
    span = b.span(1, duration_ms=3.0, phases=Phases(execute_ms=2.0, fetch_ms=1.0), load="queryset", rows=500)
    assert ".iterator()" in drawer(b.report(spans=(span,))).unmeasured


def test_rows_columns_and_bytes_are_one_fact() -> None:
    """How large the answer was."""
    span = b.span(1, rows=100, columns=31, bytes=148_000)
    fact = drawer(b.report(spans=(span,))).facts[0]
    assert (fact.name, fact.value, fact.remark) == ("Rows", "100 × 31 columns", "about 148 kB of values")


def test_unmeasured_phases_are_not_called_database_time() -> None:
    """The duration stands alone, under its own name."""
    rows = drawer(b.report(spans=(b.span(1, phases=Phases()),))).phases
    assert [(row.name, row.this) for row in rows] == [("Statement, phases not measured", "1.50")]


def test_cut_sql_says_how_much_there_was() -> None:
    """With the setting that cut it."""
    found = drawer(b.report(spans=(b.span(1, sql="SELECT 1", sql_length=1_000_000),)))
    assert found.sql_cut == "8 of 1,000,000 characters were kept: MAX_SQL_CHARS is 100,000."


def test_the_stack_folds_library_frames_and_leads_through_the_templates() -> None:
    """Template node, what included it, then the frames, innermost first."""
    chain = (TemplateLine(name="base.html", file=None, line=9, source="{% block content %}"),)
    span = b.span(1, template_site=b.template_site(chain=chain), stack_truncated=True)
    stack = drawer(b.report(spans=(span,))).stack
    assert [(row.function, row.location, row.library) for row in stack.rows] == [
        ("render catalog/book_list.html", "line 24", False),
        ("from base.html", "line 9", False),
        ("BookListView.get", "catalog/views.py:34", False),
        ("_get_response", "django/core/handlers/base.py:197", True),
    ]
    assert stack.unfold == "Show 1 library frame"
    assert stack.note == "Outer frames are left out: MAX_STACK_FRAMES is 100."


def test_the_nearer_source_comes_first() -> None:
    """The template line where the template is nearer, else the application's line."""
    near = b.span(1, template_site=b.template_site(), via_template=True)
    far = b.span(1, template_site=b.template_site())
    assert [part.template for part in drawer(b.report(spans=(near,))).provenance.run.excerpts] == [
        True,
        False,
    ]
    assert [part.template for part in drawer(b.report(spans=(far,))).provenance.run.excerpts] == [False, True]
