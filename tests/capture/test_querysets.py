"""What a queryset brought along and what became of its rows, for every way to use them."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import Prefetch, prefetch_related_objects

from demo.blog.models import Comment
from demo.catalog.models import Author, Book, Genre, Publisher, Review
from queryscope.profiler.scopes.block import profile
from queryscope.profiler.trace import Queryset, Relation, Trace
from tests.conftest import Recording

pytestmark = pytest.mark.usefixtures("books")

Work = Callable[[], Any]


def traced(recording: Recording, work: Work) -> Trace:
    with profile("querysets"):
        work()
    return recording.trace


def first(recording: Recording, work: Work) -> Queryset:
    """Return what is known of the first queryset that some work evaluated."""
    return next(span.queryset for span in traced(recording, work).spans if span.queryset is not None)


def books() -> Any:
    return Book.objects.order_by("pk")


def twice(*uses: Callable[[Any], Any]) -> Work:
    """Return work that evaluates one queryset and uses its rows several times."""

    def work() -> None:
        rows = books()
        for use in uses:
            use(rows)

    return work


def titles(rows: Any) -> list[str]:
    return [row.title for row in rows]


USES: dict[str, tuple[Work, tuple[str, ...]]] = {
    "gone through": (twice(titles), ("iterated",)),
    "made a list of": (twice(list), ("iterated", "counted")),
    "counted": (twice(len), ("counted",)),
    "tested": (twice(bool), ("tested",)),
    "tested and gone through": (
        twice(bool, titles),
        ("iterated", "tested"),
    ),
    "tested, one taken": (twice(bool, lambda rows: rows[0]), ("tested", "indexed")),
    "counted, a slice taken": (twice(len, lambda rows: rows[0:2]), ("counted", "sliced")),
    "count() of what is there": (twice(len, lambda rows: rows.count()), ("counted",)),
    "exists() of what is there": (twice(len, lambda rows: rows.exists()), ("counted", "tested")),
    "searched": (twice(lambda rows: Book() in rows), ("iterated",)),
    "get": (lambda: books().get(slug="b1"), ("other",)),
    "first": (lambda: books().first(), ("iterated",)),
    "one of a slice": (lambda: books()[1], ("other",)),
    "iterator": (lambda: list(books().iterator()), ("iterated",)),
}


@pytest.mark.parametrize("name", USES)
def test_every_use_of_the_rows_is_told(recording: Recording, name: str) -> None:
    """Whoever only counts or tests is told from who goes through them."""
    work, uses = USES[name]
    assert first(recording, work).uses == uses


def names(rows: Any) -> list[str]:
    return [row.author.name for row in rows]


READS: dict[str, tuple[Work, tuple[str, ...], tuple[str, ...]]] = {
    "joined, read": (lambda: names(books().select_related("author")), ("author",), ("author",)),
    "joined, not read": (lambda: list(books().select_related("author")), ("author",), ()),
    "joined, another one read": (
        lambda: names(books().select_related("author", "publisher")),
        ("author", "publisher"),
        ("author",),
    ),
    "two deep, the first read": (
        lambda: names(books().select_related("author__country")),
        ("author", "author__country"),
        ("author",),
    ),
    "two deep, both read": (
        lambda: [book.author.country.name for book in books().select_related("author__country")],
        ("author", "author__country"),
        ("author", "author__country"),
    ),
    "one row read": (
        lambda: [book.author for book in list(books().select_related("author"))[1:2]],
        ("author",),
        ("author",),
    ),
    "all that is not nullable": (
        lambda: names(books().select_related()),
        ("author", "author__country", "publisher"),
        ("author",),
    ),
    "values": (lambda: list(books().select_related("author").values("title")), (), ()),
}


@pytest.mark.parametrize("name", READS)
def test_joins_and_what_was_read_of_them(recording: Recording, name: str) -> None:
    """By paths from the rows, whichever row was read."""
    work, joined, read = READS[name]
    found = first(recording, work)
    assert set(found.joined) == set(joined)
    assert set(found.read) == set(read)


def genres(how: Callable[[Any], Any]) -> Work:
    return lambda: [how(book.genres) for book in books().prefetch_related("genres")]


PREFETCHED: dict[str, tuple[Work, bool]] = {
    "all": (genres(lambda manager: list(manager.all())), True),
    "count": (genres(lambda manager: manager.count()), True),
    "exists": (genres(lambda manager: manager.exists()), True),
    "length": (genres(lambda manager: len(manager.all())), True),
    "one taken": (genres(lambda manager: manager.all()[0]), True),
    "filtered": (genres(lambda manager: list(manager.filter(name="x"))), False),
    "not at all": (genres(lambda manager: None), False),
    "a single one": (lambda: names(books().prefetch_related("author")), True),
    "a single one, not at all": (lambda: list(books().prefetch_related("author")), False),
    "by hand": (
        lambda: [row.genres.all()[:] for row in by_hand(list(books()))],
        True,
    ),
    "to an attribute, which nobody sees": (
        lambda: list(books().prefetch_related(Prefetch("genres", to_attr="kinds"))),
        True,
    ),
}


def by_hand(rows: list[Any]) -> list[Any]:
    prefetch_related_objects(rows, "genres")
    return rows


@pytest.mark.parametrize("name", PREFETCHED)
def test_prefetches_and_whether_they_were_read(recording: Recording, name: str) -> None:
    """Through the manager that holds the rows; a filter asks again and reads nothing of it."""
    work, read = PREFETCHED[name]
    found = first(recording, work)
    relation = "author" if "single" in name else "genres"
    assert (relation in found.read) == read
    assert found.prefetched == (() if name == "by hand" else (relation,))


def test_a_prefetch_within_a_prefetch_is_read_by_its_own_rows(recording: Recording) -> None:
    """Each prefetch says of its own rows what was read."""

    def work() -> None:
        for author in Author.objects.prefetch_related("books__genres"):
            list(author.books.all())

    authors, books, _ = (span.queryset for span in traced(recording, work).spans if span.queryset is not None)
    assert authors is not None and authors.read == ("books",)
    assert books is not None and books.read == ()


def test_rows_that_left_are_told(recording: Recording) -> None:
    """What happens to a copy is not seen: of pickled and deeply copied rows nothing is known."""
    for leave in (pickle.dumps, copy.deepcopy):
        found = first(recording, lambda leave=leave: leave(list(books().select_related("author"))))
        assert found.kept
    assert first(recording, lambda: pickle.dumps(books().select_related("author"))).kept
    assert not first(recording, lambda: list(books().select_related("author"))).kept


def test_querysets_of_one_object_share_its_number(recording: Recording) -> None:
    """What was derived from another object has none."""

    def work() -> None:
        rows = books()
        list(rows.iterator())
        list(rows)
        list(books())
        list(books())

    found = [span.queryset.base for span in traced(recording, work).spans if span.queryset is not None]
    assert found == [1, 1, 0, 0]


def test_what_was_asked_for_is_told(recording: Recording) -> None:
    """Columns left out, values, and the way it was gone through."""
    assert first(recording, lambda: list(books().only("title"))).only == ("title",)
    assert first(recording, lambda: list(books().defer("sample", "title"))).deferred == ("sample", "title")
    found = first(recording, lambda: list(books().values_list("title").iterator()))
    assert (found.values, found.iterator) == (True, True)
    assert first(recording, lambda: list(books().select_related())).joined_all


def test_relations_are_told_as_the_models_declare_them(recording: Recording) -> None:
    """Kind, other end, whether it may be empty, and the name in a filter; joined ones too."""

    def work() -> None:
        for book in books().select_related("author__country"):
            list(book.reviews.all())
            list(book.genres.all())
        for genre in Genre.objects.all():
            list(genre.books.all())
        for publisher in Publisher.objects.all():
            list(publisher.books.all())
        for review in Review.objects.all():
            _ = review.book
        for comment in Comment.objects.all():
            _ = comment.about

    relations = {(each.model, each.name): each for each in traced(recording, work).relations}
    assert relations["catalog.Book", "author"] == Relation(
        model="catalog.Book", name="author", kind="forward", to="catalog.Author", nullable=False, query_name="author",
        manager="objects",
    )  # fmt: skip
    assert relations["catalog.Author", "country"].to == "catalog.Country"
    assert relations["catalog.Book", "reviews"].kind == "reverse"
    assert relations["catalog.Genre", "books"].kind == "many"
    assert relations["catalog.Book", "genres"].single is False
    assert relations["catalog.Review", "book"].single
    assert [each.kind for each in relations.values() if each.model == "blog.Comment"] == ["generic"]
