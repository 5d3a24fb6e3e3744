"""Lookups that belong one by one, and loops that are none."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client

from demo.catalog.models import Author, Book, Country, Genre, Publisher, Review
from demo.orders.models import Cart, CartLine, Order
from tests.corpus.case import silent
from tests.corpus.models import Topic
from tests.corpus.pages import page


def _keys(model: Any, number: int = 12) -> list[Any]:
    return list(model.objects.order_by("pk").values_list("pk", flat=True)[:number])


@silent("get-in-loop", "one statement asks for all keys")
def in_bulk() -> list[str]:
    books = Book.objects.in_bulk(_keys(Book))
    return [books[pk].title for pk in sorted(books)]


@silent("get-in-loop", "a long list of keys goes in batches, and nobody can ask for all of them at once")
def in_batches() -> int:
    keys, number = _keys(Book, 100), 0
    for start in range(0, len(keys), 20):
        number += sum(book.pages for book in Book.objects.filter(pk__in=keys[start : start + 20]))
    return number


@silent("get-in-loop", "the batches of in_bulk() are Django's own, by what the database takes")
def in_bulk_of_batches() -> int:
    keys = _keys(Author, 60)
    return sum(len(Author.objects.in_bulk(keys[start : start + 15])) for start in range(0, 60, 15))


@silent("get-in-loop", "the loop goes through two words that are written down in the code")
def over_constants() -> list[str]:
    codes = []
    for status in ("in print", "remaindered"):
        codes += [book.slug for book in Book.objects.filter(status=status).order_by("pk")[:3]]
    return codes


@silent("get-in-loop", "each row is locked before it is changed")
def locked() -> list[str]:
    numbers = []
    for pk in _keys(Order, 10):
        with transaction.atomic():
            numbers.append(Order.objects.select_for_update().get(pk=pk).number)
    return numbers


@silent("get-in-loop", "each step needs the answer of the one before it")
def along_a_chain() -> list[str]:
    names, pk = [], Topic.objects.order_by("-pk").values_list("pk", flat=True)[0]
    while pk is not None:
        topic = Topic.objects.get(pk=pk)
        names.append(topic.name)
        pk = topic.parent_id
    return names


@silent("get-in-loop", "the rows are read again on purpose, to have what others wrote")
def refreshed() -> list[int]:
    books = list(Book.objects.order_by("pk")[:10])
    for book in books:
        book.refresh_from_db(fields=["views"])
    return [book.views for book in books]


@silent("get-in-loop", "a form validates each line against the table by Django's own check")
def validated() -> int:
    wrong = 0
    for number in range(8):
        try:
            Genre(name=f"genre {number}", slug=f"genre-{number}").validate_unique()
        except ValidationError:
            wrong += 1
    return wrong


@silent("get-in-loop", "two lookups by two lines are no loop")
def two_lookups() -> list[str]:
    first, second, third = _keys(Book, 3)
    one = Book.objects.get(pk=first)
    other = Book.objects.get(pk=second)
    last = Book.objects.get(pk=third)
    return [one.title, other.title, last.title]


@silent("get-in-loop", "three coroutines at once ask for one row each by three lines")
async def gathered() -> list[str]:
    import asyncio

    keys = await sync_to_async(_keys)(Author, 3)
    found = await asyncio.gather(
        Author.objects.aget(pk=keys[0]),
        Author.objects.aget(pk=keys[1]),
        Author.objects.aget(pk=keys[2]),
    )
    return [author.name for author in found]


@silent("get-in-loop", "content types are kept by their manager after the first time")
def content_types() -> list[str]:
    ContentType.objects.clear_cache()
    return [
        ContentType.objects.get_for_model(model).model for model in (Author, Book, Genre, Publisher, Country)
    ]


@silent(
    "get-in-loop",
    "get_or_create() has to look first: what it costs is what write-in-loop tells",
    "write-in-loop",
)
def pairs() -> int:
    cart = Cart.objects.create(token=f"corpus {Cart.objects.count()}")
    created = 0
    for pk in _keys(Book, 8):
        _, new = CartLine.objects.get_or_create(cart=cart, book_id=pk)
        created += new
    return created


@silent(
    "get-in-loop", "a range is asked for, not a key: pages of a table that is too large to be read at once"
)
def window_after_window() -> int:
    last, number = 0, 0
    while rows := list(Book.objects.filter(pk__gt=last).order_by("pk").only("pk")[:30]):
        number, last = number + len(rows), rows[-1].pk
    return number


@silent("get-in-loop", "the row is read, written and read again: each time to see what is there now")
def read_write_read() -> list[int]:
    pk, seen = _keys(Book, 1)[0], []
    for step in _keys(Book, 4):
        book = Book.objects.get(pk=pk)
        seen.append(book.views)
        Book.objects.filter(pk=pk).update(views=step)
    return seen[:1]


@silent("get-in-loop", "each lookup stands in a line of its own, whoever the rows belong to")
def settings_of_a_page() -> list[str]:
    country = Country.objects.get(pk=_keys(Country, 1)[0])
    genre = Genre.objects.get(pk=_keys(Genre, 1)[0])
    publisher = Publisher.objects.get(pk=_keys(Publisher, 1)[0])
    return [country.name, genre.name, publisher.name]


@silent("get-in-loop", "the first rows of each are a LIMIT in each statement, which no `in` can say")
def first_rows_of_each() -> list[int]:
    return [
        len(list(Review.objects.filter(stars=stars).order_by("pk").only("title")[:3]))
        for stars in range(1, 6)
    ]


@silent("get-in-loop", "a function that calls itself has its next key from the answer before")
def down_a_tree() -> list[str]:
    """One statement for each node of a tree, by a recursion that walks along the rows it has just got."""
    names: list[str] = []

    def walk(parent: int | None) -> None:
        for topic in Topic.objects.filter(parent_id=parent).order_by("pk"):
            names.append(topic.name)
            walk(topic.pk)

    for top in Topic.objects.filter(parent=None).order_by("pk")[:1]:
        walk(top.pk)
    return names


@page
def book_of_slug(request: HttpRequest) -> HttpResponse:
    country = Country.objects.earliest("pk")
    return HttpResponse(f"{Book.objects.get(slug=request.GET['slug']).title} {country}")


@silent("get-in-loop", "each request is a unit of work of its own, as is each task that is run at once")
def units_one_by_one() -> list[str]:
    """A block that asks for several pages, in each of which one line looks one row up, and another the same as ever."""
    slugs = Book.objects.order_by("pk").values_list("slug", flat=True)[:8]
    return [Client().get(f"/corpus/book_of_slug/?slug={slug}").content.decode() for slug in slugs]


@silent("get-in-loop", "each value is looked up to be kept in the cache, which answers the next time")
def into_the_cache() -> list[str]:
    """A cache that was empty is filled key by key."""
    cache.clear()
    keys = _keys(Book)
    return [cache.get_or_set(f"corpus-{pk}", lambda pk=pk: Book.objects.get(pk=pk).title) for pk in keys]
