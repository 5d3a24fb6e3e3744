"""The number beside "Cart" in the navigation, as two context processors: one free of charge, one not."""

from __future__ import annotations

from typing import Any

from django.db.models import Sum
from django.http import HttpRequest

from demo.orders.models import CartLine
from demo.orders.visitor import cart_cookie


def from_cookie(request: HttpRequest) -> dict[str, Any]:
    """Return the number that the cart itself wrote into the cookie."""
    return {"cart_badge": cart_cookie(request).copies}


def from_database(request: HttpRequest) -> dict[str, Any]:
    """Return the number as the database knows it: one query on every page, visitors without a cart included."""
    lines = CartLine.objects.filter(cart__token=cart_cookie(request).token)
    return {"cart_badge": lines.aggregate(copies=Sum("quantity"))["copies"] or 0}
