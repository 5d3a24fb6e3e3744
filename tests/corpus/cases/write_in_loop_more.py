"""Writes row by row in other words: locked in one transaction, counted by a range, of many rows at once."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from rest_framework import generics, serializers

from demo.catalog.models import Book, Country, Genre, Review
from demo.orders.models import Order
from tests.corpus.case import positive, silent
from tests.corpus.models import Topic
from tests.corpus.pages import PAGES


@silent("write-in-loop", "each row is locked before it is read and changed, all in one transaction")
def locked_in_one_transaction() -> list[int]:
    seen = []
    with transaction.atomic():
        for pk in sorted(Book.objects.order_by("pk").values_list("pk", flat=True)[:6]):
            book = Book.objects.select_for_update().only("views").get(pk=pk)
            book.views += 1
            book.save(update_fields=["views"])
            seen.append(book.views)
    return seen


@positive("write-in-loop")
def created_by_number() -> list[Any]:
    """So many rows are made, however many a person wrote down."""
    # Numbered.
    for number in range(10):
        Topic.objects.create(name=f"no. {number}")
    return list(Topic.objects.order_by("name").values_list("name").distinct())


@positive("write-in-loop")
def tagged() -> list[Any]:
    """One book is given one genre after the other."""
    book, genres = Book.objects.earliest("pk"), Genre.objects.all()
    book.genres.clear()
    # All in one.
    for genre in genres:
        book.genres.add(genre)
    return list(book.genres.order_by("pk").values_list("name"))


@positive(
    "write-in-loop",
    at="# Old or new.",
    reads=(
        (
            """Country.objects.update_or_create(
            code=code,
            defaults={"name": f"land {code}"},
        )""",
            'rows.append(Country(code=code, name=f"land {code}"))',
        ),
    ),
)
def imported_again() -> list[Any]:
    """An import of rows that are all new: the next one finds them, and must not fail."""
    rows: list[Country] = []
    Country.objects.filter(code__startswith="Q").delete()
    for code in [f"Q{letter}" for letter in "ABCDEFGH"]:
        Country.objects.update_or_create(
            code=code,
            defaults={"name": f"land {code}"},
        )
    # Old or new.
    return [*rows[:0], *Country.objects.order_by("code").values_list("name")]


@positive("write-in-loop")
def closed() -> list[Any]:
    """Every order gets the same status, and all of its columns are written."""
    orders = Order.objects.order_by("pk")[:8]
    for order in orders:
        order.status = Order.Status.SENT
        order.save()
    # Closed.
    return list(Order.objects.order_by("pk").values_list("status")[:20])


class ReviewIn(serializers.ModelSerializer[Review]):
    class Meta:
        model = Review
        fields = ("book", "reader", "reader_slug", "stars", "title", "text", "created_at")


class ReviewsIn(generics.CreateAPIView[Review]):
    serializer_class = ReviewIn

    def get_serializer(self, *args: Any, **options: Any) -> Any:
        return super().get_serializer(*args, **options, many=True)


PAGES["reviews_in"] = ReviewsIn.as_view()


@positive("write-in-loop", request=True, advice=False)
def many_by_a_serializer(client: Any) -> Any:
    """A list of reviews of one book: the package looks for that book again for each, which nobody can change."""
    book = Book.objects.earliest("pk")
    row = {"book": book.pk, "stars": 4, "title": "t", "text": "x", "created_at": timezone.now().isoformat()}
    rows = [row | {"reader": f"r{number}", "reader_slug": f"r{number}"} for number in range(8)]
    return client.post("/corpus/reviews_in/", rows, content_type="application/json")
