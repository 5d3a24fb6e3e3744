"""Lists of orders and their lines; each plants the one problem that ``demo.pages`` names."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from demo.orders.countries import currency_of
from demo.orders.models import Order, OrderLine


def order_list(request: HttpRequest) -> HttpResponse:
    """n-plus-one: the template calls ``order.total``, which reads the lines of one order."""
    orders = list(Order.objects.order_by("-placed_at", "-id")[:50])
    return render(request, "orders/order_list.html", {"orders": orders})


def line_list(request: HttpRequest) -> HttpResponse:
    """query-everywhere: ``OrderLine.__str__`` reads the title of the book."""
    lines = list(OrderLine.objects.order_by("-id")[:50])
    return render(request, "orders/line_list.html", {"lines": lines})


def abroad(request: HttpRequest) -> HttpResponse:
    """misestimate: to the planner, country and currency are two independent conditions."""
    country = request.GET.get("country", "")
    orders = Order.objects.filter(ship_to=country, currency=currency_of(country))
    return render(request, "orders/abroad.html", {"orders": list(orders.order_by("id")), "country": country})
