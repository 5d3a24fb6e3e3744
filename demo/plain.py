"""Pages that plant nothing: the start page, one book, and what a profiler must also survive."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from secrets import token_hex

from django.db.models import Avg, Count, F, Sum
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from demo.catalog.models import HEAVY, Author, Book, Review
from demo.orders.models import Cart, CartLine
from demo.orders.visitor import CartCookie, cart_cookie
from demo.pages import PAGES, areas


def start(request: HttpRequest) -> HttpResponse:
    """Show the map; runs no query."""
    return render(request, "lantern/start.html", {"areas": list(areas()), "pages": len(PAGES)})


def book(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one book with its reviews."""
    books = Book.objects.select_related("author", "publisher").defer("sample", "author__biography")
    found = get_object_or_404(books, slug=slug)
    reviews = list(found.reviews.order_by("-created_at", "-id")[:20])
    stars = found.reviews.aggregate(average=Avg("stars"), count=Count("id"))
    return render(request, "catalog/book.html", {"book": found, "reviews": reviews, "stars": stars})


@require_POST
def add_to_cart(request: HttpRequest) -> HttpResponse:
    """Put one copy of a book into the visitor's cart."""
    book = get_object_or_404(Book.objects.defer(*HEAVY), slug=request.POST.get("book", ""))
    cookie = cart_cookie(request)
    cart, _ = Cart.objects.get_or_create(token=cookie.token or token_hex(16))
    line, created = CartLine.objects.get_or_create(cart=cart, book=book)
    if not created:
        CartLine.objects.filter(pk=line.pk).update(quantity=F("quantity") + 1)
    response = redirect("/cart/")
    copies = cart.lines.aggregate(copies=Sum("quantity"))["copies"]
    CartCookie(cart.token, copies).write(response)
    return response


def error(request: HttpRequest) -> HttpResponse:
    """Raise after three queries, so that a failed request can be looked at."""
    counts = {model.__name__: model.objects.count() for model in (Author, Book, Review)}
    raise RuntimeError(f"The bookkeeper dropped the ledger after counting {counts}.")


def slow(request: HttpRequest) -> StreamingHttpResponse:
    """Stream one title every 300 ms for three seconds; each is a query of its own, made while the body is sent."""
    return StreamingHttpResponse(_titles(), content_type="text/plain; charset=utf-8")


async def _titles() -> AsyncIterator[str]:
    for place in range(10):
        found = (
            await Book.objects.order_by("-views").values_list("title", flat=True)[place : place + 1].aget()
        )
        yield f"{place + 1}. {found}\n"
        await asyncio.sleep(0.3)
