"""The pages that are measured."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction
from django.db.models import Avg, Count, F, Max, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tests.benchmarks.bookshelf.models import Author, Book


def queries(request: HttpRequest, count: int) -> HttpResponse:
    """Answer with a page of exactly ``count`` queries: one for the books, one for the author of each."""
    books = Book.objects.order_by("pk")[: max(count - 1, 1)]
    if count == 1:
        books = books.select_related("author")
    return render(request, "bookshelf/books.html", {"books": books})


def rows(request: HttpRequest, count: int) -> HttpResponse:
    """Answer with a page of one query whose result has ``count`` rows."""
    books = list(Book.objects.order_by("pk")[:count])
    total = sum((book.price for book in books), Decimal())
    return render(request, "bookshelf/total.html", {"count": len(books), "total": total})


def numbered(request: HttpRequest, number: int) -> HttpResponse:
    """Answer with a page of 20 queries; ``number`` makes its row in a list recognisable."""
    return queries(request, 20)


def different(request: HttpRequest) -> HttpResponse:
    """Answer with a page of 20 queries that are all different, each from a line of its own."""
    books, authors = Book.objects.order_by("pk"), Author.objects.order_by("pk")
    found: list[object] = [
        books.get(pk=7),
        books.first(),
        books.last(),
        list(books[:10]),
        list(books.filter(price__gt=40)[:10]),
        list(books.exclude(price__lt=10).select_related("author")[:10]),
        list(books.filter(author__name__startswith="Author 9").values("title", "author__name")[:10]),
        list(books.filter(Q(price=3) | Q(price=4), published__year=1995)[:10]),
        list(books.only("title").filter(pk__in=[1, 2, 3, 4])),
        list(books.defer("published").filter(pk__range=(5, 9))),
        list(books.annotate(dear=F("price") * 2).filter(dear__lt=20, pk__lt=50)),
        list(books.values_list("title", flat=True).filter(title__endswith="7")[:10]),
        books.filter(pk__lt=100).count(),
        books.filter(title="Book 8").exists(),
        books.filter(pk__lt=100).aggregate(Avg("price"), Max("published")),
        books.in_bulk([11, 12, 13]),
        list(authors.annotate(books=Count("book")).filter(pk__lt=10)),
        list(authors.filter(book__price__gt=45).distinct()[:10]),
        list(authors.order_by("-name")[:5]),
        authors.filter(pk=3).update(country="GB"),
    ]
    return render(request, "bookshelf/total.html", {"count": len(found), "total": "different"})


def bulk(request: HttpRequest, count: int) -> HttpResponse:
    """Answer after ``count`` new authors, who are rolled back: the next request finds the same rows."""
    with transaction.atomic():
        made = Author.objects.bulk_create([Author(name=f"New {n}", country="NO") for n in range(count)])
        transaction.set_rollback(True)
    return render(request, "bookshelf/total.html", {"count": len(made), "total": "written"})


async def calls(request: HttpRequest, count: int) -> HttpResponse:
    """Answer after ``count`` calls of the ORM that a coroutine awaits."""
    titles = [(await Book.objects.aget(pk=number)).title for number in range(1, count + 1)]
    return HttpResponse(", ".join(titles))
