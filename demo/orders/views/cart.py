"""The cart and the checkout; each plants the one problem that ``demo.pages`` names."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from demo.orders.models import Cart
from demo.orders.payment import authorise
from demo.orders.purchase import lines_of, place_order, total_of
from demo.orders.visitor import cart_token


@dataclass(frozen=True)
class Visitor:
    """Somebody with a cart."""

    token: str

    @property
    def cart(self) -> Cart:
        """The cart; every read is a query."""
        return get_object_or_404(Cart, token=self.token)


def cart(request: HttpRequest) -> HttpResponse:
    """duplicate-query: ``visitor.cart`` three times is the same row three times."""
    visitor = Visitor(cart_token(request))
    lines = lines_of(visitor.cart)
    values = {"since": visitor.cart.created_at, "token": visitor.cart.token}
    return render(request, "orders/cart.html", {"lines": lines, "total": total_of(lines), **values})


def checkout(request: HttpRequest) -> HttpResponse:
    """long-transaction: the provider answers while the new order is locked."""
    lines = lines_of(Visitor(cart_token(request)).cart)
    total = total_of(lines)
    if request.method != "POST":
        return render(request, "orders/checkout.html", {"lines": lines, "total": total})
    with transaction.atomic():
        place_order(lines)
        paid = authorise(total)
        transaction.set_rollback(not paid)
    return render(request, "orders/thanks.html", {"lines": lines, "total": total, "paid": paid})
