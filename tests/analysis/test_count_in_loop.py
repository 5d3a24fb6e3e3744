"""count-in-loop: numbers, answers yes or no and single rows asked for row by row, and loops that are as short as they look."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from queryscope.profiler.analysis.rules.count_in_loop import RULE
from queryscope.profiler.finding import Finding
from queryscope.profiler.trace import Span
from tests.analysis.rows import (
    BUILT,
    COUNT,
    EXISTS,
    FIRST,
    SUM,
    TEXTS,
    VIEW,
    each,
    fetched,
    findings,
    looping,
    repeated,
)
from tests.analysis.stacks import NODE, ORM, SHORTCUT, library
from tests.builders import call_site, template_site

BY_AUTHOR = 'SELECT COUNT(*) AS "__count" FROM "catalog_book" WHERE "catalog_book"."author_id" = %s'
BY_STATUS = 'SELECT COUNT(*) AS "__count" FROM "catalog_book" WHERE "catalog_book"."status" = %s'
ANY = 'SELECT 1 AS "a" FROM "catalog_book" WHERE "catalog_book"."slug" = %s LIMIT 1'
COUNTS = looping("Book.objects.filter(author_id=pk).count()", "for pk in pks:")


def only(*spans: Span) -> Finding:
    (found,) = findings(RULE, spans)
    return found


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        (COUNT, "counted"),
        (EXISTS, "checked by exists()"),
        (FIRST, "asked for one row"),
        (SUM, "summed up"),
        (
            'SELECT COUNT(*) FROM (SELECT DISTINCT "a" FROM "catalog_review" WHERE "book_id" = %s) subquery',
            "counted",
        ),
    ],
)
def test_of_a_relation(sql: str, words: str) -> None:
    """A row of a queryset is behind each of them: certain from the second one on."""
    found = only(fetched(), *each(12, "reviews", "many", sql=sql))
    assert found.title == f"Book.reviews {words} 12 times, once per row"
    assert (found.severity, found.path, found.build_site) == ("high", "reviews", BUILT[0])


def test_a_count_is_annotated_by_the_name_of_the_query() -> None:
    """``Count("reviews")`` would fail where the relation's name in a filter is another one."""
    advice = only(fetched(), *each(12, "reviews", "many", sql=COUNT)).advice
    assert '.annotate(reviews_count=Count("review"))' in (advice.code or "")


def test_exists_is_annotated() -> None:
    """With the foreign key that the statement names."""
    advice = only(fetched(), *each(12, "reviews", "many", sql=EXISTS)).advice
    assert '.annotate(has_reviews=Exists(Review.objects.filter(book=OuterRef("pk"))))' in (advice.code or "")


def test_the_first_row_is_prefetched() -> None:
    """In the order of the statement, cut to one."""
    advice = only(fetched(), *each(12, "reviews", "many", sql=FIRST)).advice
    assert 'Prefetch("reviews", queryset=Review.objects.order_by("id")[:1], to_attr="first_reviews")' in (
        advice.code or ""
    )


def test_a_choice_is_counted_by_a_condition() -> None:
    """The conditions of the line, where they are fixed; a prefetch of the choice where they depend on the row."""
    sql = COUNT + ' AND "catalog_review"."stars" = %s'
    fixed = each(12, "reviews", "many", sql=sql, call_site=looping("book.reviews.filter(stars=5).count()"))
    assert 'reviews_count=Count("review", filter=Q(review__stars=5))' in (
        only(fetched(), *fixed).advice.code or ""
    )
    for line in (
        "book.reviews.filter(stars=book.best).count()",
        "book.reviews.filter(stars=5).exclude(stars=1).count()",
    ):
        loads = each(12, "reviews", "many", sql=sql, call_site=looping(line))
        assert "Count(" not in (only(fetched(), *loads).advice.code or "")


