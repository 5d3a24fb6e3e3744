"""Statements that wait for what another connection holds, and those that are slow or fail for other reasons."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from asgiref.sync import sync_to_async
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse

from demo.catalog.models import Author, Book, Country, Genre, Publisher
from demo.orders.models import Customer
from tests.corpus.case import positive, silent
from tests.corpus.models import Topic
from tests.corpus.pages import page
from tests.corpus.slow import Slow

Answer = Any
ROWS = ("postgresql", "mysql")
"""Where a row can be held; SQLite has one lock for all."""
HOLD = 1.0
"""Seconds for which another connection holds what it has, well above what a statement takes."""
PATIENCE = {
    "sqlite": ("PRAGMA busy_timeout = 100", "PRAGMA busy_timeout = 20000"),
    "postgresql": ("SET lock_timeout = '100ms'", "SET lock_timeout = 0"),
    "mysql": ("SET innodb_lock_wait_timeout = 1", "SET innodb_lock_wait_timeout = 50"),
}


def one(model: Any) -> Any:
    """Return a queryset of the row that another connection may hold."""
    return model.objects.filter(pk=model.objects.order_by("pk").values_list("pk", flat=True)[0])


def take_publisher() -> None:
    """Lock a row as an application does that writes it."""
    one(Publisher).update(city=F("city"))


@contextmanager
def held(take: Callable[[], Any] = take_publisher, seconds: float = HOLD) -> Iterator[None]:
    """Have another connection take something, and undo it after some time."""
    taken = threading.Event()

    def holder() -> None:
        try:
            with transaction.atomic():
                take()
                taken.set()
                time.sleep(seconds)
                transaction.set_rollback(True)
        finally:
            connection.close()

    # A thread begins with a context of its own, so what it asks is not recorded.
    thread = threading.Thread(target=holder)
    thread.start()
    assert taken.wait(20)
    try:
        yield
    finally:
        thread.join()


@positive("lock-wait", commits=True, advice=False, vendors=ROWS)
def update_of_a_held_row() -> int:
    """Nothing to compare it with: a hint."""
    with held():
        return int(one(Publisher).update(city=F("city")))


@positive("lock-wait", commits=True, advice=False, vendors=ROWS)
def after_a_quick_one() -> list[int]:
    """The same statement was quick on another row."""
    keys = list(Publisher.objects.order_by("-pk").values_list("pk", flat=True))
    with held():
        return [Publisher.objects.filter(pk=key).update(city=F("city")) for key in (keys[0], keys[-1])]


@positive("lock-wait", commits=True, advice=False, vendors=ROWS)
def select_for_update() -> str:
    """Locking a row waits as writing it does."""
    with held(), transaction.atomic():
        return str(one(Publisher).select_for_update().get().name)


@positive("lock-wait", commits=True, advice=False, vendors=ROWS)
def saved() -> str:
    """``save()`` of a row that was read before."""
    publisher = one(Publisher).get()
    with held():
        publisher.save(update_fields=["city"])
    return str(publisher.name)


@positive("lock-wait", commits=True, advice=False, vendors=ROWS)
def inserted_twice() -> bool:
    """The same unique key, in a transaction that has not ended."""

    def take() -> None:
        Genre.objects.create(name="Held", slug="held")

    with held(take):
        genre = Genre.objects.create(name="Held", slug="held")
    return bool(genre.delete())


@positive("lock-wait", commits=True, advice=False, vendors=ROWS)
def deleted() -> str:
    """A row that another transaction has changed."""
    topic = Topic.objects.create(name="held")
    with held(lambda: Topic.objects.filter(name="held").update(parent=None)):
        Topic.objects.filter(pk=topic.pk)._raw_delete("default")
    return "deleted"


@positive("lock-wait", commits=True, advice=False, vendors=ROWS)
def by_hand() -> int:
    """A cursor waits as well."""
    key = one(Publisher).values_list("pk", flat=True)[0]
    with held(), connection.cursor() as cursor:
        cursor.execute("UPDATE catalog_publisher SET city = city WHERE id = %s", [key])
    return 1


@positive("lock-wait", commits=True, advice=False, vendors=ROWS)
def in_a_transaction() -> int:
    """Between other statements, after the transaction has begun."""
    with held(), transaction.atomic():
        one(Author).update(born=F("born"))
        return int(one(Publisher).update(city=F("city")))


@positive("lock-wait", commits=True, advice=False, vendors=ROWS)
async def asynchronous() -> str:
    """A coroutine's thread waits."""

    def work() -> str:
        with held():
            one(Publisher).update(city=F("city"))
        return "done"

    return await sync_to_async(work)()


