"""Which nested unit of work sent a statement is told by its time alone."""

from __future__ import annotations

import pytest

from queryscope.profiler.analysis.statements.runs import Runs
from queryscope.profiler.trace import Lane
from tests.builders import span


def lane(name: str, start_ms: float, end_ms: float) -> Lane:
    return Lane(name=name, label="any", start_ms=start_ms, duration_ms=end_ms - start_ms)


RUNS = Runs(
    [
        lane("view", 0.0, 100.0),
        lane("request", 10.0, 60.0),
        lane("task", 20.0, 30.0),
        lane("task", 30.0, 40.0),
        lane("template", 42.0, 50.0),
        lane("message", 70.0, 80.0),
    ]
)


@pytest.mark.parametrize(
    ("moment", "run"),
    [(5.0, None), (10.0, 0), (25.0, 1), (30.0, 2), (45.0, 0), (60.0, None), (75.0, 3), (90.0, None)],
)
def test_the_innermost_unit_around_a_statement(moment: float, run: int | None) -> None:
    """Tasks in a request in a test; what the test itself asks, and lanes that are no unit, belong to none."""
    assert RUNS.of(span(1, start_ms=moment)) == run


def test_a_trace_without_others() -> None:
    """Nothing but its own work."""
    assert Runs([]).of(span(1)) is None
