"""Whatever connection a statement goes by, and whenever that was opened, it is recorded.

What the comments after the lines mean is said in test_everything.py.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

import pytest
from django.db import connection, connections, transaction

from demo.catalog.models import Author, Country
from queryscope.profiler.capture import hooks
from queryscope.profiler.scopes.block import profile
from tests.capture.account import account
from tests.capture.ways import check_recorded
from tests.capture.witness import witness
from tests.conftest import Recording

pytestmark = pytest.mark.usefixtures("shelf")


@pytest.fixture
def other(transactional_db: None) -> Iterator[str]:
    """The name of a second alias: the same database by a connection of its own."""
    connections.settings["other"] = connections["default"].settings_dict | {
        "TEST": connection.settings_dict["TEST"]
    }
    # Through ensure_connection() a test may only open the aliases that stood in the settings when it began.
    connections["other"].connect()
    yield "other"
    connections["other"].close()
    del connections["other"], connections.settings["other"]


def asks() -> None:
    assert Country.objects.count() == 2  #: select rows=1
    assert Author.objects.filter(born=1900).exists()  #: select rows=1


def test_two_aliases(other: str, recording: Recording) -> None:
    """Each one's statements and transactions are its own."""

    def both() -> None:
        with transaction.atomic(using=other):
            Country.objects.using(other).update(name="x")
            assert Author.objects.count() == 3
        list(Country.objects.using(other).raw("SELECT * FROM catalog_country"))
        with connections[other].cursor() as cursor:
            cursor.execute("SELECT 1")

    with witness() as database, profile("both"):
        both()
    trace = recording.trace
    counts = {}
    for alias in ("default", other):
        ours, unrecorded, unseen = account(trace.spans, database.seen, alias)
        assert (unrecorded, unseen) == ([], [])
        counts[alias] = [span.kind for span in ours]
    assert counts == {"default": ["select"], other: ["update", "select", "select"]}
    assert {each.alias for each in trace.transactions} == {other}
    assert trace.by_alias[other].queries >= 3


def test_a_connection_that_was_open_before(unhooked: None, recording: Recording) -> None:
    """Recording that starts later, as with the first request of a process, hooks what is there."""
    connection.close()
    connection.ensure_connection()
    assert hooks.observe not in connection.execute_wrappers
    check_recorded(asks, recording)


def test_a_connection_that_another_thread_had_opened_before(unhooked: None, recording: Recording) -> None:
    """Each thread hooks its own, also after all hooks were taken away and put back; a look a thread, not a request."""

    def asks_here() -> int:
        with profile("there"):
            return Country.objects.count()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: connection.ensure_connection()).result(20)
        for _ in range(2):
            with profile("installs"):
                assert Country.objects.count() == 2
            assert pool.submit(asks_here).result(20) == 2
            hooks.uninstall()
        pool.submit(lambda: connection.close()).result(20)
    assert [each.queries for each in recording.summaries] == [1, 1, 1, 1]


def test_a_connection_that_is_opened_meanwhile(recording: Recording) -> None:
    """The first statement of a new connection is not lost, nor the first one after it was closed."""

    def send() -> None:
        connection.close()
        assert Country.objects.count() == 2  #: select rows=1
        connection.close()
        with transaction.atomic():
            assert Author.objects.count() == 3  #: select rows=1

    check_recorded(send, recording)


def test_a_connection_of_another_thread(recording: Recording) -> None:
    """A thread that is given the context of a recording records into it, by a connection of its own."""

    def send() -> None:
        in_thread(copy_context().run, asks_here)
        assert Country.objects.count() == 2  #: select rows=1

    def asks_here() -> None:
        try:
            asks()
        finally:
            connection.close()

    with witness() as database, profile("threads"):
        send()
    ours, unrecorded, unseen = account(recording.trace.spans, database.seen)
    assert (unrecorded, unseen) == ([], [])
    functions = [span.call_site.function.split(".")[-1] for span in ours if span.call_site]
    assert functions == ["asks", "asks", "send"]


def in_thread(work: Callable[..., Any], *args: Any) -> None:
    thread = threading.Thread(target=work, args=args)
    thread.start()
    thread.join(20)
    assert not thread.is_alive()


def test_what_a_backend_sends_while_it_connects(recording: Recording) -> None:
    """It is shown apart and is no query of the application; what goes by the driver alone is not recorded."""
    with witness() as database, profile("connects"):
        connection.close()
        assert Country.objects.count() == 2
    trace = recording.trace
    ours, unrecorded, unseen = account(trace.spans, database.seen)
    assert (unrecorded, unseen) == ([], [])
    assert [each.text for each in database.seen if each.connecting]
    apart = [span for span in trace.spans if span not in ours]
    assert all(span.connecting for span in apart)
    assert not any(span.connecting for span in ours)
    assert trace.queries == len(ours) == 1
