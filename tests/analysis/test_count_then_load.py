"""count-then-load: rows that are counted and loaded, rows loaded to be counted, and where both are right."""

from __future__ import annotations

import pytest

from queryscope.profiler.analysis.rules.count_then_load import RULE
from queryscope.profiler.trace import Span
from tests.analysis.querysets import BOOKS, COUNTED, asked, findings, loaded, written
from tests.builders import call_site, frame, parameter, template_site

ORM = frame("django/db/models/query.py", 1, library=True, function="QuerySet.count")
ADMIN = frame("django/contrib/admin/views/main.py", 5, library=True, function="ChangeList.get_results")
PAGES = frame("django/core/paginator.py", 5, library=True, function="Paginator.count")
ALL = 'SELECT "catalog_book"."id" FROM "catalog_book"'


def counted(n: int = 1, sql: str = COUNTED, **changes: object) -> Span:
    return asked(n, sql, **changes)


def test_the_load_tells_the_number() -> None:
    """What could be saved is the count."""
    (found,) = findings(RULE, counted(1, duration_ms=2.0), loaded(2, duration_ms=90.0))
    assert (found.rule, found.severity, found.spans, found.cost_ms) == (
        "count-then-load",
        "medium",
        (1, 2),
        2.0,
    )
    assert (found.advice.code, found.advice.diff) == (None, None)
    assert "keep them in a list there" in found.advice.summary
    assert "60 rows" in found.why


FOUND: dict[str, tuple[Span, ...]] = {
    "loaded before it is counted": (loaded(1), counted(2)),
    "in another order": (counted(1), loaded(2, sql=f'{BOOKS} ORDER BY "catalog_book"."id" ASC')),
    "without a condition": (counted(1, 'SELECT COUNT(*) AS "__count" FROM "catalog_book"'), loaded(2, sql=ALL)),
    "as values": (counted(1), loaded(2, values=True)),
    "with a join for its rows": (
        counted(1),
        loaded(2, joined=("author",), sql=BOOKS.replace("WHERE", 'INNER JOIN "author" ON ("author"."id" = "author_id") WHERE')),
    ),
    "with an annotation before the condition": (
        counted(1),
        loaded(2, sql=BOOKS.replace(" FROM", ", %s AS x FROM"), params=(parameter("1"), parameter("in print", "str"))),
    ),
    "of one row's relation": (counted(1, load="many"), loaded(2, load="many", relation="books")),
    "a write to another table in between": (counted(1), written(2, "django_session"), loaded(3)),
    "of distinct rows": (
        counted(1, f"SELECT COUNT(*) FROM ({BOOKS.replace('SELECT', 'SELECT DISTINCT')}) subquery"),
        loaded(2, sql=BOOKS.replace("SELECT", "SELECT DISTINCT")),
    ),
    "by two counts": (counted(1), counted(2), loaded(3)),
}  # fmt: skip


@pytest.mark.parametrize("spans", FOUND.values(), ids=FOUND)
def test_found(spans: tuple[Span, ...]) -> None:
    """The rows are the same."""
    (found,) = findings(RULE, *spans)
    assert set(found.spans) == {span.n for span in spans if span.kind == "select"}


TAGS = {
    "<b>{{ books.count }}</b>": "<b>{{ books|length }}</b>",
    "{% if shelf.books.count > 3 %}": "{% if shelf.books|length > 3 %}",
    "{% with number=books.count %}": "{% with number=books|length %}",
    "{{ books.count }} of {{ books.count }}": None,
    "{{ number }}": None,
}


def test_a_template_gets_the_filter_for_it() -> None:
    """It cannot call len(); a tag that cannot be read is told in words, without a name that it does not have."""
    for source, code in TAGS.items():
        site = template_site(source=source)
        (found,) = findings(RULE, counted(1, template_site=site, via_template=True), loaded(2))
        assert found.advice.code == code
        assert "length filter" in found.advice.summary


def test_far_apart_it_is_low() -> None:
    """One place would have to know of the other."""
    (found,) = findings(RULE, counted(1, call_site=call_site("catalog/menu.py", function="badge")), loaded(2))
    assert found.severity == "low"


