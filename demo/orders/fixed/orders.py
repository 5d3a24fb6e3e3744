"""Lists of orders and their lines without the problems of ``demo.orders.views.orders``."""

from __future__ import annotations

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from demo.catalog.models import Book
from demo.orders.models import Order, OrderLine


def order_list(request: HttpRequest) -> HttpResponse:
    """The lines of all orders are prefetched; ``total()`` finds them there."""
    orders = list(Order.objects.prefetch_related("lines").order_by("-placed_at", "-id")[:50])
    return render(request, "orders/order_list.html", {"orders": orders})


def line_list(request: HttpRequest) -> HttpResponse:
    """The titles that ``__str__`` reads come by one more query: for a join, MariaDB goes through all lines of all books."""
    titles = Prefetch("book", Book.objects.only("title"))
    lines = OrderLine.objects.only("book", "quantity", "unit_price").prefetch_related(titles)
    return render(request, "orders/line_list.html", {"lines": list(lines.order_by("-id")[:50])})


def abroad(request: HttpRequest) -> HttpResponse:
    """The currency follows from the country, so the country is asked for alone."""
    country = request.GET.get("country", "")
    orders = Order.objects.filter(ship_to=country)
    return render(request, "orders/abroad.html", {"orders": list(orders.order_by("id")), "country": country})
