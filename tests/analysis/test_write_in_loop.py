"""write-in-loop: rows inserted, changed and deleted one by one, and writes that have to be like that."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from queryscope.profiler.analysis.rules.write_in_loop import RULE
from queryscope.profiler.finding import Finding
from queryscope.profiler.trace import Span
from tests.analysis.rows import VIEW, findings, looping, sent, written
from tests.analysis.stacks import ORM, library, own
from tests.builders import call_site, parameter

INSERT = 'INSERT INTO "catalog_book" ("title", "pages") VALUES (%s, %s) RETURNING "catalog_book"."id"'
UPDATE = 'UPDATE "catalog_book" SET "counted_on" = %s WHERE "catalog_book"."id" = %s'
DELETE = 'DELETE FROM "catalog_book" WHERE "catalog_book"."id" IN (%s)'
LOOKED = 'SELECT "catalog_genre"."id" FROM "catalog_genre" WHERE "catalog_genre"."slug" = %s LIMIT 21'


def only(*spans: Span) -> Finding:
    (found,) = findings(RULE, spans)
    return found


def test_saved() -> None:
    """The fields are those that the statement sets, the rows those of the loop."""
    found = only(*written(40, UPDATE, "update"))
    assert (found.title, found.severity) == ("Book updated 40 times, one row at a time", "high")
    assert "for book in books:" in found.why
    assert found.advice.code == 'Book.objects.bulk_update(books, ["counted_on"])'
    assert "no signals" in found.advice.summary


def test_created() -> None:
    """The call is written again for all rows."""
    site = looping("Book.objects.create(title=name, pages=1)", "for name in names:")
    found = only(*written(12, INSERT, "insert", call_site=site))
    assert found.title == "Book inserted 12 times, one row at a time"
    assert found.advice.code == "Book.objects.bulk_create([Book(title=name, pages=1) for name in names])"


def test_saved_for_the_first_time() -> None:
    """Where the objects are made elsewhere, the advice says how to collect them."""
    found = only(*written(12, INSERT, "insert"))
    assert found.advice.code == "Book.objects.bulk_create(rows)"


def test_deleted() -> None:
    """What a cascade deletes before is part of it."""
    through = written(
        12,
        'DELETE FROM "catalog_book_genres" WHERE "book_id" IN (%s)',
        "delete",
        method="Model.delete",
        rows=0,
    )
    own = written(12, DELETE, "delete", method="Model.delete")
    spans = [
        replace(span, n=n)
        for n, span in enumerate((s for pair in zip(through, own, strict=True) for s in pair), 1)
    ]
    found = only(*spans)
    assert (found.title, found.count) == ("Book deleted 12 times, one row at a time", 24)
    assert found.advice.code == "Book.objects.filter(pk__in=[book.pk for book in books]).delete()"


def test_updated_by_a_queryset() -> None:
    """``filter(pk=…).update(…)`` needs objects before it can be one statement."""
    stack = (*ORM[:2], library("django/db/models/query.py", "QuerySet.update"), VIEW)
    found = only(*written(12, UPDATE, "update", stack=stack))
    assert found.advice.code is None and "bulk_update()" in found.advice.summary


def test_added_to_a_relation() -> None:
    """One row of the table between both with each ``add()``."""
    stack = (
        *ORM,
        library("django/db/models/query.py", "QuerySet.bulk_create"),
        library("django/db/models/fields/related_descriptors.py", "ManyRelatedManager._add_items"),
        VIEW,
    )
    sql = 'INSERT OR IGNORE INTO "catalog_book_genres" ("book_id", "genre_id") VALUES (%s, %s)'
    found = only(*written(12, sql, "insert", stack=stack, model="catalog.Book_genres", rows=0))
    assert found.advice.code == "Book.genres.through.objects.bulk_create(rows, ignore_conflicts=True)"


def pairs(function: str, count: int, *, writes: Any = "insert") -> list[Span]:
    stack = (*ORM, library("django/db/models/query.py", f"QuerySet.{function}"), VIEW)
    site = looping(f"Genre.objects.{function}(slug=slug)", "for slug in slugs:")
    values: dict[str, Any] = {
        "stack": stack,
        "call_site": site,
        "model": "catalog.Genre",
        "tables": ("catalog_genre",),
    }
    spans = []
    for n in range(count):
        spans.append(sent(2 * n + 1, LOOKED, f"s{n}", **values))
        if writes == "insert":
            spans.append(
                sent(
                    2 * n + 2,
                    'INSERT INTO "catalog_genre" ("slug") VALUES (%s)',
                    f"s{n}",
                    kind="insert",
                    **values,
                )
            )
        if writes == "update":
            sql = 'UPDATE "catalog_genre" SET "name" = %s WHERE "catalog_genre"."id" = %s'
            spans.append(sent(2 * n + 2, sql, "x", n, kind="update", **values))
    return spans


def test_get_or_create() -> None:
    """Both statements of each call, by the name of the call."""
    found = only(*pairs("get_or_create", 8))
    assert (found.title, found.count) == ("Genre written by get_or_create() 8 times, one row at a time", 16)
    assert found.advice.code == "Genre.objects.bulk_create(rows, ignore_conflicts=True)"
    assert "unique constraint on slug" in found.advice.summary


def test_update_or_create() -> None:
    """MySQL and MariaDB find the constraint by themselves."""
    code = 'Genre.objects.bulk_create(rows, update_conflicts=True, unique_fields=["slug"], update_fields=["name"])'
    assert only(*pairs("update_or_create", 8, writes="update")).advice.code == code
    mysql = [replace(span, vendor="mysql") for span in pairs("update_or_create", 8, writes="update")]
    assert "unique_fields" not in (only(*mysql).advice.code or "")


def test_a_row_that_exists_already() -> None:
    """A second run of the same import only looks."""
    assert only(*pairs("get_or_create", 8, writes=None)).count == 8


def test_tables_of_one_row() -> None:
    """bulk_update() takes the fields of all tables that a row of a child model has."""
    place = written(
        12,
        'UPDATE "shop_place" SET "name" = %s WHERE "shop_place"."id" = %s',
        "update",
        tables=("shop_place",),
    )
    bar = written(
        12,
        'UPDATE "shop_bar" SET "beer" = %s WHERE "shop_bar"."place_ptr_id" = %s',
        "update",
        tables=("shop_bar",),
    )
    spans = [
        replace(span, n=n)
        for n, span in enumerate((s for pair in zip(place, bar, strict=True) for s in pair), 1)
    ]
    assert only(*spans).advice.code == 'Book.objects.bulk_update(books, ["name", "beer"])'


def test_a_method_of_the_model_may_do_more() -> None:
    """Then there is no code to paste."""
    site = looping("super().save()", None, function="Book.save")
    assert only(*written(12, UPDATE, "update", call_site=site)).advice.code is None


def inherited() -> list[Span]:
    """Return the inserts of rows that have two tables."""
    parent = written(12, 'INSERT INTO "shop_place" ("name") VALUES (%s)', "insert", tables=("shop_place",))
    child = written(12, 'INSERT INTO "shop_bar" ("place_ptr_id") VALUES (%s)', "insert", tables=("shop_bar",))
    return [span for pair in zip(parent, child, strict=True) for span in pair]


def locked() -> list[Span]:
    """Return rows that are locked and changed, each in a transaction of its own."""
    spans = []
    for n, span in enumerate(written(12, UPDATE, "update"), 1):
        spans += [sent(100 + n, LOOKED + " FOR UPDATE", n, transaction=n), replace(span, transaction=n)]
    return spans


SILENT: dict[str, list[Span]] = {
    "four": written(4, UPDATE, "update"),
    "the same row, whose progress is kept": [
        replace(span, params=(*span.params[:-1], parameter("7"))) for span in written(12, UPDATE, "update")
    ],
    "bulk_create() in batches": written(12, INSERT, "insert", batch=None, method="QuerySet.bulk_create"),
    "set() of a relation": written(
        12, INSERT, "insert", stack=(*ORM, library("x.py", "M._add_items"), library("x.py", "M.set"), VIEW)
    ),
    "executemany()": written(12, INSERT, "insert", batch=100),
    "many rows by each": written(12, UPDATE, "update", rows=40),
    "rows with two tables, which bulk_create() refuses": inherited(),
    "a library writes": written(
        12, INSERT, "insert", stack=(*ORM, library("django/contrib/admin/models.py"), VIEW)
    ),
    "no line of the application": written(
        12, UPDATE, "update", call_site=None, stack=(*ORM, library("x/y.py"))
    ),
    "sessions": written(12, UPDATE, "update", tables=("django_session",)),
    "the cache's own table": written(12, UPDATE, "update", tables=("my_cache_table",)),
    "locked row by row": locked(),
    "as long as it takes": written(12, UPDATE, "update", call_site=looping("book.save()", "while queue:")),
    "a fixed list": written(12, INSERT, "insert", call_site=looping("x", 'for name in ["a", "b"]:')),
    "a log that many lines write": [
        replace(span, stack=(*span.stack, own("shop/views.py", "page", span.n)))
        for span in written(12, INSERT, "insert", call_site=looping("Log.objects.create(text=text)", None))
    ],
    "savepoints": written(12, "SAVEPOINT x", "transaction"),
    "another line each time": [
        replace(span, call_site=call_site(line=span.n), site_id=f"s{span.n}")
        for span in written(12, UPDATE, "update")
    ],
}


@pytest.mark.parametrize("name", SILENT)
def test_silent(name: str) -> None:
    """No single statement would do, or nobody of the application wrote."""
    assert findings(RULE, SILENT[name]) == []
