"""Rows that a loop writes by ``update()``: what may be written together, and what guards against other writers."""

from __future__ import annotations

import pytest

from queryscope.profiler.analysis.advice.updates import awaited, updated
from tests.analysis.rows import sent
from tests.analysis.stacks import ORM, library

PLAIN = 'UPDATE "catalog_book" SET "pages" = %s WHERE "catalog_book"."id" = %s'


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ('"pages" = ("catalog_book"."pages" - %s)', "pages"),
        ('"title" = %s, "pages" = COALESCE("catalog_book"."pages", %s)', "pages"),
        ('"pages" = CASE WHEN ("catalog_book"."price" > %s) THEN %s ELSE NULL END', "price"),
    ],
)
def test_what_the_database_computes_stays_there(values: str, named: str) -> None:
    """Read and written back, what others write meanwhile would be lost."""
    said = updated(sent(1, f'UPDATE "catalog_book" SET {values} WHERE "catalog_book"."id" = %s', 1, 2, 3))
    assert f"computes {named} of the row" in said and f'F("{named}")' in said
    assert "change them in the loop" not in said
    backticks = updated(
        sent(1, f'UPDATE "catalog_book" SET {values} WHERE "catalog_book"."id" = %s'.replace('"', "`"))
    )
    assert f"computes {named} of the row" in backticks


def test_a_condition_guards() -> None:
    """A row that is written only while it is as expected."""
    said = updated(
        sent(
            1,
            f'{PLAIN.partition("WHERE")[0]}WHERE ("catalog_book"."pages" = %s AND "catalog_book"."id" = %s)',
        )
    )
    assert "more than the key" in said and "keep the loop" in said


def test_values_of_the_code_alone() -> None:
    """Nothing is read: bulk_update() writes the same columns."""
    assert updated(sent(1, PLAIN, 5, 1)).startswith("Load the Book objects, change them in the loop")


@pytest.mark.parametrize(
    ("method", "code", "waits"),
    [
        ("asave", "Book.objects.bulk_update(rows, fields)", "await Book.objects.abulk_update(rows, fields)"),
        ("acreate", "Book.objects.bulk_create(rows)", "await Book.objects.abulk_create(rows)"),
        (
            "adelete",
            "Book.objects.filter(pk__in=[b.pk for b in rows]).delete()",
            "await Book.objects.filter(pk__in=[b.pk for b in rows]).adelete()",
        ),
        ("save", "Book.objects.bulk_update(rows, fields)", "Book.objects.bulk_update(rows, fields)"),
        ("asave", "await Book.objects.aupdate(pages=1)", "await Book.objects.aupdate(pages=1)"),
    ],
)
def test_code_that_waits(method: str, code: str, waits: str) -> None:
    """A method that is not waited for raises SynchronousOnlyOperation in asynchronous code."""
    span = sent(1, PLAIN, stack=(*ORM, library("django/db/models/base.py", f"Model.{method}")))
    summary, written = awaited(span, "Write them by bulk_update().", code)
    assert written == waits
    assert summary == f"Write them by {'a' if method != 'save' else ''}bulk_update()."