def test_whether_there_is_a_choice() -> None:
    """The conditions go into the inner query."""
    sql = EXISTS.replace(" LIMIT", ' AND "catalog_review"."stars" = %s LIMIT')
    loads = each(12, "reviews", "many", sql=sql, call_site=looping("book.reviews.filter(stars=5).exists()"))
    code = only(fetched(), *loads).advice.code or ""
    assert 'Exists(Review.objects.filter(book=OuterRef("pk"), stars=5))' in code


def test_contains_asks_what_was_prefetched() -> None:
    """Whether there is any row would be another question."""
    loads = each(12, "reviews", "many", sql=EXISTS, call_site=looping("book.reviews.contains(review)"))
    assert only(fetched(), *loads).advice.code == '.prefetch_related("reviews")'


def test_a_sum_is_annotated() -> None:
    """Unless a join multiplies the rows that would be summed up."""
    loads = each(12, "reviews", "many", sql=SUM)
    assert 'reviews_stars=Sum("review__stars")' in (only(fetched(), *loads).advice.code or "")
    joined = fetched(sql='SELECT "a"."id" FROM "a" INNER JOIN "b" ON ("a"."id" = "b"."a_id")')
    assert "Sum(" not in (only(joined, *loads).advice.code or "")


def test_the_first_of_a_choice_is_prefetched() -> None:
    """With its conditions."""
    sql = FIRST.replace(" ORDER", ' AND "catalog_review"."stars" = %s ORDER')
    loads = each(12, "reviews", "many", sql=sql, call_site=looping("book.reviews.filter(stars=5).first()"))
    code = only(fetched(), *loads).advice.code or ""
    assert 'queryset=Review.objects.filter(stars=5).order_by("id")[:1], to_attr="first_reviews"' in code


def test_in_a_template() -> None:
    """``{{ author.books.count }}``."""
    rendered: dict[str, Any] = {
        "template_site": template_site(source="{{ book.reviews.count }}"), "via_template": True, "stack": (*ORM, *NODE, *SHORTCUT),
    }  # fmt: skip
    assert (
        "catalog/book_list.html:24"
        in only(fetched(), *each(12, "reviews", "many", sql=COUNT, **rendered)).why
    )


def test_two_questions_are_two_findings() -> None:
    """Their fixes differ."""
    counts = each(12, "reviews", "many", sql=COUNT)
    anyone = each(12, "reviews", "many", first=20, sql=EXISTS)
    assert len(findings(RULE, [fetched(), *counts, *anyone])) == 2


def test_by_a_line() -> None:
    """Without a row: five numbers, each with its own query."""
    found = only(*repeated(5, BY_AUTHOR, call_site=COUNTS))
    assert found.title == "Book counted 5 times, with another value each time"
    assert "for pk in pks:" in found.why
    code = 'counts = dict(Book.objects.filter(author_id__in=pks).order_by().values_list("author_id").annotate(Count("pk")))'
    assert code in (found.advice.code or "")


def test_words_need_more() -> None:
    """Statuses and codes are often few and fixed."""
    site = looping("Book.objects.filter(slug=slug).exists()", "for slug in slugs:")
    assert only(*repeated(10, ANY, text=True, call_site=site)).count == 10
    assert findings(RULE, repeated(9, ANY, text=True, call_site=site)) == []


def test_texts_that_a_row_has() -> None:
    """A file that is taken in has no fixed words: five times."""
    site = looping('Book.objects.filter(slug=row["slug"]).exists()', "for row in csv.DictReader(file):")
    assert only(*repeated(5, ANY, text=True, call_site=site)).count == 5
    assert findings(RULE, repeated(4, ANY, text=True, call_site=site)) == []
    site = looping('Book.objects.filter(slug=row["slug"]).exists()', "for row in ROWS:")
    assert findings(RULE, repeated(12, ANY, text=True, call_site=site)) == []


def test_awaited() -> None:
    """Who awaits stands in another thread."""
    stack = (
        *ORM,
        library("asgiref/sync.py", "SyncToAsync.__call__"),
        library("django/core/handlers/base.py"),
    )
    assert only(*repeated(6, BY_AUTHOR, call_site=COUNTS, stack=stack)).count == 6


