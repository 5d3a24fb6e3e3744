"""Writes one by one that are right as they are, or that no bulk statement could take."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.forms import modelformset_factory

from demo.catalog.models import Book, Genre, Publisher, Review
from demo.orders.models import Cart, CartLine, Order
from tests.corpus.case import silent
from tests.corpus.models import Entry, Shop, Thread, Topic


def _books(number: int = 12) -> list[Book]:
    return list(Book.objects.order_by("pk")[:number])


@silent("write-in-loop", "bulk_create() writes all of them")
def created_at_once() -> int:
    Topic.objects.bulk_create([Topic(name=f"new {number}") for number in range(30)])
    return Topic.objects.count()


@silent("write-in-loop", "bulk_create() in batches is what a large import needs")
def created_in_batches() -> int:
    names = [f"new {number}" for number in range(60)]
    for start in range(0, len(names), 10):
        Topic.objects.bulk_create([Topic(name=name) for name in names[start : start + 10]])
    return len(names)


@silent("write-in-loop", "bulk_update() writes all of them")
def changed_at_once() -> list[Any]:
    shelf = _books()
    for number, book in enumerate(shelf):
        book.views = number
    Book.objects.bulk_update(shelf, ["views"], batch_size=3)
    return list(Book.objects.order_by("pk").values_list("views")[:12])


@silent("write-in-loop", "one update() changes all rows that fit")
def changed_by_one_statement() -> int:
    return Book.objects.filter(status="in print").update(views=F("views") + 1)


@silent("write-in-loop", "one delete() takes all rows with what hangs on them")
def deleted_at_once() -> int:
    return len(Order.objects.filter(status="returned").delete())


@silent("write-in-loop", "a model with a table above its own cannot be inserted in bulk")
def created_in_two_tables() -> int:
    for title in list(Book.objects.order_by("pk").values_list("title", flat=True)[:8]):
        Shop.objects.create(name=title[:40], street="High Street")
    return Shop.objects.count() * 0


@silent(
    "write-in-loop",
    "each order is locked, changed and let go by itself: one that fails takes no other with it",
)
def locked_one_by_one() -> list[str]:
    done = []
    for number in Order.objects.order_by("pk").values_list("number", flat=True)[:8]:
        with transaction.atomic():
            order = Order.objects.select_for_update().get(number=number)
            order.status = Order.Status.SENT
            order.save(update_fields=["status"])
            done.append(order.number)
    return done


@silent("write-in-loop", "a job notes its progress in one row, which is not many rows")
def progress_of_a_job() -> int:
    cart = Cart.objects.create(token=uuid4().hex)
    for number, _book in enumerate(_books()):
        cart.token = f"{number} of 12 {uuid4().hex}"[:32]
        cart.save(update_fields=["token"])
    return 12


@silent("write-in-loop", "two rows that are written down in the code stay two")
def over_constants() -> int:
    for name in ("first", "second", "third", "fourth", "fifth", "sixth"):
        Topic.objects.create(name=name)
    return 6


@silent("write-in-loop", "three rows of three models are one step of work")
def one_order() -> int:
    cart = Cart.objects.create(token=uuid4().hex)
    for book in _books(3):
        CartLine.objects.create(cart=cart, book=book)
    Topic.objects.create(name="of the order")
    return 3


@silent("write-in-loop", "a session is saved by the framework, whenever it has changed")
def session_saved_again_and_again() -> int:
    session = SessionStore()
    for number in _values():
        session[f"seen {number}"] = number
        session.save()
    return len(session.keys())


def _values() -> list[int]:
    return list(Book.objects.order_by("pk").values_list("pk", flat=True)[:8])


@silent("write-in-loop", "a cache is written key by key")
def cache_filled() -> int:
    numbers = _values()
    for number in numbers:
        cache.set(f"corpus-{number}", number, 5)
    return len(cache.get_many([f"corpus-{number}" for number in numbers]))


@silent("write-in-loop", "each node needs the key of the one above it")
def down_a_tree() -> int:
    topic: Topic | None = None
    depth = 0
    while depth < 6:
        topic, depth = Topic.objects.create(name=f"level {depth}", parent=topic), depth + 1
    return depth


@silent("write-in-loop", "all rows of a many-to-many relation are set by one call for each of few books")
def relation_set_as_a_whole() -> int:
    genres = list(Genre.objects.order_by("pk")[:5])
    for book in _books(3):
        book.genres.set(genres)
    return len(genres)


@silent("write-in-loop", "executemany() sends the rows together")
def many_by_a_cursor() -> int:
    rows = [(f"{uuid4().hex}",) for _ in _values()]
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO auth_group (name) VALUES (%s)", rows)
    return len(rows)


@silent("write-in-loop", "a conflict of one row is caught and left at that: four rows are too few to matter")
def few_that_may_fail() -> int:
    failed = 0
    for publisher in list(Publisher.objects.order_by("pk")[:4]):
        try:
            with transaction.atomic():
                Publisher.objects.create(name=publisher.name, city="twice")
        except IntegrityError:
            failed += 1
    return failed


@silent("write-in-loop", "the sign-in of one user is written once")
def one_row_of_a_request() -> str:
    user = User.objects.get(username="admin")
    user.last_name = "Lantern"
    user.save(update_fields=["last_name"])
    return user.last_name


@silent("write-in-loop", "rows of one parent go by one statement, for few parents")
def few_parents() -> int:
    changed = 0
    for thread in Thread.objects.all()[:3]:
        changed += Entry.objects.filter(pk__in=(thread.first_entry_id, thread.last_entry_id)).update(
            text="seen"
        )
    return changed


@silent("write-in-loop", "each statement changes many rows: those of one book")
def many_rows_each() -> int:
    for book in Book.objects.filter(reviews__isnull=False).distinct().order_by("pk").only("pk")[:10]:
        book.reviews.update(stars=3)
    return Review.objects.filter(stars=3).count() * 0


@silent("write-in-loop", "a form set saves its forms itself, one row each: the loop is Django's")
def form_set() -> int:
    rows = list(Topic.objects.order_by("pk"))
    data = {"form-TOTAL_FORMS": str(len(rows)), "form-INITIAL_FORMS": str(len(rows))}
    for number, topic in enumerate(rows):
        data |= {f"form-{number}-id": str(topic.pk), f"form-{number}-name": f"again {topic.pk}"}
    forms = modelformset_factory(Topic, fields=["name"], extra=0)(data, queryset=Topic.objects.order_by("pk"))
    assert forms.is_valid(), forms.errors
    return len(forms.save())
