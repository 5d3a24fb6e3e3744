"""The cart and the checkout without the problems of ``demo.orders.views.cart``."""

from __future__ import annotations

from functools import cached_property

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from demo.orders.models import Cart
from demo.orders.payment import authorise
from demo.orders.purchase import lines_of, place_order, total_of
from demo.orders.visitor import cart_token


class Visitor:
    """Somebody with a cart."""

    def __init__(self, token: str) -> None:
        self.token = token

    @cached_property
    def cart(self) -> Cart:
        """The cart, read once."""
        return get_object_or_404(Cart, token=self.token)


def cart(request: HttpRequest) -> HttpResponse:
    """``visitor.cart`` is read once and kept."""
    visitor = Visitor(cart_token(request))
    lines = lines_of(visitor.cart)
    values = {"since": visitor.cart.created_at, "token": visitor.cart.token}
    return render(request, "orders/cart.html", {"lines": lines, "total": total_of(lines), **values})


def checkout(request: HttpRequest) -> HttpResponse:
    """The provider is asked first; the transaction holds two statements and nothing else."""
    lines = lines_of(Visitor(cart_token(request)).cart)
    total = total_of(lines)
    if request.method != "POST":
        return render(request, "orders/checkout.html", {"lines": lines, "total": total})
    paid = authorise(total)
    if paid:
        place_order(lines)
    return render(request, "orders/thanks.html", {"lines": lines, "total": total, "paid": paid})
