"""Every page of the map shows its planted problem in its queries, and its twin shows the same without it."""

from __future__ import annotations

import re

import pytest
from django.db import connection

from demo.page import Page
from demo.pages import BY_ROUTE, PAGES
from tests.demo.visits import Seen, visit

pytestmark = pytest.mark.usefixtures("shop")

RULES = {
    "n-plus-one",
    "get-in-loop",
    "count-in-loop",
    "duplicate-query",
    "query-in-template",
    "prefetch-defeated",
    "unused-eager-load",
    "unused-columns",
    "missing-index",
    "full-scan",
    "misestimate",
    "slow-query",
    "large-result",
    "raw-sql",
    "write-in-loop",
    "long-transaction",
    "repeated-across-requests",
    "unordered-result",
    "evaluated-twice",
    "count-then-load",
    "truth-by-load",
    "query-everywhere",
}


def pair(route: str) -> tuple[Seen, Seen]:
    page = BY_ROUTE[route]
    return visit(page, page.url), visit(page, page.fixed_url)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.route)
def test_a_page_and_its_twin_show_the_same(page: Page) -> None:
    """Both answer, with the same text in their main part, and there is some."""
    planted, fixed = visit(page, page.url), visit(page, page.fixed_url)
    assert planted.status == fixed.status == (302 if "stock" in page.route else 200)
    assert planted.content == fixed.content
    assert len(planted.content) > 50


def test_the_map_plants_every_rule_that_a_page_can_show() -> None:
    """Only what needs two requests at once or a broken connection is missing."""
    assert {page.rule for page in PAGES} == RULES


REPEATING = [
    page
    for page in PAGES
    if page.rule in {"n-plus-one", "get-in-loop", "count-in-loop", "prefetch-defeated", "write-in-loop"}
    or page.route == "orders/lines/"
]


@pytest.mark.parametrize("page", REPEATING, ids=lambda page: page.route)
def test_a_loop_repeats_one_statement_and_its_twin_repeats_none(page: Page) -> None:
    """The planted page runs one shape of statement at least ten times, the twin runs each once."""
    planted, fixed = visit(page, page.url), visit(page, page.fixed_url)
    assert planted.most_repeated() >= 10
    assert fixed.most_repeated() == 1
    assert len(planted.statements) - len(fixed.statements) >= 9


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.route)
def test_a_twin_asks_little(page: Page) -> None:
    """No twin needs more than a handful of statements, and never more than its planted page."""
    planted, fixed = visit(page, page.url), visit(page, page.fixed_url)
    assert len(fixed.statements) <= min(6, len(planted.statements))


@pytest.mark.parametrize(
    ("route", "words", "times"),
    [
        ("books/publishers/", ["SELECT", "FROM {catalog_publisher}"], 20),
        ("cart/", ["FROM {orders_cart}"], 3),
    ],
)
def test_duplicates_are_the_very_same_statement(route: str, words: list[str], times: int) -> None:
    """A duplicate runs with the same parameters, so the captured text is equal."""
    planted, fixed = pair(route)
    words = [quoted(word) for word in words]
    # A server-side cursor has a new name each time.
    same = [
        re.sub(r"^DECLARE \S+ ", "", sql) for sql in planted.statements if all(word in sql for word in words)
    ]
    assert len(same) == times
    assert len(set(same)) == 1
    assert fixed.count(*words) == 1


@pytest.mark.parametrize(
    ("route", "word", "planted_times", "fixed_times"),
    [
        ("books/titles/", "{sample}", 1, 0),
        ("books/new/", "{catalog_genre}", 1, 0),
        ("books/window/", "FROM {catalog_book}", 2, 1),
        ("books/forthcoming/", "COUNT(*)", 1, 0),
        ("books/bestsellers/", "SELECT id, title, slug, views", 1, 0),
        ("books/ranking/", "COUNT(", 1, 0),
        ("books/of-the-month/", "SELECT", 1, 0),
        ("publishers/", "ORDER BY", 0, 1),
        ("reviews/by-reader/", "{reader_slug} = ", 0, 1),
        ("reviews/day/", "{created_at} >= ", 0, 1),
        ("reviews/summary/", "GROUP BY", 0, 1),
        ("reviews/any/", "{text}", 1, 0),
        ("orders/abroad/", "{currency} = ", 1, 0),
        ("about/", "SUM(", 1, 0),
    ],
)
def test_the_statement_that_tells_them_apart(
    route: str, word: str, planted_times: int, fixed_times: int
) -> None:
    """What is planted can be read off the SQL, and is gone from the twin's."""
    planted, fixed = pair(route)
    assert planted.count(quoted(word)) == planted_times
    assert fixed.count(quoted(word)) == fixed_times


@pytest.mark.parametrize("route", ["reviews/by-reader/", "reviews/day/"])
def test_an_index_serves_the_twin_only(route: str) -> None:
    """SQLite's planner walks through all reviews for the planted page and searches an index for the twin."""
    if connection.vendor != "sqlite":
        pytest.skip("other planners read a table as small as this one from end to end anyway")
    planted, fixed = (plan_of(seen.statements[0]) for seen in pair(route))
    assert "SCAN catalog_review" in planted
    assert "SEARCH catalog_review USING INDEX" in fixed


def plan_of(statement: str) -> str:
    """Return the steps of a statement's plan, joined."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {statement}")
        return "; ".join(row[-1] for row in cursor.fetchall())


def quoted(text: str) -> str:
    """Return ``text`` with its ``{name}`` as this database quotes it."""
    mark = connection.ops.quote_name("x")[0]
    return text.replace("{", mark).replace("}", mark)