@page
def contended(request: HttpRequest) -> HttpResponse:
    one(Publisher).update(city=F("city"))
    return HttpResponse("done")


@positive("lock-wait", request=True, commits=True, advice=False, vendors=ROWS)
def in_a_request(client: Any) -> Answer:
    """A visitor waits for another one's transaction."""
    with held():
        return client.get("/corpus/contended/")


@positive("lock-wait", commits=True, advice=False)
def gave_up() -> str:
    """The database ends the statement, in words of its own."""
    short, usual = PATIENCE[connection.vendor]
    key = one(Publisher).values_list("pk", flat=True)[0]
    with held(seconds=1.6):
        _say(short)
        with suppress(DatabaseError):
            Publisher.objects.filter(pk=key).update(city=F("city"))
        _say(usual)
    return "gave up"


def _say(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


@positive("lock-wait", commits=True, advice=False, vendors=("sqlite",))
def waited_for_the_file() -> str:
    """A transaction waits to begin."""
    with held(), transaction.atomic():
        one(Genre).update(name=F("name"))
    return "written"


@silent("lock-wait", "nobody held anything", commits=True)
def quick() -> int:
    """A row is written."""
    with transaction.atomic():
        return int(one(Publisher).update(city=F("city")))


@silent("lock-wait", "another row is held", commits=True, vendors=ROWS)
def another_row() -> int:
    """Row locks keep nobody from other rows."""
    with held():
        return int(one(Author).update(born=F("born")))


@silent("lock-wait", "who does not want to wait is told so at once", commits=True, vendors=ROWS)
def nowait() -> str:
    """The error is the answer that was asked for."""
    with held(), suppress(DatabaseError), transaction.atomic():
        one(Publisher).select_for_update(nowait=True).get()
    return "busy"


@silent("lock-wait", "reading waits for nobody", commits=True)
def reads_a_held_row() -> str:
    """The old value is there to be read."""
    with held():
        return str(one(Publisher).get().name)


@silent("lock-wait", "five rows are written, each of which takes its time", "slow-query")
def slow_update_of_many() -> int:
    """An UPDATE that computes something for each row."""
    keys = list(Book.objects.order_by("pk").values_list("pk", flat=True)[:5])
    return int(Book.objects.filter(pk__in=keys).update(views=Slow(0.1)))


@silent("lock-wait", "a SELECT without a lock waits for nobody", "slow-query")
def slow_select() -> str:
    """A value that takes long to compute."""
    return str(one(Customer).annotate(near=Slow(HOLD))[0].name)


@silent(
    "lock-wait",
    "half a second of work, without anything to compare it with, is no sign of a lock",
    "slow-query",
)
def slow_update_of_one() -> int:
    """A rank that an UPDATE computes for one row."""
    return int(one(Book).update(views=Slow(0.32)))


@silent("lock-wait", "the key was taken, by a row that has been there for long")
def taken() -> str:
    """An error that has nothing to do with locks."""
    with suppress(IntegrityError), transaction.atomic():
        Country.objects.create(code=one(Country).values_list("code", flat=True)[0], name="again")
    return "refused"


@silent("lock-wait", "the error repeats a value, and the value is a title")
def named_like_an_error() -> str:
    """A thriller called Deadlock was entered twice."""
    Genre.objects.get_or_create(name="deadlock", slug="deadlock")
    with suppress(IntegrityError), transaction.atomic():
        Genre.objects.create(name="deadlock", slug="deadlock")
    return "refused"


@silent("lock-wait", "a lock that nobody else wants is there at once")
def locked_alone() -> str:
    """``select_for_update()`` of a free row."""
    with transaction.atomic():
        return str(one(Publisher).select_for_update().get().name)


@silent("lock-wait", "Python waited, and no statement did", commits=True)
def python_waits() -> int:
    """A worker sleeps until the other one has done."""
    with held(seconds=0.1):
        time.sleep(0.4)
    time.sleep(0.1)
    return int(one(Publisher).update(city=F("city")))


@silent("lock-wait", "many rows in one statement take their time")
def many_rows() -> int:
    """A bulk insert."""
    return len(Topic.objects.bulk_create([Topic(name=f"new {number}") for number in range(200)]))


@silent("lock-wait", "five different rows are written, each at once")
def several_writes() -> int:
    """A form that writes to several tables."""
    with transaction.atomic():
        number = one(Publisher).update(city=F("city")) + one(Author).update(born=F("born"))
        return int(number + one(Genre).update(name=F("name")) + one(Book).update(views=F("views")))
