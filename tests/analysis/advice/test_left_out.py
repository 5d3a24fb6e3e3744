"""What the statements of a loop tell of a relation's manager, and that no annotation is printed where they do not tell."""

from __future__ import annotations

import pytest

from queryscope.profiler.analysis.rules.count_in_loop import RULE
from queryscope.profiler.trace import Span
from tests.analysis.rows import COUNT, EXISTS, FIRST, SUM, each, fetched, findings, looping
from tests.builders import parameter

KEY = '"catalog_review"."book_id" = %s'


def advised(sql: str, line: str = "book.reviews.count()") -> str:
    """Return the code for a loop whose parents differ by the parameter of their key alone."""
    keys = sql.partition(KEY)[0].count("%s")
    spans: list[Span] = []
    for span in each(12, "reviews", "many", sql=sql, call_site=looping(line)):
        params = [parameter("same")] * sql.count("%s")
        params[keys] = parameter(str(span.n))
        values = {name: getattr(span, name) for name in span.__struct_fields__}
        spans.append(Span(**values | {"params": tuple(params)}))
    (found,) = findings(RULE, [fetched(), *spans])
    return found.advice.code or ""


def chosen(sql: str, condition: str, after: str = "") -> str:
    """Return a statement with a condition of the manager before the key, and one of the line behind it."""
    return sql.replace(KEY, f"({condition}{' AND ' if condition else ''}{KEY}{after})")


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ('"catalog_review"."removed" IS NULL', "review__removed__isnull=True"),
        ('"catalog_review"."shown_on" IS NOT NULL', "review__shown_on__isnull=False"),
        ('NOT "catalog_review"."hidden"', "review__hidden=False"),
        ('NOT ("catalog_review"."hidden")', "review__hidden=False"),
        ('"catalog_review"."shown"', "review__shown=True"),
    ],
)
def test_a_manager_s_condition_is_said(condition: str, said: str) -> None:
    """Where it is the same for every request: a state, and no value."""
    assert f'Count("review", filter=Q({said}))' in advised(chosen(COUNT, condition))
    total = advised(chosen(SUM, condition), 'book.reviews.aggregate(s=Sum("stars"))["s"]')
    assert f'Sum("review__stars", filter=Q({said}))' in total


@pytest.mark.parametrize(
    "condition",
    [
        '"catalog_review"."site_id" = %s',
        '("catalog_review"."a" IS NULL OR "catalog_review"."b" IS NULL)',
        '"catalog_book"."removed" IS NULL',
        'NOT ("catalog_review"."hidden" AND "catalog_review"."hidden" IS NOT NULL)',
        'EXISTS(SELECT 1 AS "a" FROM "x" U0 WHERE U0."y" = ("catalog_review"."id") LIMIT 1)',
        '"catalog_review"."at" BETWEEN %s AND %s',
    ],
)
def test_what_cannot_be_said_is_not_printed(condition: str) -> None:
    """A value may be this visitor's, a condition of another table need not be one of the relation's rows."""
    assert advised(chosen(COUNT, condition)) == ""
    assert advised(chosen(SUM, condition), 'book.reviews.aggregate(s=Sum("stars"))["s"]') == ""
    # The default manager asks by itself.
    assert "Exists(Review.objects.filter(book=OuterRef" in advised(
        chosen(EXISTS, condition), "book.reviews.exists()"
    )
    assert "Review.objects" in advised(chosen(FIRST, condition), "book.reviews.first()")


@pytest.mark.parametrize(
    ("sql", "line"),
    [
        (COUNT, "book.reviews.published().count()"),
        (EXISTS, "book.reviews.published().exists()"),
        (FIRST, "book.reviews.published().first()"),
        (FIRST, "book.reviews.filter(stars=5).filter(shown=True).first()"),
        (SUM, 'book.reviews.published().aggregate(s=Sum("stars"))["s"]'),
    ],
)
def test_a_method_that_chooses_is_no_plain_question(sql: str, line: str) -> None:
    """A method of the manager's chooses by what only the statement shows: all rows would be another answer."""
    shown = ' AND "catalog_review"."stars" = %s' if "filter(" in line else ""
    sql = chosen(sql, "", f'{shown} AND "catalog_review"."shown"')
    assert advised(sql, line) == ""


def test_groups_that_are_chosen() -> None:
    """What HAVING leaves out is in no condition."""
    inner = f'SELECT DISTINCT "catalog_review"."id" FROM "catalog_review" WHERE {KEY}'
    assert 'Count("review", distinct=True)' in advised(f"SELECT COUNT(*) FROM ({inner}) subquery")
    having = EXISTS.replace(" LIMIT 1", " GROUP BY 1 HAVING COUNT(1) > %s LIMIT 1")
    assert advised(having, "book.reviews.exists()") == ""
