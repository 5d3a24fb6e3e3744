"""Pages about reviews without the problems planted in ``demo.catalog.views.reviews``."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from django.db.models import Count, Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.text import slugify

from demo.catalog.dates import day_asked_for
from demo.catalog.models import Book, Review


def five_stars(request: HttpRequest) -> HttpResponse:
    """The prefetched reviews are sifted in Python."""
    reviews = Prefetch("reviews", Review.objects.only("book", "stars", "title").order_by("id"))
    books = Book.objects.only("title", "slug").prefetch_related(reviews).order_by("-views", "-id")[:30]
    shown = [
        {
            "book": book,
            "count": len(book.reviews.all()),
            "best": [review for review in book.reviews.all() if review.stars == 5],
        }
        for book in books
    ]
    return render(request, "catalog/five_stars.html", {"shown": shown})


def by_reader(request: HttpRequest) -> HttpResponse:
    """The slug of the name has an index."""
    reader = request.GET.get("reader", "")
    reviews = Review.objects.filter(reader_slug=slugify(reader)).select_related("book")
    reviews = reviews.only("stars", "title", "text", "reader", "book__title", "book__slug").order_by("id")[
        :50
    ]
    return render(request, "catalog/by_reader.html", {"reader": reader, "reviews": list(reviews)})


def day(request: HttpRequest) -> HttpResponse:
    """A range on the bare column is what an index is made for."""
    asked = day_asked_for(request)
    start = datetime.combine(asked, time.min, tzinfo=UTC)
    within = Review.objects.filter(created_at__gte=start, created_at__lt=start + timedelta(days=1))
    reviews = within.order_by("-created_at", "-id")
    return render(request, "catalog/day.html", {"day": asked, "reviews": list(reviews)})


def summary(request: HttpRequest) -> HttpResponse:
    """The database counts and sends five rows."""
    stars = Review.objects.values_list("stars").annotate(count=Count("id")).order_by("stars")
    return render(request, "catalog/summary.html", {"stars": list(stars)})


def any_reviews(request: HttpRequest) -> HttpResponse:
    """``exists()`` stops at the first row and fetches none of its columns."""
    book = get_object_or_404(Book.objects.only("title", "slug"), slug=request.GET.get("book", ""))
    reviewed = Review.objects.filter(book=book).exists()
    return render(request, "catalog/any_reviews.html", {"book": book, "reviewed": reviewed})
