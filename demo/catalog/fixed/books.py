"""Pages about books without the problems planted in ``demo.catalog.views.books``."""

from __future__ import annotations

from django.core.cache import cache
from django.core.paginator import Paginator
from django.db.models import F, Window
from django.db.models.functions import Rank
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from demo.catalog.models import HEAVY, Book
from demo.catalog.reading import READING_LIST

NEWEST = ("-published_on", "-id")
MONTH_SECONDS = 30 * 24 * 3600


def book_list(request: HttpRequest) -> HttpResponse:
    """The author comes with the book by a join."""
    books = Book.objects.with_review_count().select_related("author")
    books = books.defer(*HEAVY, "author__biography").order_by(*NEWEST)
    if genre := request.GET.get("genre"):
        books = books.filter(genres__slug=genre)
    page = Paginator(books, 100).get_page(request.GET.get("page"))
    return render(request, "catalog/book_list.html", {"page_obj": page, "books": list(page)})


def origins(request: HttpRequest) -> HttpResponse:
    """The join goes all the way to the country."""
    books = Book.objects.select_related("author__country").defer(*HEAVY, "author__biography")
    return render(request, "catalog/origins.html", {"books": list(books.order_by(*NEWEST)[:60])})


def labels(request: HttpRequest) -> HttpResponse:
    """The genres of all rows are prefetched with one query."""
    books = Book.objects.prefetch_related("genres").defer(*HEAVY).order_by(*NEWEST)[:60]
    return render(request, "catalog/labels.html", {"books": list(books)})


def prices(request: HttpRequest) -> HttpResponse:
    """``only()`` names every column the template reads."""
    books = Book.objects.only("title", "slug", "price").order_by("title")[:60]
    return render(request, "catalog/prices.html", {"books": list(books)})


def reading_list(request: HttpRequest) -> HttpResponse:
    """``in_bulk()`` gets all of them at once."""
    found = Book.objects.only("title", "slug", "pages").in_bulk(READING_LIST, field_name="slug")
    return render(request, "catalog/reading_list.html", {"books": [found[slug] for slug in READING_LIST]})


async def spotlight(request: HttpRequest) -> HttpResponse:
    """The author comes with the book by a join."""
    books = Book.objects.select_related("author").only("title", "slug", "author__name", "author__born")
    shown = [
        {"title": book.title, "slug": book.slug, "name": book.author.name, "born": book.author.born}
        async for book in books.order_by("-views", "-id")[:20]
    ]
    return render(request, "catalog/spotlight.html", {"books": shown})


def titles(request: HttpRequest) -> HttpResponse:
    """Only the columns that the template reads."""
    books = list(Book.objects.only("title", "slug").order_by("title", "id")[:200])
    return render(request, "catalog/titles.html", {"books": books})


def new(request: HttpRequest) -> HttpResponse:
    """Nothing is prefetched that nobody reads."""
    books = Book.objects.defer(*HEAVY).order_by(*NEWEST)[:60]
    return render(request, "catalog/new.html", {"books": list(books)})


def window(request: HttpRequest) -> HttpResponse:
    """One list serves the sum and the page."""
    books = list(Book.objects.only("title", "slug", "price").order_by("-views", "-id")[:30])
    worth = sum(book.price for book in books)
    return render(request, "catalog/window.html", {"books": books, "worth": worth})


def forthcoming(request: HttpRequest) -> HttpResponse:
    """The rows are loaded anyway, so their number is known."""
    books = list(Book.objects.filter(status=Book.Status.FORTHCOMING).defer(*HEAVY).order_by(*NEWEST))
    return render(request, "catalog/forthcoming.html", {"books": books, "count": len(books)})


def bestsellers(request: HttpRequest) -> HttpResponse:
    """The same statement by the ORM."""
    books = Book.objects.filter(views__gt=100).only("title", "slug", "views").order_by("-views", "-id")[:40]
    return render(request, "catalog/bestsellers.html", {"books": list(books)})


def ranking(request: HttpRequest) -> HttpResponse:
    """A window function finds all ranks in one pass."""
    rank = Window(Rank(), order_by=F("views").desc())
    books = Book.objects.filter(views__gte=100).annotate(rank=rank)
    books = books.only("title", "slug", "views").order_by("rank", "-id")[:50]
    return render(request, "catalog/ranking.html", {"books": list(books)})


def of_the_month(request: HttpRequest) -> HttpResponse:
    """The answer is kept until the month is over."""
    books = cache.get("books-of-the-month")
    if books is None:
        books = list(Book.objects.only("title", "slug", "pages").order_by("-views", "-id")[:12])
        cache.set("books-of-the-month", books, MONTH_SECONDS)
    return render(request, "catalog/of_the_month.html", {"books": books})
