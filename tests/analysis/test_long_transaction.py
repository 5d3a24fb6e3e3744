"""long-transaction: locks that were held for longer than the statements needed, and transactions that may be long."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.analysis.rules.long_transaction import RULE
from queryscope.profiler.config import Config
from queryscope.profiler.finding import Finding
from queryscope.profiler.trace import Lane, Span, Transaction
from tests.builders import call_site, span, trace

VIEW = "Python in view orders.views.checkout"


def mark(n: int, sql: str, at_ms: float, line: int = 43) -> Span:
    return span(n, sql=sql, sql_length=len(sql), kind="transaction", start_ms=at_ms, duration_ms=0.5, call_site=call_site("orders/views.py", line))  # fmt: skip


def write(n: int, at_ms: float, **changes: Any) -> Span:
    values: dict[str, Any] = {"kind": "insert", "start_ms": at_ms, "duration_ms": 2.0, "transaction": 1}
    return span(n, **values | {"call_site": call_site("orders/purchase.py", 40)} | changes)


def gap(start_ms: float, end_ms: float) -> Lane:
    return Lane(name="view", label=VIEW, start_ms=start_ms, duration_ms=end_ms - start_ms)


def transaction(end_ms: float = 262.0, **changes: Any) -> Transaction:
    values: dict[str, Any] = {
        "n": 1,
        "alias": "default",
        "savepoint": None,
        "start_ms": 8.0,
        "end": "committed",
    }
    return Transaction(**values | {"duration_ms": end_ms - 8.0, "spans": (2,)} | changes)


def findings(
    *,
    inside: Span | None = None,
    gaps: tuple[Lane, ...] = (gap(12.0, 260.0),),
    config: Config | None = None,
    **changes: Any,
) -> list[Finding]:
    """Return what is found in a checkout: BEGIN, one statement, a stretch of Python, COMMIT."""
    spans = (mark(1, "BEGIN", 8.0), inside or write(2, 10.0), mark(3, "COMMIT", 261.0))
    values: dict[str, Any] = {
        "spans": spans,
        "transactions": (transaction(),),
        "gaps": gaps,
        "duration_ms": 300.0,
    }
    return list(RULE.find(Evidence(trace(**values | changes), config or Config())))


def test_work_that_is_held_inside_is_named() -> None:
    """What ran, for how long, and between which lines."""
    (found,) = findings()
    assert found.severity == "medium"
    assert found.cost_ms == 248.0
    assert f"248 ms of {VIEW} ran after statement 2 (orders/purchase.py:40) and before COMMIT" in found.why
    assert found.spans == (2,)
    assert "on_commit" in found.advice.alternatives[0]


@pytest.mark.parametrize(
    "changes",
    [
        {"inside": write(2, 10.0, kind="update")},
        {"inside": write(2, 10.0, kind="delete")},
        {"inside": write(2, 10.0, kind="select", sql="SELECT 1 FROM a FOR UPDATE", sql_length=26)},
        {"gaps": (gap(12.0, 80.0),)},
        {"gaps": (gap(12.0, 900.0),), "duration_ms": 900.0},
        {"kind": "message"},
        {"kind": "task"},
        {"transactions": (transaction(end="rolled_back"),)},
        {"transactions": (transaction(), transaction(n=2, savepoint="s1"))},
    ],
    ids=[
        "an update",
        "a delete",
        "SELECT FOR UPDATE",
        "shorter than the limit, but idle",
        "a stretch that ends outside",
        "a message",
        "a task that waits",
        "rolled back",
        "with a savepoint",
    ],
)
def test_locks_that_wait_for_python(changes: dict[str, Any]) -> None:
    """Once something is locked, everybody else waits too."""
    assert len(findings(**changes)) == 1


def test_a_transaction_may_be_long_without_a_break() -> None:
    """Many statements; the limit is an option and is named."""
    many = tuple(write(n, 10.0 * n) for n in range(2, 27))
    whole = transaction(spans=tuple(range(2, 27)))
    (found,) = findings(spans=(mark(1, "BEGIN", 8.0), *many), transactions=(whole,), gaps=())
    assert found.title == "A transaction stays open for 254 ms"
    assert found.count == 25
    assert "200 ms (LONG_TRANSACTION_MS)" in found.why
    assert findings(gaps=(), config=Config(long_transaction_ms=500.0)) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"inside": write(2, 10.0, kind="select")},
        {"inside": write(2, 10.0, error="IntegrityError: twice")},
        {"kind": "test"},
        {"kind": "command", "gaps": (gap(12.0, 160.0),)},
        {"kind": "command", "gaps": ()},
        {"kind": "task", "gaps": (gap(12.0, 100.0),)},
        {"transactions": (transaction(savepoint="s1"),)},
        {"transactions": (transaction(60.0),), "gaps": (gap(62.0, 260.0),)},
        {"transactions": (transaction(60.0),), "gaps": (gap(12.0, 40.0),)},
        {"transactions": (transaction(60.0),), "gaps": (gap(0.0, 10.0),)},
        {"transactions": (transaction(60.0, spans=()),)},
        {"inside": write(2, 255.0), "gaps": (gap(9.0, 255.0),), "transactions": (transaction(200.0),)},
    ],
    ids=[
        "it only reads",
        "nothing was written after all",
        "the transaction of a test case",
        "an import that computes",
        "a long import",
        "a task that computes",
        "a savepoint alone",
        "Python after the commit",
        "a short break",
        "Python before the first lock",
        "an empty transaction",
        "it writes at the end",
    ],
)
def test_what_keeps_nobody_waiting(changes: dict[str, Any]) -> None:
    """Without a lock, without a wait, or where a transaction from end to end is what was meant."""
    assert findings(**changes) == []


def test_waiting_to_begin_is_not_its_own_doing() -> None:
    """Nor is what another finding explains, such as a statement that waited for a lock."""
    begin = mark(1, "BEGIN IMMEDIATE", 8.0)
    spans = (replace(begin, duration_ms=120.0), write(2, 130.0), mark(3, "COMMIT", 261.0))
    assert findings(spans=spans, gaps=()) == []
    waited = write(2, 10.0, duration_ms=240.0)
    made = trace(spans=(begin, waited, mark(3, "COMMIT", 261.0)), transactions=(transaction(),))
    assert len(list(RULE.find(Evidence(made, Config())))) == 1
    assert list(RULE.find(Evidence(made, Config(), explained=frozenset({2})))) == []
