"""slow-query: statements over the limit, once each; long answers, waits and other work are not it."""

from __future__ import annotations

from typing import Any

import pytest

from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.analysis.rules.slow_query import RULE
from queryscope.profiler.config import Config
from queryscope.profiler.finding import Finding
from queryscope.profiler.trace import Phases, Span
from tests.builders import span, trace


def findings(
    *spans: Span, config: Config | None = None, explained: frozenset[int] = frozenset()
) -> list[Finding]:
    return list(RULE.find(Evidence(trace(spans=spans), config or Config(), explained=explained)))


def slow(n: int = 1, duration_ms: float = 150.0, **changes: Any) -> Span:
    return span(n, duration_ms=duration_ms, **changes)


def test_a_slow_statement() -> None:
    """With its table, its time, its limit; what to write instead, only its plan can tell."""
    (found,) = findings(slow(rows=50))
    assert found.title == "A query on catalog_author takes 150 ms"
    assert found.why == "The database worked 150 ms for 50 rows. The limit is 100 ms (SLOW_MS)."
    assert found.severity == "medium"
    assert found.advice.code is None and "plan" in found.advice.summary


@pytest.mark.parametrize("kind", ["select", "insert", "update", "delete"])
def test_reading_and_writing(kind: str) -> None:
    """Exactly at the limit."""
    assert len(findings(slow(1, 100.0, kind=kind))) == 1


def test_one_statement_is_one_finding() -> None:
    """The slowest execution comes first; quick ones are no part of it."""
    (found,) = findings(slow(1), slow(2, 400.0), slow(3, 5.0))
    assert found.spans == (2, 1)
    assert found.cost_ms == 550.0
    assert found.title.endswith("takes 400 ms")


def test_two_statements_are_two() -> None:
    """By fingerprint and database."""
    assert len(findings(slow(1), slow(2, fingerprint="another"), slow(3, alias="other"))) == 3


def test_the_limit_is_an_option() -> None:
    """In both directions."""
    assert findings(slow(), config=Config(slow_ms=200.0)) == []
    assert len(findings(slow(1, 20.0), config=Config(slow_ms=10.0))) == 1


@pytest.mark.parametrize(
    "silent",
    [
        slow(1, 99.9),
        slow(1, rows=30_000),
        slow(1, kind="insert", batch=5_000, rows=5_000),
        slow(1, kind="ddl"),
        slow(1, kind="transaction"),
        slow(1, kind="call"),
        slow(1, kind="other"),
        slow(1, error="OperationalError: canceling statement due to statement timeout"),
        slow(1, connecting=True),
        slow(1, 5.0, phases=Phases(execute_ms=5.0, compile_ms=80.0, hydrate_ms=400.0)),
    ],
    ids=[
        "under the limit",
        "a long answer",
        "a batch",
        "DDL",
        "a commit",
        "a procedure",
        "LISTEN or VACUUM",
        "it failed",
        "setting a connection up",
        "slow in Python",
    ],
)
def test_what_is_no_slow_query(silent: Span) -> None:
    """Time spent elsewhere, or on much."""
    assert findings(silent) == []


def test_one_that_waited_for_a_lock_is_explained() -> None:
    """Its plan would tell nothing."""
    assert findings(slow(kind="update"), explained=frozenset({1})) == []
