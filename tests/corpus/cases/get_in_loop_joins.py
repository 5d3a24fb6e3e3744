"""Lookups and counts through a join, and lookups that choose their columns: what asks for all of them keeps both."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Prefetch  # noqa: F401 - what advice names
from django.shortcuts import get_object_or_404

from demo.catalog.models import Author, Book, Country, Genre, Review
from demo.orders.models import Customer, Order, OrderLine
from tests.corpus.case import positive
from tests.corpus.models import Note


@positive(
    "count-in-loop",
    at="# What each of them bought.",
    reads=(
        ("keys", "customers"),
        ("OrderLine.objects.filter(order__customer=customer).count()", "counts.get(customer.pk, 0)"),
    ),
)
def counted_through_a_join() -> dict[str, int]:
    """The compared column is one of the order, not of its lines."""
    customers, found = list(Customer.objects.order_by("pk")[:12]), {}
    # What each of them bought.
    for customer in customers[:12]:
        found[customer.email] = OrderLine.objects.filter(order__customer=customer).count()
    return found


@positive(
    "count-in-loop",
    at="# How many of each.",
    reads=(("Book.objects.filter(genres=genre).count()", "counts.get(genre.pk, 0)"),),
)
def counted_through_many_to_many() -> dict[str, int]:
    """The compared column is one of the table in between."""
    genres = list(Genre.objects.order_by("name"))
    # How many of each.
    return {genre.slug: Book.objects.filter(genres=genre).count() for genre in genres}


@positive(
    "count-in-loop",
    at="# Sold to each country.",
    reads=(("OrderLine.objects.filter(order__ship_to=code).count()", "counts.get(code, 0)"),),
)
def counted_by_words_of_a_join() -> dict[str, int]:
    """A code that the order keeps."""
    codes = list(Country.objects.order_by("pk").values_list("code", flat=True)[:12])
    # Sold to each country.
    return {code: OrderLine.objects.filter(order__ship_to=code).count() for code in codes}


@positive(
    "get-in-loop",
    at="# Titles of each.",
    reads=(
        (
            'list(Book.objects.filter(author__name=name).only("title").order_by("pk"))',
            "book_by_author_name[name]",
        ),
    ),
)
def rows_by_a_joined_name() -> list[list[Book]]:
    """The rows are found by a name of the author, and only their titles are loaded."""
    names = list(
        Author.objects.filter(books__isnull=False)
        .order_by("pk")
        .values_list("name", flat=True)
        .distinct()[:8]
    )
    # Titles of each.
    return [list(Book.objects.filter(author__name=name).only("title").order_by("pk")) for name in names]


@positive(
    "get-in-loop",
    at="# What readers say.",
    reads=(('list(Review.objects.filter(book=pk).only("stars"))', "review_by_book[pk]"),),
)
def rows_with_chosen_columns() -> dict[int, int]:
    """What the rows are told by is loaded with the columns that the line chooses."""
    pks, found = list(Book.objects.order_by("pk").values_list("pk", flat=True)[:15]), {}
    # What readers say.
    for pk in pks:
        reviews = list(Review.objects.filter(book=pk).only("stars"))
        found[pk] = sum(review.stars for review in reviews)
    return found


@positive(
    "count-in-loop",
    at="# The sum of all.",
    reads=(('Book.objects.filter(pk=pk).only("price").first()', "first.get(pk)"),),
)
def first_by_primary_key() -> Decimal:
    """Of a primary key there is one row: no order, and only the price."""
    keys, total = list(Book.objects.order_by("pk").values_list("pk", flat=True)[:6]), Decimal(0)
    # The sum of all.
    for pk in keys:
        book = Book.objects.filter(pk=pk).only("price").first()
        if book is not None:
            total += book.price
    return total


def has_bought(customer: Any, book: int) -> bool:
    """Return whether a customer bought a book; who calls it in a loop asks once for each."""
    return OrderLine.objects.filter(order__customer=customer, book_id=book).exists()


@positive("count-in-loop", advice=False)
def checked_through_a_join() -> list[bool]:
    """A second condition depends on the call: no code could tell its value."""
    customer = Customer.objects.order_by("pk")[5]
    return [has_bought(customer, pk) for pk in Book.objects.order_by("pk").values_list("pk", flat=True)[:15]]


@positive("count-in-loop")
def checked_and_read_in_one_line() -> list[tuple[str, bool]]:
    """The queryset and what reads it stand in one statement: it is shown once."""
    return [
        (genre.name, genre.books.filter(status=Book.Status.IN_PRINT).exists())
        for genre in Genre.objects.order_by("name")
    ]


@positive("n-plus-one")
def truth_of_a_choice() -> list[bool]:
    """The choice is a constant of a class."""
    found = []
    for customer in Customer.objects.order_by("pk")[:15]:
        found.append(bool(customer.orders.filter(status=Order.Status.PAID)))
    return found


@positive("evaluated-twice", advice=False)
def first_of_all_twice() -> str:
    """An index asks for one row each time, and a list of all of them would be worse."""
    books = Book.objects.only("title", "slug").order_by("-published_on", "-pk")
    title = books[0].title
    return f"{title} at {books[0].slug}"


@positive(
    "count-in-loop",
    at="# Who is new?",
    reads=(('Customer.objects.filter(email=row["email"]).exists()', 'row["email"] in known'),),
)
def rows_of_a_file_checked() -> int:
    """A short file is taken in, and each row is looked for."""
    known_already = Customer.objects.order_by("pk").values_list("email", flat=True)[:4]
    rows, new = [{"email": email} for email in [*known_already, "new@example.org", "newer@example.org"]], 0
    # Who is new?
    for row in rows:
        if not Customer.objects.filter(email=row["email"]).exists():
            new += 1
    return new


@positive(
    "get-in-loop",
    at="# What each costs.",
    reads=(("Book.objects.get(slug=slug)", "book_by_slug[slug]"),),
)
def by_one_of_two_names() -> list[Any]:
    """The loop gives two names at once."""
    wanted, found = dict(Book.objects.order_by("pk").values_list("slug", "pages")[:8]), []
    # What each costs.
    for slug, pages in wanted.items():
        found.append((Book.objects.get(slug=slug).price, pages))
    return found


@positive(
    "get-in-loop",
    at="# One note after the other.",
    reads=(("get_object_or_404(Note, pk=pk)", "note_by_pk[pk]"),),
)
def by_a_shortcut_of_a_model_without_objects() -> list[str]:
    """The model's only manager has a name of its own."""
    keys = sorted(Note.notes.values_list("pk", flat=True))
    # One note after the other.
    return [get_object_or_404(Note, pk=pk).text for number, pk in enumerate(keys)]
