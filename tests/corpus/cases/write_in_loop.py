"""Rows that are written one by one where one statement could take all of them."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

from asgiref.sync import sync_to_async
from django.contrib.auth.models import Group, User
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse

from demo.catalog.models import Book, Country, Genre, Publisher, Review
from demo.orders.models import Cart, CartLine, Customer, Order
from tests.corpus.case import positive
from tests.corpus.models import Entry, Topic
from tests.corpus.pages import page


def _books(number: int = 12) -> list[Book]:
    return list(Book.objects.order_by("pk")[:number])


def _values(model: Any, *names: str) -> list[Any]:
    return list(model.objects.order_by("pk").values_list(*names)[:40])


@positive("write-in-loop")
def saved() -> list[Any]:
    """Each row is changed and saved whole."""
    shelf = _books()
    for book in shelf:
        book.views = book.pages
        book.save()
    # All of them.
    return _values(Book, "title", "views")


@positive("write-in-loop")
def saved_one_column() -> list[Any]:
    """Only one column of each row is saved."""
    shelf = _books()
    for book in shelf:
        book.counted_on = date(2024, 5, 1)
        book.save(update_fields=["counted_on"])
    # The day they were counted.
    return _values(Book, "counted_on")


@positive("write-in-loop")
def saved_inside_a_transaction() -> list[Any]:
    """One transaction around the loop spares commits, not statements."""
    shelf = _books()
    with transaction.atomic():
        for book in shelf:
            book.price, book.views = book.price + 1, 0
            book.save(update_fields=("price", "views"))
        # Up by a tenth.
    return _values(Book, "views")


@positive("write-in-loop")
def created() -> list[Any]:
    """A row for each name of a list."""
    names = [f"new {number}" for number in range(12)]
    # What has to be there.
    for name in names:
        Topic.objects.create(name=name)
    return _values(Topic, "name")


@positive("write-in-loop")
def made_and_saved() -> int:
    """An object is made, given a value, and saved for the first time."""
    topic, rows = Topic.objects.earliest("pk"), []
    for number in range(10 + len(rows)):
        entry = Entry(topic=topic)
        entry.text = f"line {number}"
        entry.save()
    # One list for all.
    return Entry.objects.filter(text__startswith="line").count()


@positive("write-in-loop")
def deleted() -> list[Any]:
    """Rows are deleted one by one, each with what hangs on it."""
    old = list(Order.objects.order_by("pk")[:10])
    for order in old:
        order.delete()
    # Gone.
    return _values(Order, "pk")


@positive("write-in-loop")
def deleted_rows_of_nobody() -> list[Any]:
    """Nothing hangs on the rows that are deleted."""
    poor = list(Review.objects.order_by("pk")[:8])
    for review in poor:
        review.delete()
    # Their reviews go.
    return _values(Review, "pk")


@positive("write-in-loop", advice=False)
def updated_by_a_queryset() -> list[Any]:
    """``filter(pk=...).update(...)`` for each key, with a value of its own."""
    for number, book in enumerate(_books(), 100):
        Book.objects.filter(pk=book.pk).update(views=number)
    return _values(Book, "views")


@positive(
    "write-in-loop",
    at="# Books and genres.",
    reads=(("book.genres.add(genre)", "rows.append(pair(book_id=book.pk, genre_id=genre.pk))"),),
)
def added_to_a_relation() -> list[Any]:
    """The same genre is added to each book, book by book."""
    genre, pair = Genre.objects.earliest("pk"), Book.genres.through
    rows: list[Any] = []
    pair.objects.filter(genre=genre).delete()
    for book in _books():
        book.genres.add(genre)
    # Books and genres.
    return [0 * len(rows), pair.objects.filter(genre=genre).count()]


@positive(
    "write-in-loop",
    at="# Unique by name.",
    reads=(
        (
            'Publisher.objects.get_or_create(name=name, city="York")',
            'rows.append(Publisher(name=name, city="York"))',
        ),
    ),
)
def got_or_created() -> list[Any]:
    """An import takes in what is not there yet: two statements for each line."""
    rows: list[Publisher] = []
    for name in [f"press {number}" for number in range(9)]:
        Publisher.objects.get_or_create(name=name, city="York")
    # Unique by name.
    return [*Publisher.objects.filter(city="York").order_by("name").values_list("name"), *rows[:0]]


@positive("write-in-loop", advice=False)
def updated_or_created() -> list[Any]:
    """An import brings new values of rows that are there."""
    for number, country in enumerate(Country.objects.order_by("pk")[:8]):
        Country.objects.update_or_create(code=country.code, defaults={"name": f"land {number}"})
    return _values(Country, "name")


@positive("write-in-loop", advice=False)
def raw_insert() -> int:
    """A cursor inserts row after row, where ``executemany`` would take them all."""
    start = Group.objects.count()
    with connection.cursor() as cursor:
        for number in Order.objects.order_by("pk").values_list("number", flat=True)[:8]:
            cursor.execute("INSERT INTO auth_group (name) VALUES (%s)", [f"group {number} {start}"])
    return Group.objects.count() - start


@positive("write-in-loop", advice=False)
async def saved_in_a_coroutine() -> list[Any]:
    """A coroutine awaits each ``asave()``."""
    for book in await sync_to_async(_books)():
        book.views = 7
        await book.asave(update_fields=["views"])
    return await sync_to_async(_values)(Book, "views")


def mark_sent(order: Order) -> None:
    """Note that an order was sent."""
    order.status = Order.Status.SENT
    order.save(update_fields=["status"])


@positive("write-in-loop", advice=False)
def in_a_helper() -> list[Any]:
    """The function that writes knows no loop; who calls it has one."""
    for order in Order.objects.filter(status="paid").order_by("pk")[:12]:
        mark_sent(order)
    return _values(Order, "status")


@page
def take_in(request: HttpRequest) -> HttpResponse:
    shop = Cart.objects.create(token=f"upload {Cart.objects.count()}")
    lines = [
        CartLine(cart=shop, book_id=pk)
        for pk in Book.objects.order_by("pk").values_list("pk", flat=True)[:10]
    ]
    for line in lines:
        line.save()
    # The whole cart.
    return HttpResponse(str(CartLine.objects.filter(cart=shop).count()))


@positive("write-in-loop", request=True)
def view_that_saves(client: Any) -> Any:
    """A view saves one line of a cart after the other."""
    return client.get("/corpus/take_in/")


@positive("write-in-loop")
def saved_through_a_property() -> list[Any]:
    """What is changed is computed from other columns."""
    customers = [c for c in Customer.objects.order_by("pk")[:10] if "@" in c.email]
    for customer in customers:
        customer.city = customer.email.partition("@")[2][:60]
        customer.save()
    # Both sides.
    return _values(Customer, "city")


@positive("write-in-loop", advice=False)
def two_writes_a_row() -> int:
    """Each step writes two rows, the second one with the key of the first."""
    before = Entry.objects.count()
    for name in _values(Genre, "name")[:8]:
        topic = Topic.objects.create(name=name[0])
        Entry.objects.create(text="of it", topic=topic)
    return Entry.objects.count() - before


@positive("write-in-loop")
def created_inside_a_condition() -> list[str]:
    """Rows are made of the lines of a file, where they are new."""
    number = Group.objects.count()
    words = [f"{word} {number}" for word in "abcdefgh"]
    # Words of a file.
    for word in words:
        Group.objects.create(name=word)
    return [group.name[:1] for group in Group.objects.order_by("name")]


@positive("write-in-loop", at="# Users too.", reads=(("user.save()", "rows.append(user)"),))
def accounts() -> int:
    """Accounts are made one by one."""
    start = User.objects.count()
    rows: list[User] = []
    for name in Review.objects.order_by("pk").values_list("reader", flat=True).distinct()[:8]:
        user = User(username=f"{name} {start} {uuid4()}")
        user.set_unusable_password()
        user.save()
    # Users too.
    return User.objects.count() - start + 0 * len(rows)


@positive("write-in-loop")
def saved_in_steps_of_a_tree() -> list[Any]:
    """Every node gets another name, by a loop over all of them."""
    topics = list(Topic.objects.order_by("pk"))
    for topic in topics:
        topic.name = topic.name.upper()
        topic.save()
    # Again from the list.
    return _values(Topic, "name")
