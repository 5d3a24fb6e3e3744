"""The schema: made and lifted by number, by whoever comes first, and never taken back."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from subprocess import Popen
from typing import Any

import pytest

from queryscope.profiler.errors import StoreTooNew
from queryscope.profiler.store import Store, schema
from tests.builders import report
from tests.store.conftest import Target
from tests.store.processes import finish, start

TABLES = {"control", "trace", "report", "fingerprint", "session", "verification", "job"} | {
    "problem",
    "problem_place",
    "problem_trace",
}


def execute(store: Store, statement: str) -> None:
    with store._connections.lend(create=True) as connection, connection.cursor() as cursor:
        cursor.execute(statement)


def tables(store: Store) -> set[str]:
    with store._connections.lend() as connection, connection.cursor() as cursor:
        return {
            name for name in connection.introspection.table_names(cursor) if name.startswith("queryscope_")
        }


def test_a_new_store_has_every_table(store: Store) -> None:
    """Also those that are filled by what comes later."""
    store.append([report()])
    assert tables(store) == {f"queryscope_{name}" for name in TABLES}


def test_a_newer_store_is_refused_with_a_sentence(store: Store) -> None:
    """Neither read nor written, and the sentence names both versions."""
    store.append([report()])
    execute(store, "UPDATE queryscope_control SET version = 99")
    store.close()
    for act in (store.last_seq, store.newest, lambda: store.append([report()])):
        with pytest.raises(StoreTooNew, match="has version 99, this queryscope reads up to"):
            act()


def test_an_older_store_is_lifted_and_keeps_its_traces(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each step runs once, whoever opens the store first."""
    store.append([report()])
    store.close()
    step = ("CREATE TABLE queryscope_later (seq {key} PRIMARY KEY)",)
    monkeypatch.setattr(schema, "STEPS", (*schema.STEPS, step))
    monkeypatch.setattr(schema, "VERSION", schema.VERSION + 1)
    assert store.totals().traces == 1
    assert "queryscope_later" in tables(store)
    assert store._rows("SELECT version FROM queryscope_control") == [(schema.VERSION,)]


def test_a_step_that_fails_leaves_the_store_as_it_was(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a schema is never visible."""
    store.append([report()])
    store.close()
    step = (
        "CREATE TABLE queryscope_later (seq {key} PRIMARY KEY)",
        "CREATE TABLE queryscope_trace (seq {key})",
    )
    with monkeypatch.context() as patched:
        patched.setattr(schema, "STEPS", (*schema.STEPS, step))
        patched.setattr(schema, "VERSION", schema.VERSION + 1)
        with pytest.raises(Exception, match="already exists"):
            store.totals()
    assert "queryscope_later" not in tables(store)
    assert store.totals().traces == 1


def test_many_processes_make_one_store(target: Target, open_store: Callable[[Target], Store]) -> None:
    """Whoever is second finds what the first one made."""
    program = """
import uuid
from queryscope.profiler.store import Store
from tests.builders import report
print("ready", flush=True)
sys.stdin.readline()
print(Store(target).append([report(id=uuid.uuid4().hex)])[0].trace.seq)
"""
    makers = [start(program, target) for _ in range(6)]
    assert all(maker.stdout and maker.stdout.readline() == "ready\n" for maker in makers)
    numbers = sorted(map(int, go(makers)))
    assert numbers == [1, 2, 3, 4, 5, 6]
    assert open_store(target).totals().traces == 6


def go(processes: list[Popen[str]]) -> list[str]:
    """Let processes that wait for a line go on at the same moment; return what they print."""
    for process in processes:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    return [finish(process) for process in processes]


def test_what_waits_for_later_points_at_a_trace(store: Store) -> None:
    """A verification goes with the trace it belongs to."""
    store.append([report(id=uuid.uuid4().hex)])
    execute(
        store,
        "INSERT INTO queryscope_verification (id, seq, finding, verdict, created_at)"
        " VALUES ('v1', 1, 'f1', 'verified', '2026-03-12T14:00:00+00:00')",
    )
    store.clear()
    rows: Any = store._rows("SELECT count(*) FROM queryscope_verification")
    assert rows == [(0,)]
