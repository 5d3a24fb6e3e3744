"""Locks as databases really hold them: one connection keeps a row, a request waits, gives up, or keeps others waiting."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from demo.catalog.models import Country
from queryscope.profiler.analysis import run
from queryscope.profiler.analysis.rules import lock_wait, long_transaction, slow_query
from queryscope.profiler.checks import MIDDLEWARE
from queryscope.profiler.config import Config
from queryscope.profiler.finding import Finding
from tests.conftest import Recording

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = {
    "sqlite": ("PRAGMA busy_timeout = 100", "PRAGMA busy_timeout = 20000"),
    "postgresql": ("SET lock_timeout = '100ms'", "SET lock_timeout = 0"),
    "mysql": ("SET innodb_lock_wait_timeout = 1", "SET innodb_lock_wait_timeout = 50"),
}


def update(request: HttpRequest, code: str = "no") -> HttpResponse:
    """Change a row that nobody else wants, then the one that somebody may hold."""
    Country.objects.filter(code="de").update(name="Germany")
    held.set()
    Country.objects.filter(code=code).update(name="Norway")
    return HttpResponse()


def give_up(request: HttpRequest) -> HttpResponse:
    """Try to change a row, without patience."""
    with suppress(DatabaseError):
        Country.objects.filter(code="no").update(name="Norway")
    return HttpResponse()


def look(request: HttpRequest) -> HttpResponse:
    """Lock a row if that is possible at once."""
    with suppress(DatabaseError), transaction.atomic():
        Country.objects.select_for_update(nowait=True).get(code="no")
    return HttpResponse()


def hold(request: HttpRequest) -> HttpResponse:
    """Keep a changed row while something else goes on."""
    with transaction.atomic():
        Country.objects.filter(code="no").update(name="Norway")
        time.sleep(0.08)
        Country.objects.filter(code="de").update(name="Germany")
    return HttpResponse()


def begin(request: HttpRequest) -> HttpResponse:
    """Write in a transaction of its own."""
    held.set()
    with transaction.atomic():
        Country.objects.filter(code="no").update(name="Norway")
    return HttpResponse()


def inside(request: HttpRequest) -> HttpResponse:
    """As ``update``, in one transaction."""
    with transaction.atomic():
        return update(request)


def read(request: HttpRequest) -> HttpResponse:
    """Read in a transaction that goes on."""
    with transaction.atomic():
        Country.objects.get(code="no")
        time.sleep(0.08)
    return HttpResponse()


def ask_first(request: HttpRequest) -> HttpResponse:
    """Wait before the transaction."""
    time.sleep(0.08)
    with transaction.atomic():
        Country.objects.filter(code="no").update(name="Norway")
    return HttpResponse()


urlpatterns = [
    path(f"{view.__name__}/", view) for view in (update, give_up, look, hold, begin, inside, read, ask_first)
]
held = threading.Event()
"""Set where the other connection may take its row."""


@pytest.fixture
def site(settings: Any, recording: Recording) -> Recording:
    """Two rows and the views above."""
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = [MIDDLEWARE]
    Country.objects.bulk_create([Country(code="de", name="Germany"), Country(code="no", name="Norway")])
    held.clear()
    return recording


def opened(site: Recording, address: str) -> list[Finding]:
    assert Client().get(address).status_code == 200
    rules = (lock_wait.RULE, long_transaction.RULE, slow_query.RULE)
    return list(run(site.trace, Config(), rules=rules))


@contextmanager
def row_held(seconds: float) -> Iterator[None]:
    """Have another connection hold a row, until some time after it is asked for."""
    taken = threading.Event()

    def holder() -> None:
        try:
            with transaction.atomic():
                Country.objects.filter(code="no").update(name="Norge")
                taken.set()
                held.wait(5)
                time.sleep(seconds)
        finally:
            connection.close()

    thread = threading.Thread(target=holder)
    thread.start()
    assert taken.wait(10)
    try:
        yield
    finally:
        held.set()
        thread.join()


@pytest.mark.skipif(
    "connection.vendor == 'sqlite'", reason="its one lock keeps the first statement waiting too"
)
@pytest.mark.parametrize("address", ["/update/", "/inside/"])
def test_a_statement_that_waits_for_a_row(site: Recording, address: str) -> None:
    """The same one was quick on a row that nobody held: it is no slow query, and its transaction no long one."""
    with row_held(0.8):
        findings = opened(site, address)
    (found,) = (each for each in findings if each.rule == "lock-wait")
    assert (found.severity, found.count) == ("low", 1)
    # A busy machine may make another statement a slow one.
    assert not [each for each in findings if each is not found and set(each.spans) & set(found.spans)]


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="only a file has one lock for all")
def test_a_transaction_that_waits_for_the_file(site: Recording) -> None:
    """The shop's transactions take it when they begin."""
    with row_held(0.3):
        (found,) = opened(site, "/begin/")
    assert found.rule == "lock-wait"
    assert found.title.endswith("for the lock of the database file")


def test_a_statement_that_gives_up(site: Recording) -> None:
    """In the words of each database."""
    short, long = PATIENCE[connection.vendor]
    with row_held(0.1):
        with connection.cursor() as cursor:
            cursor.execute(short)
        (found,) = opened(site, "/give_up/")
        with connection.cursor() as cursor:
            cursor.execute(long)
    assert (found.rule, found.severity) == ("lock-wait", "medium")
    assert found.title == "A statement gave up waiting for a lock"


@pytest.mark.skipif("not connection.features.has_select_for_update_nowait", reason="cannot ask not to wait")
def test_not_to_wait_may_be_meant(site: Recording) -> None:
    """The error is the answer that was asked for."""
    with row_held(0.1):
        assert opened(site, "/look/") == []


def test_what_keeps_a_row_while_something_else_goes_on(site: Recording) -> None:
    """The stretch lies between two statements, and is named by the view."""
    (found,) = opened(site, "/hold/")
    assert found.rule == "long-transaction" and found.severity == "medium"
    assert 75 < found.cost_ms < 1_000
    assert "in view tests.analysis.test_locks_recorded.hold" in found.why
    assert found.why.count("test_locks_recorded.py:") == 2


@pytest.mark.parametrize("address", ["/read/", "/ask_first/"])
def test_what_keeps_nobody_waiting(site: Recording, address: str) -> None:
    """Reading locks nothing, and waiting before a transaction keeps nothing."""
    assert opened(site, address) == []
