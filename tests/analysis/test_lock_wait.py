"""lock-wait: what databases say of locks, and what took too long for one row."""

from __future__ import annotations

from typing import Any

import pytest

from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.analysis.rules.lock_wait import RULE
from queryscope.profiler.config import Config
from queryscope.profiler.finding import Finding
from queryscope.profiler.trace import Span
from tests.builders import parameter, span, trace

LOCKED = 'SELECT "a"."id" FROM "a" WHERE "a"."id" = %s FOR UPDATE'


def findings(*spans: Span) -> list[Finding]:
    return list(RULE.find(Evidence(trace(spans=spans), Config())))


def update(n: int = 1, duration_ms: float = 2.0, **changes: Any) -> Span:
    return span(n, **{"kind": "update", "rows": 1, "duration_ms": duration_ms, "transaction": 1} | changes)


def select(n: int = 1, duration_ms: float = 600.0, sql: str = LOCKED, **changes: Any) -> Span:
    return span(n, sql=sql, sql_length=len(sql), duration_ms=duration_ms, **changes)


@pytest.mark.parametrize(
    "error",
    [
        "OperationalError: deadlock detected\nDETAIL: Process 12 waits for ShareLock",
        "OperationalError: (1213, 'Deadlock found when trying to get lock; try restarting transaction')",
        "OperationalError: (1205, 'Lock wait timeout exceeded; try restarting transaction')",
        "OperationalError: canceling statement due to lock timeout",
        'OperationalError: could not obtain lock on row in relation "orders_order"',
        "OperationalError: database is locked",
        "OperationalError: database table is locked: orders_order",
        "DatabaseError: ORA-00060: deadlock detected while waiting for resource",
    ],
)
def test_an_error_that_names_a_lock(error: str) -> None:
    """Said by the database itself: certain, with its first line."""
    (found,) = findings(update(error=error))
    assert found.severity == "medium"
    assert found.why == f"The database said: {error.splitlines()[0]}"
    assert ("order" in found.advice.summary) is ("deadlock" in error.lower())


def test_the_same_statement_that_was_far_quicker_tells() -> None:
    """The one that waited is the finding; later rules pass it over."""
    (found,) = findings(update(1), update(2, 120.0), update(3, 3.0))
    assert (found.severity, found.spans) == ("low", (2,))
    assert "probably" in found.title and "also took 2.00 ms" in found.why
    assert RULE.explains


def test_two_that_waited_are_one_finding() -> None:
    """Of one statement."""
    (found,) = findings(update(1), update(2, 120.0), update(3, 300.0))
    assert found.count == 2 and "300 ms" in found.title


@pytest.mark.parametrize(
    "slow", [update(1, 500.0), select(), update(1, 500.0, kind="insert"), update(1, 700.0, rows=0)]
)
def test_one_alone_is_a_hint(slow: Span) -> None:
    """There is nothing to compare it with."""
    (found,) = findings(slow)
    assert found.severity == "info" and "no other execution" in found.why


def test_a_file_of_sqlite_has_one_lock() -> None:
    """Taking it is all that BEGIN IMMEDIATE does."""
    begin = span(1, kind="transaction", vendor="sqlite", sql="BEGIN IMMEDIATE", duration_ms=150.0)
    (found,) = findings(begin, update(2))
    assert found.title == "A transaction waited 150 ms for the lock of the database file"


NOWAIT = "OperationalError: could not obtain lock on row"


@pytest.mark.parametrize(
    "spans",
    [
        (update(1, 99.0), update(2, 2.0)),
        (update(1, 120.0), update(2, 20.0)),
        (update(1), update(2, 190.0, transaction=None)),
        (update(1, 499.0),),
        (update(1, 600.0, rows=30),),
        (update(1, 600.0, rows=None),),
        (update(1, 600.0, batch=100),),
        (update(1, 600.0, params=(parameter(type="bytes", bytes=5_000_000),)),),
        (update(1, 2.0), update(2, 120.0, fingerprint="another")),
        (update(1, 2.0), update(2, 120.0, alias="other")),
        (select(sql='SELECT "a"."id" FROM "a"'),),
        (select(sql=f"{LOCKED} SKIP LOCKED"),),
        (select(sql=f"{LOCKED} NOWAIT", error=NOWAIT),),
        (update(error="IntegrityError: duplicate key value"),),
        (update(error="OperationalError: canceling statement due to statement timeout"),),
        (span(1, kind="transaction", sql="BEGIN IMMEDIATE", vendor="sqlite", duration_ms=20.0),),
        (span(1, kind="transaction", sql="COMMIT", vendor="sqlite", duration_ms=150.0),),
        (span(1, kind="ddl", sql="CREATE TABLE a", duration_ms=900.0, rows=0),),
    ],
    ids=[
        "quick enough",
        "not so much quicker",
        "a transaction of its own, which waits for the disk",
        "alone and under the limit",
        "many rows",
        "rows unknown",
        "a batch",
        "a large value",
        "another statement",
        "another database",
        "a plain select",
        "SKIP LOCKED does not wait",
        "NOWAIT was asked for",
        "another error",
        "another timeout",
        "a lock that was free",
        "writing to disk",
        "DDL",
    ],
)
def test_what_has_another_reason(spans: tuple[Span, ...]) -> None:
    """Work takes time too."""
    assert findings(*spans) == []
