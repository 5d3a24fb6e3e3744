"""BEGIN, COMMIT, ROLLBACK and savepoints are recorded as the database counts them, whoever sends them.

What the comments after the lines mean is said in test_everything.py.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.transaction import TransactionManagementError

from demo.catalog.models import Author, Country
from queryscope.profiler.scopes.block import profile
from queryscope.profiler.trace import Trace
from tests.capture.account import account
from tests.capture.ways import Ways, check_recorded
from tests.capture.witness import witness
from tests.conftest import Recording

pytestmark = pytest.mark.usefixtures("shelf")
ways = Ways()
ENDS: dict[str, list[tuple[bool, str]]] = {}
"""What each way must have led to: whether it is a savepoint, and how it ended, in the order of their start."""


def ending(*ends: tuple[bool, str]) -> Any:
    def register(function: Any) -> Any:
        ENDS[function.__name__] = list(ends)
        return ways(function)

    return register


OUTER, INNER = (False, "committed"), (True, "committed")
UNDONE, INNER_UNDONE = (False, "rolled_back"), (True, "rolled_back")


@ending(OUTER)
def committed() -> None:
    with transaction.atomic(durable=True):
        Country.objects.update(name="x")  #: update rows=2


@ending(UNDONE)
def rolled_back() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        Country.objects.update(name="x")  #: update rows=2
        raise ZeroDivisionError
    assert not Country.objects.filter(name="x").exists()  #: select rows=0


@ending(OUTER, INNER, INNER, INNER_UNDONE)
def nested() -> None:
    with transaction.atomic():
        with transaction.atomic(), transaction.atomic():
            Country.objects.update(name="x")  #: update rows=2
        with transaction.atomic(savepoint=False):
            Country.objects.update(name="y")  #: update rows=2
        try:
            with transaction.atomic():
                Country.objects.create(code="de", name="again")  #: insert error=1
        except IntegrityError:
            assert Country.objects.count() == 2  #: select rows=1


@ending(UNDONE)
def broken() -> None:
    with transaction.atomic():
        try:
            with transaction.atomic(savepoint=False):
                Country.objects.create(code="de", name="again")  #: insert error=1
        except IntegrityError:
            with pytest.raises(TransactionManagementError):
                Country.objects.count()  #: select error=1


@ending(UNDONE)
def marked() -> None:
    with transaction.atomic():
        Country.objects.update(name="x")  #: update rows=2
        transaction.set_rollback(True)


@ending(OUTER, INNER_UNDONE, INNER)
def by_hand() -> None:
    with transaction.atomic():
        name = transaction.savepoint()
        Country.objects.update(name="x")  #: update rows=2
        transaction.savepoint_rollback(name)
        name = transaction.savepoint()
        Country.objects.update(name="y")  #: update rows=2
        transaction.savepoint_commit(name)


@ending(OUTER)
def without_autocommit() -> None:
    transaction.set_autocommit(False)
    Country.objects.update(name="x")  #: update rows=2
    transaction.commit()
    transaction.set_autocommit(True)


@ending(OUTER)
def locking() -> None:
    with transaction.atomic():
        assert list(Country.objects.select_for_update().filter(code="de"))  #: select rows=1


@ending(OUTER, OUTER)
def afterwards() -> None:
    """What was put off until the commit is sent after it, and a transaction of its own."""

    def earlier() -> None:
        Country.objects.update(name="x")  #: update rows=2

    def later() -> None:
        assert Country.objects.count() == 2  #: select rows=1
        with transaction.atomic():
            Author.objects.update(born=1)  #: update rows=3

    with transaction.atomic():
        transaction.on_commit(later)
        earlier()


@ways.test
def test_transactions(send: Any, recording: Recording) -> None:
    """Where each one begins and how it ends."""
    trace = check_recorded(send, recording)
    assert _ends(trace) == ENDS[send.__name__]


def _ends(trace: Trace) -> list[tuple[bool, str]]:
    return [(each.savepoint is not None, each.end) for each in trace.transactions]


def test_an_empty_block(recording: Recording) -> None:
    """PostgreSQL's driver sends BEGIN with the first statement: of a block without one only the trace tells."""
    with witness() as database, profile("empty"), transaction.atomic():
        pass
    trace = recording.trace
    _, unrecorded, unseen = account(trace.spans, database.seen)
    assert unrecorded == []
    assert unseen == (["BEGIN x1", "COMMIT x1"] if connection.vendor == "postgresql" else [])
    assert _ends(trace) == [OUTER]