CHOICES = "for status in Book.Status.values:"
SILENT: dict[str, list[Span]] = {
    "one row": [fetched(rows=1), *each(1, "reviews", "many", sql=COUNT)],
    "two rows of a thousand": [fetched(rows=1000), *each(2, "reviews", "many", sql=COUNT)],
    "one row, counted in many ways": [fetched(), *each(12, "reviews", "many", sql=COUNT, parent_row="one")],
    "rows, which n-plus-one judges": [fetched(), *each(12, "reviews", "many")],
    "a loop over choices": repeated(12, BY_STATUS, text=True, call_site=looping("x", CHOICES)),
    "a loop over a literal": repeated(12, BY_STATUS, text=True, call_site=looping("x", 'for s in ("new", "used"):')),
    "a loop over a constant": repeated(12, BY_STATUS, text=True, call_site=looping("x", "for s in settings.STATES:")),
    "a loop over a constant dict": repeated(12, BY_AUTHOR, call_site=looping("x", "for key, name in STATES.items():")),
    "a numbered loop over a constant": repeated(12, BY_AUTHOR, call_site=looping("x", "for n, s in enumerate(STATES, 1):")),
    "a loop over a fixed range": repeated(12, BY_AUTHOR, call_site=looping("x", "for n in range(1, 13):")),
    "four numbers of a dashboard": repeated(4, BY_AUTHOR, call_site=COUNTS),
    "a search for a free name": repeated(12, ANY, text=True, call_site=looping("x", "while taken(slug):")),
    "the same question again": [span for span in repeated(1, BY_AUTHOR, call_site=COUNTS) for _ in range(9)],
    "ranges of a histogram": repeated(
        12, 'SELECT COUNT(*) AS "__count" FROM "catalog_book" WHERE "catalog_book"."price" >= %s', call_site=COUNTS
    ),
    "forms that check for what is unique": repeated(
        12, ANY, text=True, stack=(*ORM, library("django/db/models/base.py", "Model._perform_unique_checks"), VIEW)
    ),
    "a library's own checks": repeated(
        12, ANY, text=True, stack=(*ORM, library("rest_framework/validators.py", "qs_exists"), VIEW)
    ),
    "different lines": [
        span for n in range(12) for span in repeated(1, BY_AUTHOR, call_site=call_site(line=n), site_id=f"s{n}")
    ],
    "sessions": repeated(12, ANY, text=True, tables=("django_session",)),
    "groups of one statement": [
        fetched(), *each(12, "reviews", "many", sql=TEXTS["reviews"].replace("SELECT", "SELECT COUNT(*),") + " GROUP BY 1"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", SILENT)
def test_silent(name: str) -> None:
    """A loop whose length is written down, or that no single statement replaces."""
    assert findings(RULE, SILENT[name]) == []


def test_two_choices_are_two_findings() -> None:
    """One annotation does not answer for both, though their SQL is the same; their problems are not one."""
    sql = COUNT + ' AND "catalog_review"."stars" = %s'
    loads = [
        span
        for n, line in enumerate(
            ("book.reviews.filter(stars=5).count()", "book.reviews.filter(stars=1).count()")
        )
        for span in each(
            12,
            "reviews",
            "many",
            first=2 + 20 * n,
            sql=sql,
            call_site=replace(looping(line), line=40 + n, end_line=40 + n),
        )
    ]
    found = findings(RULE, [fetched(), *loads])
    assert ["stars=5" in (each.advice.code or "") for each in found] == [True, False]
    assert len({each.identity for each in found}) == 2


def test_one_relation_counted_by_two_lines_is_one_finding() -> None:
    """One annotation serves both."""
    loads = each(12, "reviews", "many", sql=COUNT) + each(
        12, "reviews", "many", first=20, sql=COUNT, call_site=call_site(line=50)
    )
    assert only(fetched(), *loads).count == 24
