"""Where a queryset was built and which row a load started from, for every way in which Django follows a relation."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import django
import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection, models
from django.db.models import Prefetch, prefetch_related_objects, signals

from demo.blog.models import Comment
from demo.catalog.models import Author, Book, Publisher, Review
from queryscope.profiler.scopes.block import profile
from queryscope.profiler.trace import Span
from tests.capture import odd
from tests.conftest import Recording

pytestmark = pytest.mark.usefixtures("books")


def spans(recording: Recording, work: Callable[[], Any]) -> tuple[Span, ...]:
    with profile("origins"):
        work()
    return tuple(span for span in recording.trace.spans if span.tables and span.kind == "select")


def told(span: Span) -> tuple[Any, ...]:
    """Return the load in short: how, over what, from which model by which path, fetched by which statement."""
    origin = span.origin
    return (span.load, span.relation, origin and (origin.model, origin.path, origin.span))


def follow_each(rows: Any, name: str) -> list[Any]:
    return [getattr(row, name) for row in rows]


BOOK, AUTHOR = ("catalog.Book", "", 1), ("catalog.Author", "", 1)
LOADS: dict[str, tuple[Callable[[], Any], list[tuple[Any, ...]]]] = {
    "forward": (lambda: Book.objects.order_by("pk")[0].author, [("forward", "author", BOOK)]),
    "forward of forward": (
        lambda: Book.objects.order_by("pk")[0].author.country,
        [("forward", "author", BOOK), ("forward", "country", ("catalog.Author", "author", 2))],
    ),
    "after select_related": (
        lambda: Book.objects.select_related("author").order_by("pk")[0].author.country,
        [("forward", "country", ("catalog.Author", "author", 1))],
    ),
    "select_related, two deep": (
        lambda: Review.objects.select_related("book__author")[0].book.author.country,
        [("forward", "country", ("catalog.Author", "book__author", 1))],
    ),
    "many": (lambda: list(Author.objects.order_by("pk")[0].books.all()), [("many", "books", AUTHOR)]),
    "many, filtered": (
        lambda: list(Author.objects.order_by("pk")[0].books.filter(pages=1).order_by("title")),
        [("many", "books", AUTHOR)],
    ),
    "many, counted": (lambda: Author.objects.order_by("pk")[0].books.count(), [("many", "books", AUTHOR)]),
    "many, asked for": (lambda: Author.objects.order_by("pk")[0].books.exists(), [("many", "books", AUTHOR)]),
    "many, one": (lambda: Author.objects.order_by("pk")[0].books.get(), [("many", "books", AUTHOR)]),
    "many, first": (lambda: Author.objects.order_by("pk")[0].books.first(), [("many", "books", AUTHOR)]),
    "many, values": (
        lambda: list(Author.objects.order_by("pk")[0].books.values_list("pk")),
        [("many", "books", AUTHOR)],
    ),
    "many, iterator": (
        lambda: list(Author.objects.order_by("pk")[0].books.iterator()),
        [("many", "books", AUTHOR)],
    ),
    "many of many": (
        lambda: [list(b.reviews.all()) for b in Author.objects.order_by("pk")[0].books.all()],
        [("many", "books", AUTHOR), ("many", "reviews", ("catalog.Book", "books", 2))],
    ),
    "both directions of many to many": (
        lambda: [list(g.books.all()) for g in Book.objects.order_by("pk")[0].genres.all()],
        [("many", "genres", BOOK), ("many", "books", ("catalog.Genre", "genres", 2))],
    ),
    "generic relation": (lambda: list(Book.objects.order_by("pk")[0].comments.all()), [("many", "comments", BOOK)]),
    "generic key": (
        lambda: getattr(Comment.objects.order_by("pk")[0].about, "author"),  # noqa: B009
        [("generic", "about", ("blog.Comment", "", 1)), ("forward", "author", ("catalog.Book", "about", 2))],
    ),
    "deferred": (lambda: Author.objects.only("name")[0].biography, [("deferred", "biography", AUTHOR)]),
    "after deferred": (
        lambda: _twice(Author.objects.only("country").order_by("pk")[0]),
        [("deferred", "biography", AUTHOR), ("forward", "country", AUTHOR)],
    ),
    "prefetch": (
        lambda: list(Author.objects.prefetch_related("books__reviews")),
        [("prefetch", "books", AUTHOR), ("prefetch", "reviews", ("catalog.Book", "books", 2))],
    ),
    "after prefetch": (
        lambda: [b.publisher for a in Author.objects.prefetch_related("books").order_by("pk")[:1] for b in a.books.all()],
        [("prefetch", "books", AUTHOR), ("forward", "publisher", ("catalog.Book", "books", 2))],
    ),
    "forward prefetch": (
        lambda: list(Book.objects.prefetch_related("author__country")),
        [("prefetch", "author", BOOK), ("prefetch", "country", ("catalog.Author", "author", 2))],
    ),
    "Prefetch": (
        lambda: [
            b.publisher
            for a in Author.objects.prefetch_related(Prefetch("books", Book.objects.filter(pages=1), to_attr="found"))[:1]
            for b in a.found
        ],
        [("prefetch", "books", AUTHOR), ("forward", "publisher", ("catalog.Book", "books", 2))],
    ),
    "prefetch_related_objects": (
        lambda: prefetch_related_objects(list(Author.objects.all()), "books"),
        [("prefetch", "books", AUTHOR)],
    ),
    "generic prefetch": (
        lambda: list(Comment.objects.prefetch_related("about")),
        [("prefetch", "about", ("blog.Comment", "", 1))],
    ),
    "refreshed": (
        lambda: _refreshed(Book.objects.order_by("pk")[0]).author,
        [("queryset", None, None), ("forward", "author", BOOK)],
    ),
    "got": (
        lambda: Book.objects.get(title="Book 0").author,
        [("forward", "author", BOOK)],
    ),
    "iterator": (
        lambda: next(iter(Book.objects.order_by("pk").iterator())).author,
        [("forward", "author", BOOK)],
    ),
    "raw": (
        lambda: Book.objects.raw("SELECT * FROM catalog_book")[0].author,
        [("forward", "author", BOOK)],
    ),
    "in bulk": (
        lambda: next(iter(Book.objects.in_bulk().values())).author,
        [("forward", "author", BOOK)],
    ),
    "known on the other side": (
        lambda: [b.author for b in Author.objects.order_by("pk")[0].books.all()],
        [("many", "books", AUTHOR)],
    ),
    "created here": (
        lambda: _created().author,
        [("many", "books", AUTHOR), ("forward", "author", None)],
    ),
    "rows of values": (
        lambda: [Author.objects.get(pk=row["author"]).country for row in Book.objects.order_by("pk").values("author")[:1]],
        [("queryset", None, None), ("forward", "country", ("catalog.Author", "", 2))],
    ),
}  # fmt: skip


def _twice(author: Author) -> None:
    assert author.biography
    assert author.country


def _refreshed(book: Book) -> Book:
    book.refresh_from_db()
    return book


def _created() -> Book:
    author = Author.objects.order_by("pk")[0]
    book = author.books.create(
        title="new",
        slug="new",
        isbn="new",
        publisher_id=author.books.get().publisher_id,
        price=1,
        pages=1,
        published_on="2000-01-01",
    )
    del book._state.fields_cache["author"]
    return book


@pytest.mark.parametrize("name", LOADS)
def test_what_a_load_started_from(name: str, recording: Recording) -> None:
    """Kind, relation, and the statement that fetched the row."""
    ContentType.objects.get_for_model(Book)
    work, expected = LOADS[name]
    found = [told(span) for span in spans(recording, work)[1:]]
    assert found == expected


def test_each_row_is_told_apart(recording: Recording) -> None:
    """Equal rows have equal pseudonyms; the same key of another evaluation's rows is the same row."""
    first, *loads = spans(recording, lambda: follow_each(Book.objects.all(), "author"))
    assert first.parent_row is None
    assert len({span.parent_row for span in loads}) == len(loads) == 3
    again = spans(
        recording, lambda: [follow_each(Book.objects.filter(pk=Book.objects.earliest("pk").pk), "author")] * 2
    )
    assert [span.parent_row is None for span in again] == [True, True, False]


