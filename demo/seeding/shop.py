"""Empties and fills the whole shop in one transaction."""

from __future__ import annotations

from random import Random

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.models import Model

from demo.blog.models import Comment, Post
from demo.catalog.models import Author, Book, Country, Genre, Publisher, Review
from demo.orders.models import Cart, CartLine, Customer, Order, OrderLine
from demo.seeding.catalogue import fill_catalogue
from demo.seeding.posts import fill_blog
from demo.seeding.prose import Prose
from demo.seeding.sales import fill_sales
from demo.seeding.sizes import Sizes

OPENED_IN = 1987
"""Seed of the random generator: the same number, the same shop."""

MODELS: tuple[type[Model], ...] = (
    Country,
    Author,
    Publisher,
    Genre,
    Book,
    Book.genres.through,
    Review,
    Customer,
    Order,
    OrderLine,
    Cart,
    CartLine,
    Post,
    Comment,
)
"""Every table of the shop, none before one that it refers to."""


def fill(scale: float = 1.0) -> dict[str, int]:
    """Empty the shop's tables, fill them and return how many rows each model has now."""
    rng = Random(OPENED_IN)
    prose = Prose(rng)
    sizes = Sizes.scaled(scale)
    with transaction.atomic():
        _empty()
        books = fill_catalogue(rng, prose, sizes)
        fill_sales(rng, books, sizes)
        fill_blog(rng, prose, books, sizes)
        _administrator()
        _restart_sequences()
    return {str(model._meta.verbose_name_plural): model._default_manager.count() for model in MODELS}


def _empty() -> None:
    with connection.cursor() as cursor:
        for model in reversed(MODELS):
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(model._meta.db_table)}")


def _administrator() -> None:
    values = {"password": make_password("admin"), "is_staff": True, "is_superuser": True}
    User.objects.update_or_create(username="admin", defaults=values)


def _restart_sequences() -> None:
    # The rows were written with their ids, which PostgreSQL's sequences know nothing of.
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), MODELS):
            cursor.execute(statement)


def refresh_statistics() -> None:
    """Let the database count what it holds, so that its plans do not differ from one start to the next."""
    tables = ", ".join(connection.ops.quote_name(model._meta.db_table) for model in MODELS)
    statement = {"sqlite": "ANALYZE", "mysql": f"ANALYZE TABLE {tables}"}.get(
        connection.vendor, f"ANALYZE {tables}"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement)
