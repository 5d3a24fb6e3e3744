"""Fills the shop with customers, their orders, and one cart for visitors who have none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random

from django.utils.text import slugify

from demo.catalog.models import Book
from demo.orders.countries import COUNTRIES
from demo.orders.models import Cart, CartLine, Customer, Order, OrderLine
from demo.orders.visitor import SAMPLE_CART
from demo.seeding.catalogue import BATCH, LAST_DAY
from demo.seeding.prose import people
from demo.seeding.sizes import Sizes
from demo.seeding.words import PLACES


def fill_sales(rng: Random, books: list[Book], sizes: Sizes) -> None:
    """Write customers, orders with their lines, and the sample cart."""
    Customer.objects.bulk_create(
        (
            Customer(
                id=n,
                name=name,
                email=f"{slugify(name)}.{n}@example.com",
                city=rng.choice(PLACES),
                joined_on=LAST_DAY - timedelta(days=rng.randint(0, 1500)),
            )
            for n, name in enumerate(islice(people(rng), sizes.customers), 1)
        ),
        batch_size=BATCH,
    )
    Order.objects.bulk_create((_order(rng, sizes, n) for n in range(1, sizes.orders + 1)), batch_size=BATCH)
    OrderLine.objects.bulk_create(_lines(rng, books, sizes), batch_size=BATCH)
    _sample_cart(rng, books)


def _order(rng: Random, sizes: Sizes, n: int) -> Order:
    code, _, currency = rng.choice(COUNTRIES)
    end = datetime(LAST_DAY.year, LAST_DAY.month, LAST_DAY.day, tzinfo=UTC)
    return Order(
        id=n,
        number=f"L{n:07}",
        customer_id=rng.randint(1, sizes.customers),
        placed_at=end - timedelta(seconds=rng.randint(0, 500 * 86_400)),
        status=rng.choices(list(Order.Status), weights=(10, 85, 5))[0],
        ship_to=code,
        currency=currency,
    )


def _lines(rng: Random, books: list[Book], sizes: Sizes) -> list[OrderLine]:
    chosen = (
        (order, book) for order in range(1, sizes.orders + 1) for book in rng.sample(books, rng.randint(1, 4))
    )
    return [
        OrderLine(id=n, order_id=order, book_id=book.id, quantity=rng.randint(1, 3), unit_price=book.price)
        for n, (order, book) in enumerate(chosen, 1)
    ]


def _sample_cart(rng: Random, books: list[Book]) -> None:
    cart = Cart(id=1, token=SAMPLE_CART, created_at=datetime(2026, 3, 1, 9, tzinfo=UTC))
    Cart.objects.bulk_create([cart])
    CartLine.objects.bulk_create(
        CartLine(id=n, cart=cart, book=book, quantity=rng.randint(1, 2))
        for n, book in enumerate(books[:6], 1)
    )
