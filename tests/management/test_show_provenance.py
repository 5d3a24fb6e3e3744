"""``queryscope show`` tells of phases, build sites, origins, connections, and of what recording cost and left out."""

from __future__ import annotations

from queryscope.profiler.store import Store
from queryscope.profiler.trace import AliasTotals, FieldSite, Origin, Phases, Truncated
from tests import builders as b
from tests.management.conftest import Run


def append(store: Store, **changes: object) -> None:
    store.append([b.report(**changes)])


def test_a_statement_is_shown_with_where_it_came_from(run: Run, store: Store) -> None:
    """Build sites from the first to the last, the relation and its rows, the field, and what recorded sources were worth."""
    built = b.call_site("catalog/views.py", 30, function="book_list", source_changed=True)
    origin = Origin(id=1, parent=None, root=1, model="catalog.Book", path="", build_sites=(built,), span=3)
    load = b.span(
        4,
        load="forward",
        relation="author",
        origin=origin,
        field_site=FieldSite(kind="serializer", owner="catalog.api.BookSerializer", path="author"),
    )
    listed = b.span(3, build_sites=(built, b.call_site(line=31)), load="queryset", fingerprint="other")
    append(store, spans=(listed, load))
    lines = [line.strip() for line in run("show", "last", "--sql").splitlines()]
    changed = "built at catalog/views.py:30  book_list, the file had changed since it was loaded"
    assert [line for line in lines if "built" in line] == [changed, changed]
    assert "then at catalog/views.py:31  BookListView.get" in lines
    assert "follows Book.author from one row" in lines
    assert "from rows of catalog.Book, statement no. 3" in lines
    assert "for serializer BookSerializer, field author" in lines


def test_phases_are_named_as_far_as_they_were_measured(run: Run, store: Store) -> None:
    """Of the whole request and of a statement; one number for two phases is called so."""
    phases = Phases(construct_ms=0.1, compile_ms=0.2, execute_ms=1.5, hydrate_ms=0.3)
    append(
        store,
        spans=(b.span(1, vendor="sqlite", load="queryset", phases=phases, rows=3, columns=4, bytes=1_200),),
        phases=phases,
    )
    text = run("show", "last")
    words = "construction 0.10, compilation 0.20, execution and fetch 1.50, hydration 0.30"
    assert f"phases: {words} ms" in text
    assert f"2.10 ms  no. 1, 3 rows of 4 columns, about 1.20 kB\n      phases {words}" in text


def test_what_sets_a_connection_up_is_no_query(run: Run, store: Store) -> None:
    """It has a line of its own, and its database says how long opening took."""
    totals = AliasTotals(
        vendor="postgresql", server_version="16.4", queries=1, db_ms=1.5, connects=1, connect_ms=3.1
    )
    spans = (b.span(1, connecting=True), b.span(2))
    append(store, spans=spans, queries=1, by_alias={"default": totals})
    text = run("show", "last")
    assert "connection set up: 1 statement, 1.50 ms, not counted among the queries" in text
    assert "database default: postgresql 16.4, 1 query, 1.50 ms, 1 connection opened in 3.10 ms" in text
    assert "      1      1.50  catalog/views.py:34" in text
    assert "no. 1, 1 row, sets the connection up" in run("show", "last", "--sql")


def test_limits_are_named_with_what_they_cut(run: Run, store: Store) -> None:
    """The setting and its value."""
    append(store, truncated=Truncated(sql=2, params=1, stacks=3, lanes=4))
    text = run("show", "last")
    assert "the SQL text of 2 statements, by MAX_SQL_CHARS (100,000)" in text
    assert "the parameters of 1 statement, by MAX_PARAMETERS (100)" in text
    assert "the stack of 3 statements, by MAX_STACK_FRAMES (100)" in text
    assert "4 stretches of views and templates, of which a trace keeps the first." in text