def test_roots_and_parents(recording: Recording) -> None:
    """All that was reached from one queryset has its root and its build sites."""

    def work() -> None:
        for review in Review.objects.order_by("pk")[:2]:
            assert review.book.author.country.name

    first, *loads = spans(recording, work)
    origins = [span.origin for span in loads if span.origin]
    assert len(origins) == 6
    assert {origin.root for origin in origins} == {origins[0].id}
    assert {origin.build_sites for origin in origins} == {first.build_sites}
    assert [origin.path for origin in origins] == ["", "book", "book__author"] * 2
    by_id = {origin.id: origin for origin in origins}
    assert [by_id[origin.parent].path if origin.parent else None for origin in origins] == [
        None,
        "",
        "book",
    ] * 2


def test_rows_of_an_earlier_trace_are_not_named(recording: Recording) -> None:
    """A cached row may be followed in any later request."""
    kept: list[Book] = []
    spans(recording, lambda: kept.extend(Book.objects.order_by("pk")))
    (load,) = spans(recording, lambda: kept[0].author)
    assert told(load) == ("forward", "author", None)
    assert load.parent_row is not None


def test_rows_of_a_handler_are_no_part_of_the_relation(recording: Recording) -> None:
    """What a row asks while it is made starts from nothing, and neither does what is reached from there."""

    def handler(instance: Any, **_: Any) -> None:
        assert Review.objects.order_by("pk")[0].book_id

    def deeper(instance: Any, **_: Any) -> None:
        with contextlib.suppress(Book.DoesNotExist):
            assert Review.objects.order_by("pk")[0].book

    for each in (handler, deeper):
        signals.post_init.connect(each, sender=Publisher)
        try:
            found = spans(recording, lambda: Book.objects.order_by("pk")[0].publisher)
        finally:
            signals.post_init.disconnect(each, sender=Publisher)
        _, publisher, review, *book = map(told, found)
        assert publisher == ("forward", "publisher", BOOK)
        assert review == ("queryset", None, None)
        assert book in ([], [("forward", "book", ("catalog.Review", "", 3))])


