"""Pages about books; each plants the one problem that ``demo.pages`` names."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.db.models import F, Func, OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from demo.catalog.models import HEAVY, Author, Book
from demo.catalog.reading import READING_LIST

NEWEST = ("-published_on", "-id")


def book_list(request: HttpRequest) -> HttpResponse:
    """n-plus-one: the template reads ``book.author`` of every row."""
    books = Book.objects.with_review_count().defer(*HEAVY).order_by(*NEWEST)
    if genre := request.GET.get("genre"):
        books = books.filter(genres__slug=genre)
    page = Paginator(books, 100).get_page(request.GET.get("page"))
    return render(request, "catalog/book_list.html", {"page_obj": page, "books": list(page)})


def origins(request: HttpRequest) -> HttpResponse:
    """n-plus-one: ``book.author.country`` is one relation further than the join goes."""
    books = Book.objects.select_related("author").defer(*HEAVY, "author__biography")
    return render(request, "catalog/origins.html", {"books": list(books.order_by(*NEWEST)[:60])})


def labels(request: HttpRequest) -> HttpResponse:
    """n-plus-one: the genres of every row, many to many."""
    books = Book.objects.defer(*HEAVY).order_by(*NEWEST)[:60]
    return render(request, "catalog/labels.html", {"books": list(books)})


def prices(request: HttpRequest) -> HttpResponse:
    """n-plus-one: ``price`` is a deferred column, loaded row by row."""
    books = Book.objects.only("title", "slug").order_by("title")[:60]
    return render(request, "catalog/prices.html", {"books": list(books)})


def reading_list(request: HttpRequest) -> HttpResponse:
    """get-in-loop: one ``get()`` for each slug."""
    books = [Book.objects.only("title", "slug", "pages").get(slug=slug) for slug in READING_LIST]
    return render(request, "catalog/reading_list.html", {"books": books})


async def spotlight(request: HttpRequest) -> HttpResponse:
    """get-in-loop: one awaited ``aget()`` for each book."""
    books = Book.objects.only("title", "slug", "author_id").order_by("-views", "-id")[:20]
    shown = []
    async for book in books:
        author = await Author.objects.only("name", "born").aget(pk=book.author_id)
        shown.append({"title": book.title, "slug": book.slug, "name": author.name, "born": author.born})
    return render(request, "catalog/spotlight.html", {"books": shown})


def titles(request: HttpRequest) -> HttpResponse:
    """unused-columns: description and sample chapter come along unread."""
    books = list(Book.objects.order_by("title", "id")[:200])
    return render(request, "catalog/titles.html", {"books": books})


def new(request: HttpRequest) -> HttpResponse:
    """unused-eager-load: nothing on the page reads the genres."""
    books = Book.objects.prefetch_related("genres").defer(*HEAVY).order_by(*NEWEST)[:60]
    return render(request, "catalog/new.html", {"books": list(books)})


def window(request: HttpRequest) -> HttpResponse:
    """evaluated-twice: ``iterator()`` leaves the queryset's cache empty, so the list runs it again."""
    books = Book.objects.only("title", "slug", "price").order_by("-views", "-id")[:30]
    worth = sum(book.price for book in books.iterator())
    return render(request, "catalog/window.html", {"books": list(books), "worth": worth})


def forthcoming(request: HttpRequest) -> HttpResponse:
    """count-then-load: ``count()`` before loading the same rows."""
    books = Book.objects.filter(status=Book.Status.FORTHCOMING).defer(*HEAVY).order_by(*NEWEST)
    count = books.count()
    shown = list(books) if count else []
    return render(request, "catalog/forthcoming.html", {"books": shown, "count": count})


def bestsellers(request: HttpRequest) -> HttpResponse:
    """raw-sql: nothing here that the ORM could not say."""
    books = Book.objects.raw(
        "SELECT id, title, slug, views FROM catalog_book WHERE views > %s ORDER BY views DESC, id DESC LIMIT 40",
        [100],
    )
    return render(request, "catalog/bestsellers.html", {"books": list(books)})


def ranking(request: HttpRequest) -> HttpResponse:
    """slow-query: the rank of each book is a count over all books above it."""
    above = Book.objects.filter(views__gt=OuterRef("views")).order_by()
    place = Subquery(above.annotate(count=Func(F("id"), function="COUNT")).values("count")) + 1
    books = Book.objects.filter(views__gte=100).annotate(rank=place)
    books = books.only("title", "slug", "views")
    return render(request, "catalog/ranking.html", {"books": list(books.order_by("rank", "-id")[:50])})


def of_the_month(request: HttpRequest) -> HttpResponse:
    """repeated-across-requests: the same rows for every visitor, asked for every time."""
    books = list(Book.objects.only("title", "slug", "pages").order_by("-views", "-id")[:12])
    return render(request, "catalog/of_the_month.html", {"books": books})
