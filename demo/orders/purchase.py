"""Turns the lines of a cart into an order."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from secrets import token_hex

from django.db import transaction
from django.utils import timezone

from demo.orders.models import Cart, CartLine, Order, OrderLine


def lines_of(cart: Cart) -> list[CartLine]:
    """Return the lines of a cart with what the shop shows of their books."""
    lines = cart.lines.select_related("book")
    wanted = ("cart", "quantity", "book__title", "book__slug", "book__price")
    return list(lines.only(*wanted).order_by("id"))


def total_of(lines: Sequence[CartLine]) -> Decimal:
    """Return what the lines cost together."""
    return sum((line.amount for line in lines), Decimal(0))


@transaction.atomic
def place_order(lines: Sequence[CartLine]) -> Order:
    """Write a guest's order with one line for each line of the cart and return it."""
    order = Order.objects.create(
        number=token_hex(5).upper(), placed_at=timezone.now(), ship_to="GB", currency="GBP"
    )
    OrderLine.objects.bulk_create(
        OrderLine(order=order, book=line.book, quantity=line.quantity, unit_price=line.book.price)
        for line in lines
    )
    return order
