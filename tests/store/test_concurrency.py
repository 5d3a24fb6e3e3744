"""Several processes and threads on one store: nothing lost, numbers visible in order, nothing left open."""

from __future__ import annotations

import os
import shutil
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from queryscope.profiler.store import Store, rows
from queryscope.profiler.store.connections import IDLE
from tests.builders import report
from tests.store.conftest import Target, connect
from tests.store.processes import finish, start

APPENDING = """
import uuid
from queryscope.profiler.store import Store
from tests.builders import report
store = Store(target)
for n in range(200):
    store.append([report(id=uuid.uuid4().hex, name=f"{os.getpid()} {n:03}")])
"""

FORKING = """
import uuid
from queryscope.profiler.store import Store
from tests.builders import report
store = Store(target)
def append():
    store.append([report(id=uuid.uuid4().hex)])
append()
child = os.fork()
append()
if child == 0:
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
append()
"""


def one(**changes: Any) -> Any:
    return report(id=uuid.uuid4().hex, **changes)


def test_four_processes_lose_nothing_and_keep_their_order(store: Store, target: Target) -> None:
    """They make the store together; a reader that polls meanwhile sees every trace once, in order."""
    writers = [start(APPENDING, target) for _ in range(4)]
    seen: list[Any] = []
    while any(writer.poll() is None for writer in writers):
        seen += store.read_after(seen[-1].seq if seen else 0)
    for writer in writers:
        finish(writer)
    while fresh := store.read_after(seen[-1].seq if seen else 0):
        seen += fresh
    assert [summary.seq for summary in seen] == list(range(1, 801))
    for writer in writers:
        mine = [summary.name for summary in seen if summary.name.startswith(f"{writer.pid} ")]
        assert mine == [f"{writer.pid} {n:03}" for n in range(200)]


def test_a_slow_commit_holds_back_later_numbers(
    target: Target, open_store: Callable[[Target], Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has seen N can rely on it: no smaller number appears afterwards."""
    slow, quick, reader = open_store(target), open_store(target), open_store(target)
    reached, released = threading.Event(), threading.Event()
    insert = rows.insert

    def wait_before_the_slow_one(cursor: Any, entries: Any) -> None:
        insert(cursor, entries)
        if entries[0].report.trace.name == "slow":
            reached.set()
            assert released.wait(10)

    monkeypatch.setattr(rows, "insert", wait_before_the_slow_one)
    with ThreadPoolExecutor() as threads:
        first = threads.submit(slow.append, [one(name="slow")])
        assert reached.wait(10)
        second = threads.submit(quick.append, [one(name="quick")])
        with pytest.raises(TimeoutError):
            second.result(timeout=0.5)
        assert reader.read_after(0) == ()
        released.set()
        assert first.result(10)[0].trace.seq == 1
        assert second.result(10)[0].trace.seq == 2
    assert [summary.name for summary in reader.read_after(0)] == ["slow", "quick"]


def test_pause_is_seen_by_every_process(store: Store, target: Target) -> None:
    """One row in the store, not a flag in a process."""
    program = "from queryscope.profiler.store import Store\nprint(Store(target).paused_at())"
    since = store.pause()
    assert finish(start(program, target)).strip() == since
    store.resume()
    assert finish(start(program, target)).strip() == "None"


def test_a_forked_child_has_connections_of_its_own(store: Store, target: Target) -> None:
    """A parent that already wrote and its child both go on writing to a sound store."""
    finish(start(FORKING, target))
    assert [summary.seq for summary in store.read_after(0)] == [1, 2, 3, 4]


def test_many_threads_leave_few_connections_open(store: Store) -> None:
    """Channels runs views in threads that come and go; what they opened is used again and can be closed."""
    store.append([one()])
    store.close()
    before = open_files()
    after_each = [open_files_after_threads(store, 20) for _ in range(4)]
    assert len(store._connections._idle) <= IDLE
    # SQLite itself keeps the files of closed connections for the next ones while the file is in use.
    assert max(after_each) <= before + 20 + 3 * IDLE
    store.close()
    assert open_files() == before


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


def open_files_after_threads(store: Store, count: int) -> int:
    """Return how many files are open after that many threads read at the same moment and ended."""
    gate = threading.Barrier(count)

    def read() -> int:
        gate.wait(10)
        return store.last_seq()

    with ThreadPoolExecutor(count) as threads:
        futures = [threads.submit(read) for _ in range(count)]
        assert {future.result() for future in futures} == {1}
    return open_files()


def test_a_store_that_was_deleted_is_made_again(
    sqlite_path: Path, open_store: Callable[[Target], Store]
) -> None:
    """Removing the folder while the project runs loses what was in it, nothing that comes after."""
    store = open_store(str(sqlite_path))
    store.append([one()])
    shutil.rmtree(sqlite_path.parent)
    assert store.newest() == ()
    assert store.append([one()])[0].trace.seq == 1
    assert open_store(str(sqlite_path)).last_seq() == 1


def test_a_server_that_was_restarted_is_found_again(
    postgres_target: Any, open_store: Callable[[Target], Store]
) -> None:
    """A connection that the server closed while it lay idle costs no trace."""
    store = open_store(postgres_target)
    store.append([one()])
    with connect(postgres_target["NAME"]) as server:
        server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert store.append([one()])[0].trace.seq == 2
