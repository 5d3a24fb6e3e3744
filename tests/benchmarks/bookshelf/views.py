"""The pages that are measured."""

from __future__ import annotations

from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tests.benchmarks.bookshelf.models import Book


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