def test_one_line_is_one_finding() -> None:
    """A function that counts and loads is called for each key."""
    values = [(parameter(str(key)),) for key in (1, 2)]
    pairs = (
        (counted(2 * n + 1, params=value), loaded(2 * n + 2, params=value)) for n, value in enumerate(values)
    )
    (found,) = findings(RULE, *(span for pair in pairs for span in pair))
    assert (found.spans, found.cost_ms) == ((1, 2, 3, 4), 3.0)


SILENT: dict[str, tuple[Span, ...]] = {
    "a page of them": (counted(1), loaded(2, sql=f"{BOOKS} LIMIT 20")),
    "another condition": (counted(1), loaded(2, sql=f'{BOOKS} AND "catalog_book"."price" > 3')),
    "another value": (counted(1), loaded(2, params=(parameter("sold out", "str"),))),
    "another database": (counted(1), loaded(2, alias="replica")),
    "a write in between": (counted(1), written(2), loaded(3)),
    "handed on by iterator(), which has no length": (counted(1), loaded(2, iterator=True)),
    "distinct values, which may be fewer": (
        counted(1, f"SELECT COUNT(*) FROM ({BOOKS.replace('SELECT', 'SELECT DISTINCT')}) subquery"),
        loaded(2, sql=BOOKS.replace("SELECT", "SELECT DISTINCT"), values=True),
    ),
    "rows that are distinct": (counted(1), loaded(2, sql=BOOKS.replace("SELECT", "SELECT DISTINCT"))),
    "groups": (counted(1), loaded(2, sql=f'{BOOKS} GROUP BY "catalog_book"."author_id"')),
    "locked rows": (counted(1), loaded(2, sql=f"{BOOKS} FOR UPDATE")),
    "another table joined by a filter": (
        counted(1), loaded(2, sql=BOOKS.replace("WHERE", 'INNER JOIN "g" ON ("g"."book_id" = "id") WHERE'))
    ),
    "exists(), then the load": (asked(1, f'SELECT 1 AS "a" FROM {COUNTED.split("FROM ")[1]} LIMIT 1'), loaded(2)),
    "a guard against too many": (
        counted(1, call_site=call_site(source="if books.count() > MOST:", function="book_list")), loaded(2)
    ),
    "the admin counts, then shows all": (counted(1, stack=(ORM, ADMIN)), loaded(2)),
    "a paginator counts": (counted(1, stack=(ORM, PAGES)), loaded(2)),
    "a loop that waits": (counted(1, call_site=call_site(loop="while True:")), loaded(2)),
    "count alone": (counted(1), counted(2)),
    "another table": (counted(1), loaded(2, tables=("catalog_author",), sql=ALL.replace("book", "author"))),
    "values that are not whole": (counted(1), loaded(2, params=(parameter("in print", "str", truncated=True),))),
}  # fmt: skip


@pytest.mark.parametrize("spans", SILENT.values(), ids=SILENT)
def test_silent(spans: tuple[Span, ...]) -> None:
    """Each name says why nothing is to be said."""
    assert findings(RULE, *spans) == []


def test_whether_there_is_one_is_no_guard() -> None:
    """The rows are loaded whenever there are any."""
    site = call_site(source="if books.count() > 0:", function="book_list")
    assert len(findings(RULE, counted(1, call_site=site), loaded(2))) == 1


@pytest.mark.parametrize(
    "span",
    [
        loaded(1, "counted"),
        loaded(1, "counted", values=True),
        loaded(1, "counted", "tested"),
        loaded(1, "counted", load="many", relation="books"),
        loaded(1, "counted", rows=30_000, bytes=9_000_000),
    ],
)
def test_rows_that_are_loaded_to_be_counted(span: Span) -> None:
    """len() of a queryset loads it."""
    (found,) = findings(RULE, span)
    assert (found.severity, found.advice.code) == ("medium", ".count()")


@pytest.mark.parametrize(
    "span",
    [
        loaded(1, "iterated", "counted"),
        loaded(1, "counted", "sliced"),
        loaded(1, "counted", "other"),
        loaded(1, "counted", kept=True),
        loaded(1, "counted", rows=0),
        loaded(1, "counted", stack=(ORM, ADMIN)),
    ],
)
def test_len_is_right_where_the_rows_are_wanted(span: Span) -> None:
    """Gone through as well, cut, kept, not there, or not the application's."""
    assert findings(RULE, span) == []