def test_families(recording: Recording, transactional_db: None) -> None:
    """Multi-table inheritance follows links that cost no statement, and ones that do."""
    managed: Any = odd.Managed._default_manager
    special: Any = odd.Special._default_manager
    changed: Any = odd.Changed._default_manager
    tables = (odd.Countdown, odd.Managed, odd.Special)
    with connection.schema_editor() as editor:
        for model in tables:
            editor.create_model(model)
    try:
        countdown = odd.Countdown._default_manager.create(name="a")
        special.create(name="n", extra="x", countdown=countdown)
        found = spans(recording, lambda: managed.get().special.countdown)
        assert list(map(told, found[1:])) == [
            ("reverse", "special", ("odd.Managed", "", 1)),
            ("forward", "countdown", ("odd.Special", "special", 2)),
        ]
        found = spans(recording, lambda: special.get().managed_ptr.countdown)
        assert list(map(told, found[1:])) == [("forward", "countdown", ("odd.Special", "", 1))]
        found = spans(recording, lambda: changed.get().countdown)
        assert list(map(told, found[1:])) == [("forward", "countdown", ("odd.Changed", "", 1))]
    finally:
        with connection.schema_editor() as editor:
            for model in reversed(tables):
                editor.delete_model(model)


if django.VERSION >= (6, 1):

    def test_fetch_modes(recording: Recording) -> None:
        """One statement for all peers is one prefetch."""
        books: Any = Book.objects
        peers = vars(models)["FETCH_PEERS"]
        _, load = spans(recording, lambda: follow_each(books.fetch_mode(peers), "author"))
        assert (load.rows, told(load)) == (3, ("prefetch", "author", BOOK))


@pytest.mark.parametrize(
    ("lookup", "named"),
    [("reviews", 3), (Prefetch("reviews", Review.objects.order_by("pk"), to_attr="kept"), 3), (Prefetch("reviews", Review.objects.order_by("pk")), 0)],
    ids=["by name", "into an attribute", "with a queryset"],
)  # fmt: skip
def test_rows_after_a_prefetch_are_named_where_they_are_certain(
    recording: Recording, lookup: Any, named: int
) -> None:
    """The managers of all rows share the hints of a queryset that they were given: these name the last row for each."""

    def ask() -> None:
        for book in Book.objects.prefetch_related(lookup).order_by("pk")[:3]:
            list(book.reviews.filter(stars=5))

    loads = [span for span in spans(recording, ask) if span.load == "many"]
    assert [told(span) for span in loads] == [("many", "reviews", BOOK)] * 3
    assert len({span.parent_row for span in loads} - {None}) == named
