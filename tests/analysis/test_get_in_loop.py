"""get-in-loop: rows looked up one by one, and lookups that are not a loop or need their order."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from queryscope.profiler.analysis.rules.get_in_loop import RULE
from queryscope.profiler.finding import Finding
from queryscope.profiler.trace import Parameter, Span
from tests.analysis.rows import VIEW, each, fetched, findings, followed, looping, origin, repeated
from tests.analysis.stacks import CURSOR, NODE, ORM, SHORTCUT, library, own
from tests.builders import call_site, parameter, template_site

BY_SLUG = 'SELECT "catalog_book"."id" FROM "catalog_book" WHERE "catalog_book"."slug" = %s LIMIT 21'
BY_ID = 'SELECT "catalog_book"."id" FROM "catalog_book" WHERE "catalog_book"."id" = %s LIMIT 21'
BY_BOTH = 'SELECT "id" FROM "catalog_book" WHERE ("catalog_book"."slug" = %s AND "catalog_book"."pages" = %s) LIMIT 21'


def only(*spans: Span) -> Finding:
    (found,) = findings(RULE, spans)
    return found


def test_a_loop_over_slugs() -> None:
    """Three are enough where the loop is seen, and the advice is written in the words of the line."""
    found = only(*repeated(3, BY_SLUG, text=True))
    assert found.title == "Book looked up 3 times, one slug at a time"
    assert "for slug in slugs:" in found.why
    assert (
        found.advice.code
        == "book_by_slug = {book.slug: book for book in Book.objects.filter(slug__in=slugs)}"
    )


@pytest.mark.parametrize(
    ("source", "loop", "code"),
    [
        ("Book.objects.get(pk=pk)", "for pk in pks:", "book_by_pk = Book.objects.in_bulk(pks)"),
        (
            "await Book.objects.only('title').aget(pk=line.book_id)", "async for line in lines:",
            "book_by_pk = await Book.objects.only('title').ain_bulk([line.book_id for line in lines])",
        ),
        ("get_object_or_404(Book, pk=pk)", "for pk in pks]", "book_by_pk = Book.objects.in_bulk(pks)"),
        ("Book.objects.get(pk=row['book'])", "for row in rows:", "book_by_pk = Book.objects.in_bulk([row['book'] for row in rows])"),
        ("Book.objects.get(pk=pk)", "for pk in read(file):", "book_by_pk = Book.objects.in_bulk(keys)"),
        ("find(pk)", None, "book_by_pk = Book.objects.in_bulk(keys)"),
    ],
)  # fmt: skip
def test_by_primary_key(source: str, loop: str | None, code: str) -> None:
    """``in_bulk()``, with the keys as the loop has them where that can be read."""
    found = only(*repeated(6, BY_ID, call_site=looping(source, loop)))
    assert found.advice.code == code
    assert ("keys stands for" in found.advice.summary) == ("keys" in code)


def keyed(*values: object) -> tuple[Parameter, ...]:
    return tuple(parameter(str(value), type(value).__name__) for value in values)


def test_fixed_conditions_are_kept() -> None:
    """The one query asks for no other rows than the many did; a value that only the request tells is not written down."""
    spans = repeated(
        6, BY_BOTH, call_site=looping("Book.objects.get(slug=x, pages=100)", "for x in found():")
    )
    spans = [replace(span, params=keyed(f"s{span.n}", 100)) for span in spans]
    assert "Book.objects.filter(slug__in=keys, pages=100)" in (only(*spans).advice.code or "")
    for source in ("find()", "Book.objects.get(slug=x, pages=pages)"):
        spans = [replace(span, call_site=looping(source, "for x in found():")) for span in spans]
        assert only(*spans).advice.code is None


JOINED = 'SELECT "catalog_book"."id" FROM "catalog_book" INNER JOIN "catalog_author" ON ' \
    '("catalog_book"."author_id" = "catalog_author"."id") WHERE "catalog_author"."name" = %s'  # fmt: skip


def test_a_column_of_a_joined_table() -> None:
    """The line names the way to it, or there is no code."""
    site = looping("Book.objects.filter(author__name=name)", "for name in names:")
    code = only(*repeated(6, JOINED, text=True, call_site=site)).advice.code or ""
    assert 'Book.objects.filter(author__name__in=names).annotate(asked_for=F("author__name")):' in code
    assert "book_by_author_name[book.asked_for].append(book)" in code
    for source in (
        "find(name)",
        "rows.filter(author__name=name)",
        "Book.objects.filter(author__name=a, pages=b)",
    ):
        site = looping(source, "for name in names:")
        assert only(*repeated(6, JOINED, text=True, call_site=site)).advice.code is None


def test_columns_that_are_loaded_stay_chosen() -> None:
    """The column of the key is loaded too, or each row would ask for it."""
    sql = BY_SLUG.replace(" LIMIT 21", "")
    site = looping('list(Book.objects.filter(slug=slug).only("title"))', "for slug in slugs:")
    code = only(*repeated(6, sql, text=True, call_site=site)).advice.code or ""
    assert 'Book.objects.filter(slug__in=slugs).only("title", "slug"):' in code


def test_two_keys_vary() -> None:
    """There is no such code, but still a loop."""
    found = only(*(replace(span, params=keyed(f"s{span.n}", span.n)) for span in repeated(6, BY_BOTH)))
    assert (found.title, found.advice.code) == ("Book looked up 6 times, one slug and pages at a time", None)


def test_without_a_loop_in_sight() -> None:
    """A function that others call in a loop: five times."""
    site = looping("Book.objects.get(slug=slug)", None)
    assert only(*repeated(5, BY_SLUG, text=True, call_site=site)).count == 5


def test_many_rows_for_each_key() -> None:
    """They are kept in lists; the key is read from the column, for reading the relation would load it row by row."""
    sql = 'SELECT "id" FROM "catalog_book" WHERE "catalog_book"."author_id" = %s'
    site = looping("Book.objects.filter(author=author)", "for author in authors:")
    code = only(*repeated(6, sql, call_site=site)).advice.code or ""
    assert "book_by_author = defaultdict(list)" in code
    assert "for book in Book.objects.filter(author__in=authors):" in code
    assert "book_by_author[book.author_id].append(book)" in code


def test_raw_sql() -> None:
    """A cursor knows no model, but its table."""
    sql = "SELECT title FROM catalog_book WHERE id = %s"
    found = only(*repeated(6, sql, load=None, model=None, stack=(*CURSOR, VIEW)))
    assert (found.title, found.advice.code) == ("catalog_book queried 6 times, one id at a time", None)


def test_a_template_tag() -> None:
    """One node that is rendered again and again."""
    stack = (*ORM, *NODE, *SHORTCUT)
    spans = repeated(6, BY_ID, call_site=None, template_site=template_site(), via_template=True, stack=stack)
    assert "catalog/book_list.html:24" in only(*spans).why


def test_a_wrapped_cursor() -> None:
    """Tools stand between the cursor and the ORM; awaiting goes through a thread."""
    toolbar = library("debug_toolbar/panels/sql/tracking.py", "NormalCursorMixin.execute")
    thread = library("asgiref/sync.py", "SyncToAsync.__call__")
    assert only(*repeated(6, BY_ID, stack=(ORM[0], toolbar, *ORM[1:], VIEW))).count == 6
    assert only(*repeated(6, BY_ID, stack=(*ORM, thread, library("django/core/handlers/base.py")))).count == 6


def test_what_the_rows_load_comes_next() -> None:
    """One by one they were rows of no common queryset; fetched together they are."""
    authors = [followed(n + 20, origin=origin(n, root=n, span=n)) for n in range(1, 7)]
    assert "author" in (only(*repeated(6, BY_ID), *authors).advice.next or "")


def called(count: int, *, again: bool = False) -> list[Span]:
    """Return lookups of a function without a loop: called by many lines, or by itself one level deeper each time."""
    here = own("catalog/names.py", "by_id", 7)
    outer = [[here] * n if again else [own("catalog/views.py", "page", n)] for n in range(count)]
    site = looping("Book.objects.get(pk=pk)", None)
    spans = repeated(count, BY_ID, call_site=site)
    return [replace(span, stack=(*ORM, here, *way)) for span, way in zip(spans, outer, strict=True)]


GATHERED = looping("await Book.objects.aget(pk=pk)", None)
SILENT: dict[str, list[Span]] = {
    "two": repeated(2, BY_SLUG, text=True),
    "asyncio.gather() of three": repeated(3, BY_ID, call_site=GATHERED),
    "three fixed names": repeated(
        3, BY_SLUG, text=True, call_site=looping("x", 'for s in ("about", "terms"):')
    ),
    "a way up a tree": repeated(9, BY_ID, call_site=looping("x", "while node.parent_id:")),
    "a way up a tree, by a function that calls itself": called(9, again=True),
    "a function that many lines call": called(9),
    "read, written and read again": [span for span in repeated(1, BY_ID) for _ in range(9)],
    "one statement on two databases": [*repeated(2, BY_ID), *repeated(2, BY_ID, alias="replica")],
    "batches of in_bulk()": repeated(
        9, 'SELECT "id" FROM "catalog_book" WHERE "catalog_book"."id" IN (%s, %s)'
    ),
    "ranges": repeated(9, 'SELECT "id" FROM "catalog_book" WHERE "catalog_book"."id" > %s LIMIT 100'),
    "rows that are locked one by one": repeated(9, BY_ID + " FOR UPDATE"),
    "rows that are read again": repeated(
        9, BY_ID, stack=(*ORM, library("django/db/models/base.py", "Model.refresh_from_db"), VIEW)
    ),
    "get_or_create(), which write-in-loop judges": repeated(
        9, BY_SLUG, stack=(*ORM, library("django/db/models/query.py", "QuerySet.get_or_create"), VIEW)
    ),
    "a library asks": repeated(9, BY_ID, stack=(*ORM, library("rest_framework/relations.py"), VIEW)),
    "no line of the application": repeated(
        9, BY_ID, stack=(*ORM, library("django/contrib/auth/backends.py"))
    ),
    "sessions": repeated(9, BY_ID, tables=("django_session",)),
    "another line each time": [
        span for n in range(9) for span in repeated(1, BY_ID, call_site=call_site(line=n), site_id=f"s{n}")
    ],
    "another node of a template each time": [
        span for n in range(9) for span in repeated(2, BY_ID, template_site=template_site(line=n))
    ],
    "rows of a queryset": [fetched(), *each(9)],
    "counts": repeated(
        9, 'SELECT COUNT(*) AS "__count" FROM "catalog_book" WHERE "catalog_book"."author_id" = %s'
    ),
}


@pytest.mark.parametrize("name", SILENT)
def test_silent(name: str) -> None:
    """No loop, no key, or a step that needs the one before."""
    assert findings(RULE, SILENT[name]) == []
