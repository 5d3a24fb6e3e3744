"""Rows that are looked up one by one, and lookups that belong one by one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404

from demo.catalog.models import Author, Book, Country, Genre, Publisher, Review
from demo.orders.models import Customer, Order, OrderLine
from tests.corpus.case import positive
from tests.corpus.models import Summary
from tests.corpus.pages import page


def _slugs(number: int = 12) -> list[str]:
    return list(Book.objects.order_by("pk").values_list("slug", flat=True)[:number])


def _keys(model: Any, number: int = 12) -> list[Any]:
    return list(model.objects.order_by("pk").values_list("pk", flat=True)[:number])


@positive(
    "get-in-loop",
    at="# Each of the list.",
    reads=(("[Book.objects.get(slug=slug) for", "[book_by_slug[slug] for"),),
)
def by_slug() -> list[Book]:
    """A reading list names books by a unique word."""
    slugs = _slugs()
    # Each of the list.
    return [Book.objects.get(slug=slug) for slug in slugs]


@positive("get-in-loop", at="# Whose turn it is.", reads=(("Author.objects.get(pk=pk)", "author_by_pk[pk]"),))
def by_primary_key() -> list[str]:
    """Keys come from a form or from a session."""
    wanted, names = _keys(Author), []
    # Whose turn it is.
    for pk in wanted:
        author = Author.objects.get(pk=pk)
        names.append(author.name)
    return names


@positive(
    "get-in-loop",
    at="# One after the other.",
    reads=(("Summary.objects.get(code=code)", "summary_by_code[code]"),),
)
def key_called_otherwise() -> list[int]:
    """The primary key has a name and a type of its own."""
    codes, found = [f"s{number}" for number in range(12)], []
    # One after the other.
    for code in codes:
        summary = Summary.objects.get(code=code)
        found.append(summary.thread_id)
    return found


@positive(
    "get-in-loop",
    at="# The first that fits.",
    reads=(("Customer.objects.filter(email=email).get()", "customer_by_email[email]"),),
)
def filter_then_get() -> list[str]:
    """The condition stands in ``filter()``."""
    emails = list(Customer.objects.order_by("pk").values_list("email", flat=True)[:10])
    names = []
    # The first that fits.
    for email in emails:
        names.append(Customer.objects.filter(email=email).get().name)
    return names


@page
def basket(request: HttpRequest) -> JsonResponse:
    keys = request.GET["books"].split(",")
    # All that were chosen.
    titles = [get_object_or_404(Book, pk=key).title for key in keys]
    return JsonResponse({"titles": titles})


@positive(
    "get-in-loop",
    request=True,
    at="# All that were chosen.",
    reads=(("get_object_or_404(Book, pk=key).title", "book_by_pk[int(key)].title"),),
)
def shortcut_in_a_view(client: Any) -> Any:
    """A view takes keys from the query string: texts, which the dictionary has as numbers."""
    return client.get("/corpus/basket/", {"books": ",".join(map(str, _keys(Book, 8)))})


@positive(
    "get-in-loop",
    at="# Still valid?",
    reads=(('Order.objects.get(number=number, currency="EUR")', "order_by_number[number]"),),
)
def with_a_fixed_condition() -> list[str]:
    """A second condition is the same for all rows."""
    numbers = list(Order.objects.filter(currency="EUR").order_by("pk").values_list("number", flat=True)[:9])
    places = []
    # Still valid?
    for number in numbers:
        places.append(Order.objects.get(number=number, currency="EUR").ship_to)
    return places


@positive(
    "get-in-loop",
    at="# Books with their authors.",
    reads=(('Book.objects.select_related("author").get(slug=slug)', "book_by_slug[slug]"),),
)
def joined_and_looked_up() -> list[str]:
    """The lookup joins what it needs; only the loop is wrong."""
    slugs, found = _slugs(10), []
    # Books with their authors.
    for slug in slugs:
        book = Book.objects.select_related("author").get(slug=slug)
        found.append(f"{book.title} by {book.author.name}")
    return found


@positive(
    "get-in-loop",
    at="# Publishers of a list.",
    reads=(("Publisher.objects.get(pk=item.pk)", "publisher_by_pk[item.pk]"),),
)
def by_an_attribute() -> list[str]:
    """The key is an attribute of what the loop goes through."""
    items, found = [Publisher(pk=pk) for pk in _keys(Publisher, 10)], []
    # Publishers of a list.
    for item in items:
        found.append(Publisher.objects.get(pk=item.pk).name)
    return found


def author_of(pk: int) -> Author:
    """Return an author; whoever calls it in a loop asks once for each."""
    return Author.objects.get(pk=pk)


@positive("get-in-loop", advice=False)
def in_a_helper() -> list[str]:
    """The lookup stands in a function, the loop around its call."""
    return [author_of(pk).name for pk in _keys(Author)]


@positive("get-in-loop", advice=False)
def raw_cursor() -> list[str]:
    """A cursor asks for one row after the other."""
    found = []
    with connection.cursor() as cursor:
        for pk in _keys(Book, 10):
            cursor.execute("SELECT title FROM catalog_book WHERE id = %s", [pk])
            found.append(cursor.fetchone()[0])
    return found


@positive("get-in-loop", at="# The shelf.", reads=(("await Book.objects.aget(pk=pk)", "book_by_pk[pk]"),))
async def awaited() -> list[str]:
    """A coroutine awaits one row after the other."""
    keys, titles = await sync_to_async(_keys)(Book, 8), []
    # The shelf.
    for pk in keys:
        book = await Book.objects.aget(pk=pk)
        titles.append(book.title)
    return titles


@positive(
    "get-in-loop",
    at="# Lists of lines.",
    reads=(("list(OrderLine.objects.filter(order_id=pk))", "orderline_by_order_id[pk]"),),
)
def rows_of_each_key() -> dict[int, int]:
    """Several rows a key: all lines of one order after the other, by a plain filter."""
    keys, found = _keys(Order, 15), {}
    # Lists of lines.
    for pk in keys:
        lines = list(OrderLine.objects.filter(order_id=pk))
        found[pk] = sum(line.quantity for line in lines)
    return found


@positive(
    "get-in-loop",
    at="# Countries by code.",
    reads=(("Country.objects.get(code=code)", "country_by_code[code]"),),
)
def in_a_dictionary() -> dict[str, str]:
    """A comprehension over a set of codes."""
    codes = sorted(Country.objects.order_by("pk").values_list("code", flat=True)[:7])
    # Countries by code.
    return {code: Country.objects.get(code=code).name for code in codes}


class Importer:
    """Takes lines of a file in; each names a book by its ISBN."""

    def run(self, lines: Iterable[tuple[str, int]]) -> int:
        """Return how many pages were ordered."""
        isbns = dict(lines)
        # Every line of the file.
        return sum(Book.objects.get(isbn=isbn).pages * isbns[isbn] for isbn in isbns)


@positive(
    "get-in-loop",
    at="# Every line of the file.",
    reads=(("Book.objects.get(isbn=isbn).", "book_by_isbn[isbn]."),),
)
def import_of_a_file() -> int:
    """A method of a class looks up what each line of a file names."""
    isbns = Book.objects.order_by("pk").values_list("isbn", flat=True)[:10]
    return Importer().run((isbn, 2) for isbn in isbns)


@positive(
    "get-in-loop",
    at="# What each word stands for.",
    reads=(
        ("genre = Genre.objects.get(slug=slug)", "genre = genre_by_slug[slug]"),
        ("except Genre.DoesNotExist:", "except KeyError:"),
    ),
)
def keys_without_a_row() -> list[str]:
    """Some words have no row, which is no error."""
    slugs = [*Genre.objects.order_by("pk").values_list("slug", flat=True)[:6], "nothing-such", "nor-this"]
    names = []
    # What each word stands for.
    for slug in slugs:
        try:
            genre = Genre.objects.get(slug=slug)
        except Genre.DoesNotExist:
            names.append(slug)
        else:
            names.append(genre.name)
    return names


@positive("get-in-loop", advice=False)
def by_natural_key() -> list[int]:
    """A method of Django's own manager looks each user up: the loop is the application's."""
    names = [
        name.replace(" ", ".")[:30] for name in Review.objects.values_list("reader", flat=True).distinct()[:8]
    ]
    User.objects.bulk_create([User(username=name) for name in sorted(set(names))], ignore_conflicts=True)
    return [len(User.objects.get_by_natural_key(name).username) for name in sorted(set(names))]


@positive("get-in-loop", advice=False)
def by_two_keys() -> list[Any]:
    """Two columns vary together, which no ``in`` asks for."""
    pairs = list(Book.objects.order_by("pk").values_list("slug", "isbn")[:8])
    return [Book.objects.get(slug=slug, isbn=isbn).title for slug, isbn in pairs]
