"""How bad a finding is: what counts and what time tells, and that neither chance nor a cold start decides."""

from __future__ import annotations

from typing import Any

import pytest

from queryscope.profiler.analysis.severity import noticeable, severity
from tests import builders as b


def judged(count: int, cost_ms: float, *, fix: bool = True, certain: bool = False, **changes: Any) -> str:
    trace = b.trace(**{"queries": 100, "duration_ms": 100.0} | changes)
    return severity(count, cost_ms, trace, fix=fix, certain=certain)


@pytest.mark.parametrize(
    ("count", "cost_ms", "fix", "expected"),
    [(10, 0.1, True, "high"), (1, 20.0, True, "high"), (1, 19.9, True, "medium"), (1, 5.0, True, "medium"), (1, 4.9, True, "low"),
     (10, 90.0, False, "medium"), (10, 0.1, False, "low")],
)  # fmt: skip
def test_numbers_and_shares(count: int, cost_ms: float, fix: bool, expected: str) -> None:
    """Ten statements, or a fifth of the time; a twentieth of it is medium, and nothing is high without a fix."""
    assert judged(count, cost_ms, fix=fix) == expected


def test_what_takes_no_time_is_judged_by_its_number() -> None:
    """Most of 8 ms is nobody's to notice, and is a third of it in the next run of the same page."""
    shares = [0.1, 0.4, 0.9]
    assert {judged(1, 8 * share, duration_ms=8.0) for share in (0.1, 0.4, 0.6)} == {"low"}
    assert {judged(2, 20 * share, duration_ms=20.0, certain=True) for share in shares} == {"medium"}
    assert [noticeable(cost, b.trace(duration_ms=10.0)) for cost in (4.9, 5.0)] == [False, True]


@pytest.mark.parametrize(("count", "queries", "expected"), [(3, 15, "medium"), (3, 16, "low"), (2, 2, "low")])
def test_several_statements_are_medium_by_their_share(count: int, queries: int, expected: str) -> None:
    """Of all statements of the trace, which is the same in each run."""
    assert judged(count, 0.5, queries=queries) == expected


@pytest.mark.parametrize(("changes", "expected"), [({"cold": True}, "medium"), ({"cold": False}, "high"), ({"cold": True, "kind": "command"}, "high")])  # fmt: skip
def test_the_time_of_a_cold_run_makes_nothing_high(changes: Any, expected: str) -> None:
    """Its number of statements does; and a command has no other run."""
    assert judged(1, 60.0, **changes) == expected
    assert judged(10, 60.0, **changes) == "high"


def test_a_trace_without_length() -> None:
    """What was never measured divides by nothing."""
    assert judged(1, 0.0, duration_ms=0.0) == "low"
