"""Pages about reviews; each plants the one problem that ``demo.pages`` names."""

from __future__ import annotations

from collections import Counter

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from demo.catalog.dates import day_asked_for
from demo.catalog.models import Book, Review


def five_stars(request: HttpRequest) -> HttpResponse:
    """prefetch-defeated: ``filter()`` on prefetched reviews is a new query each time."""
    reviews = Prefetch("reviews", Review.objects.only("book", "stars", "title").order_by("id"))
    books = Book.objects.only("title", "slug").prefetch_related(reviews).order_by("-views", "-id")[:30]
    shown = [
        {"book": book, "count": len(book.reviews.all()), "best": list(book.reviews.filter(stars=5))}
        for book in books
    ]
    return render(request, "catalog/five_stars.html", {"shown": shown})


def by_reader(request: HttpRequest) -> HttpResponse:
    """missing-index: nothing helps to find a reader by name."""
    reader = request.GET.get("reader", "")
    reviews = Review.objects.filter(reader=reader).select_related("book")
    reviews = reviews.only("stars", "title", "text", "reader", "book__title", "book__slug").order_by("id")[
        :50
    ]
    return render(request, "catalog/by_reader.html", {"reader": reader, "reviews": list(reviews)})


def day(request: HttpRequest) -> HttpResponse:
    """full-scan: the index on ``created_at`` does not serve a function of it."""
    asked = day_asked_for(request)
    reviews = Review.objects.filter(created_at__date=asked).order_by("-created_at", "-id")
    return render(request, "catalog/day.html", {"day": asked, "reviews": list(reviews)})


def summary(request: HttpRequest) -> HttpResponse:
    """large-result: Python counts what the database could."""
    stars = Counter(Review.objects.values_list("stars", flat=True).order_by("stars"))
    return render(request, "catalog/summary.html", {"stars": sorted(stars.items())})


def any_reviews(request: HttpRequest) -> HttpResponse:
    """truth-by-load: the queryset's truth is found by loading it."""
    book = get_object_or_404(Book.objects.only("title", "slug"), slug=request.GET.get("book", ""))
    reviewed = bool(Review.objects.filter(book=book))
    return render(request, "catalog/any_reviews.html", {"book": book, "reviewed": reviewed})
