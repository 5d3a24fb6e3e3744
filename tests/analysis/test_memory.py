"""The memory of earlier units of work: what it counts, what makes it start again, and that it stays small."""

from __future__ import annotations

from queryscope.profiler.analysis import memory as module
from queryscope.profiler.analysis.memory import Memory, key_of
from queryscope.profiler.analysis.past import Asked, Past
from queryscope.profiler.config import Config
from queryscope.profiler.trace import AliasTotals, Span, Trace, Truncated
from tests.analysis.querysets import BOOKS, asked, loaded, written
from tests.builders import parameter, span, trace

CONFIG = Config()


def told(memory: Memory, statement: Span, *others: Span, **changes: object) -> Asked:
    """Return what the memory tells of a statement after a trace in which it ran."""
    past = memory.enter(trace(spans=(statement, *others), **changes), CONFIG)
    key = key_of(statement, CONFIG)
    assert key is not None
    return past.asked[key]


def test_it_counts_the_same_answer() -> None:
    """This trace included."""
    memory = Memory()
    told(memory, loaded(duration_ms=2.0), name="GET /a/", started_at="2026-03-12T14:02:31+00:00")
    found = told(memory, loaded(duration_ms=3.0), name="GET /b/")
    assert (found.traces, found.same, found.total_ms, found.names) == (2, 2, 5.0, ("GET /a/", "GET /b/"))
    assert found.since == "2026-03-12T14:02:31+00:00"


def test_another_answer_begins_anew() -> None:
    """More rows, or other ones of another size."""
    memory = Memory()
    assert [told(memory, loaded(rows=rows)).same for rows in (1, 1, 2, 2)] == [1, 2, 1, 2]
    assert told(memory, loaded(rows=2, bytes=9)).same == 1


def test_a_write_begins_anew() -> None:
    """Whichever trace it was in; a write to another table does not matter."""
    memory = Memory()
    told(memory, loaded())
    memory.enter(trace(spans=(written(1, "orders_order"),)), CONFIG)
    assert told(memory, loaded()).same == 2
    memory.enter(trace(spans=(written(1),), kind="command"), CONFIG)
    assert told(memory, loaded()).same == 1
    memory.enter(trace(spans=(span(1, kind="call", sql="CALL tidy()", tables=()),)), CONFIG)
    assert told(memory, loaded()).same == 1


def test_statements_that_were_left_out_may_have_written() -> None:
    """Nobody knows what they were."""
    memory = Memory()
    told(memory, loaded())
    memory.enter(trace(spans=(), truncated=Truncated(spans=3)), CONFIG)
    assert told(memory, loaded()).same == 1


def test_it_stays_small() -> None:
    """What was not asked for longest is forgotten; a long trace brings only its beginning."""
    memory = Memory()
    for page in range(module.MOST // 100 + 5):
        spans = tuple(loaded(n, params=(parameter(f"{page}.{n}", "str"),)) for n in range(1, 101))
        memory.enter(trace(spans=spans), CONFIG)
    assert len(memory._known) == module.MOST
    long = tuple(loaded(n, params=(parameter(f"x{n}", "str"),)) for n in range(1, 1001))
    assert len(memory.enter(trace(spans=long), CONFIG).asked) == module.MOST_OF_TRACE


def test_many_tables_are_forgotten_safely() -> None:
    """Then everything counts as written."""
    memory = Memory()
    told(memory, loaded())
    memory.enter(trace(spans=tuple(written(n, f"t{n}") for n in range(module.MOST + 1))), CONFIG)
    assert len(memory._written) == module.MOST
    assert told(memory, loaded()).same == 1


def connecting(*connects: int, kind: str = "request") -> Past:
    memory, past = Memory(), Past()
    for number in connects:
        past = memory.enter(_trace(number, kind), CONFIG)
    return past


def _trace(connects: int, kind: str) -> Trace:
    totals = AliasTotals(vendor="postgresql", server_version=None, queries=1, db_ms=1.0, connects=connects)
    return trace(by_alias={"default": totals}, kind=kind)


def test_it_counts_requests_in_a_row_that_connected() -> None:
    """One that found a connection open ends the row; other work does not count."""
    assert connecting(1, 1, 1).connected == {"default": 3}
    assert connecting(1, 1, 0).connected == {"default": 0}
    assert connecting(1, 0, 1).connected == {"default": 1}
    assert connecting(1, 1, kind="command").connected == {}


def test_what_is_never_remembered() -> None:
    """Nobody could say that it is the same."""
    assert key_of(loaded(), CONFIG) is not None
    for statement in (
        loaded(params=(parameter("af", "str", masked=True),)),
        loaded(params=(parameter("x", "str", truncated=True),)),
        loaded(rows=None),
        loaded(load="forward"),
        asked(1, "SELECT 1", tables=()),
        written(1),
        loaded(sql_length=200_000),
    ):
        assert key_of(statement, CONFIG) is None


def test_a_key_holds_no_value() -> None:
    """It is a digest, equal for equal statements with equal values on one alias."""
    keys = {
        key_of(each, CONFIG)
        for each in (loaded(1), loaded(9), loaded(sql=f"{BOOKS} LIMIT 3"), loaded(alias="replica"))
    }
    assert len(keys) == 3
    assert all(key is not None and len(key) == 32 for key in keys)
