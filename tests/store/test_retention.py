"""Retention: what leaves by age, count and bytes, what stays, and that the space is used again."""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from queryscope.profiler.config import Config
from queryscope.profiler.report import Report
from queryscope.profiler.store import Pruned, Store
from tests.builders import report

EVERYTHING: dict[str, Any] = {
    "keep_traces": 10**6,
    "keep_hours": 10**6,
    "keep_bytes": 10**12,
    "keep_worst": 0,
}


def keeping(**limits: Any) -> Config:
    """Return a configuration that keeps everything but for the named limits."""
    return Config(**EVERYTHING | limits)


def made(duration_ms: float = 1.0, hours_ago: float = 0.0, **changes: Any) -> Report:
    started = (datetime.now(UTC) - timedelta(hours=hours_ago)).isoformat()
    return report(id=uuid.uuid4().hex, duration_ms=duration_ms, started_at=started, **changes)


def left(store: Store) -> list[int]:
    return [summary.seq for summary in store.read_after(0, limit=10**6)]


def test_nothing_leaves_within_the_limits(store: Store) -> None:
    """The defaults of a fresh project keep a handful of traces."""
    store.append([made() for _ in range(5)])
    assert store.prune(Config()) == Pruned(traces=0, bytes=0)
    assert left(store) == [1, 2, 3, 4, 5]


def test_count_keeps_the_newest(store: Store) -> None:
    """Beyond KEEP_TRACES the oldest leave, and the answer says how many and how big."""
    stored = store.append([made() for _ in range(5)])
    assert store.prune(keeping(keep_traces=2)) == Pruned(
        traces=3, bytes=sum(report.overhead.bytes for report in stored[:3])
    )
    assert left(store) == [4, 5]


def test_bytes_keep_the_newest(store: Store) -> None:
    """As many of the newest stay as fit into KEEP_BYTES."""
    stored = store.append([made() for _ in range(5)])
    fitting = stored[4].overhead.bytes + stored[3].overhead.bytes
    store.prune(keeping(keep_bytes=fitting))
    assert left(store) == [4, 5]


def test_age_removes_the_old(store: Store) -> None:
    """A trace that began more than KEEP_HOURS ago leaves, wherever it stands in the log."""
    store.append([made(hours_ago=1), made(hours_ago=50), made(hours_ago=2)])
    store.prune(keeping(keep_hours=48))
    assert left(store) == [1, 3]


def test_the_worst_of_each_view_outlive_count_and_bytes(store: Store) -> None:
    """A burst of quick requests does not push out the slow ones, of any view."""
    store.append([made(900.0, view="a"), made(5.0, view="a"), made(7.0, view="b"), made(6.0, view="b")])
    store.append([made(1.0, view="c") for _ in range(3)])
    store.prune(keeping(keep_traces=1, keep_bytes=1, keep_worst=1))
    assert left(store) == [1, 3, 7]


def test_the_worst_of_each_task_and_command_outlive_count_and_bytes(store: Store) -> None:
    """They have no view, and one slow task is not all that is worth keeping of them."""
    slow = [
        made(900.0 + n, kind=kind, name=f"job {n}", view=None) for kind in ("task", "command") for n in (1, 2)
    ]
    store.append([*slow, *(made(1.0, kind="task", name="job 1", view=None) for _ in range(3))])
    store.prune(keeping(keep_traces=1, keep_worst=1))
    assert left(store) == [1, 2, 3, 4, 7]


def test_paths_without_a_view_are_one_group(store: Store) -> None:
    """A scanner asks for as many as it likes: they must not fill the log, however each one is named."""
    store.append([made(9.0 - n, name=f"GET /wp-{n}.php", view=None) for n in range(5)])
    store.prune(keeping(keep_traces=1, keep_worst=1))
    assert left(store) == [1, 5]


def test_the_worst_do_not_outlive_their_age(store: Store) -> None:
    """Nothing stays for ever that nobody pinned."""
    store.append([made(900.0, hours_ago=50), made(1.0)])
    store.prune(keeping(keep_hours=48, keep_worst=5))
    assert left(store) == [2]


def test_the_pinned_stay(store: Store) -> None:
    """No limit takes what somebody pinned."""
    store.append([made(pinned=True, hours_ago=500), made(), made()])
    store.prune(keeping(keep_traces=1, keep_bytes=1, keep_hours=1))
    assert 1 in left(store)
    assert 2 not in left(store)


def test_what_belongs_to_a_removed_trace_goes_with_it(store: Store) -> None:
    """Reports and fingerprints of a trace do not stay behind."""
    store.append([made() for _ in range(3)])
    store.prune(keeping(keep_traces=1))
    for table in ("report", "fingerprint"):
        assert store._rows(f"SELECT seq FROM queryscope_{table}") == [(3,)]


def test_removing_is_done_in_small_transactions(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """More traces than one batch are all removed."""
    monkeypatch.setattr("queryscope.profiler.store.retention.BATCH", 2)
    store.append([made() for _ in range(7)])
    assert store.prune(keeping(keep_traces=2)).traces == 5
    assert left(store) == [6, 7]


def test_space_is_used_again(sqlite_path: Path, open_store: Any) -> None:
    """A store that is pruned as fast as it is filled stops growing."""
    store = open_store(str(sqlite_path))
    sizes = []
    for _ in range(6):
        store.append([made() for _ in range(300)])
        store.prune(keeping(keep_traces=300))
        sizes.append(
            store._rows("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")[0][0]
        )
    assert sizes[-1] <= sizes[2] * 1.1


def test_space_goes_back_to_the_disk(sqlite_path: Path, open_store: Any) -> None:
    """The file of an emptied store shrinks."""
    store = open_store(str(sqlite_path))
    store.append([made() for _ in range(500)])
    store.close()
    full = sqlite_path.stat().st_size
    store.clear()
    store.close()
    assert sqlite_path.stat().st_size < full / 2


def test_fifty_thousand_traces_are_pruned_in_seconds(store: Store) -> None:
    """Retention runs beside requests; it may not take a minute on a full store."""
    sample = made()
    store.append([sample])
    for table in ("trace", "report", "fingerprint"):
        _multiply(store, table, 50_000)
    started = time.monotonic()
    assert store.prune(keeping(keep_traces=49_000, keep_worst=15)).traces > 900
    assert time.monotonic() - started < 5


def _multiply(store: Store, table: str, count: int) -> None:
    """Copy the one row of a table, each copy with a number, an id and a duration of its own."""
    with store._connections.lend(create=True) as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM queryscope_{table} LIMIT 0")
        names = [column[0] for column in cursor.description]
        changed = {"seq": "n.seq", "id": "cast(n.seq AS text)", "duration_ms": "n.seq % 977"}
        columns = ", ".join(changed.get(name, f't."{name}"') for name in names)
        cursor.execute(
            f"WITH RECURSIVE n(seq) AS (SELECT 2 UNION ALL SELECT seq + 1 FROM n WHERE seq < {count})"
            f" INSERT INTO queryscope_{table} SELECT {columns} FROM queryscope_{table} t, n WHERE t.seq = 1"
        )
