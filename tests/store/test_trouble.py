"""Trouble with the disk, the file or the server: one clear sentence, and nothing of anybody's is deleted."""

from __future__ import annotations

import os
import sqlite3
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from queryscope.profiler.errors import StoreError
from queryscope.profiler.report import Report
from queryscope.profiler.store import Store
from tests.builders import report
from tests.store.conftest import POSTGRES, Target
from tests.store.processes import finish, start

Open = Callable[[Target], Store]


def some(count: int) -> list[Report]:
    return [report(id=uuid.uuid4().hex) for _ in range(count)]


def with_options(path: Path, **options: Any) -> Target:
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(path), "OPTIONS": options}


def complaint(act: Callable[[], object]) -> str:
    """Return the sentence with which the act fails."""
    with pytest.raises(StoreError) as caught:
        act()
    text = str(caught.value)
    assert "\n" not in text
    return text


def test_a_folder_that_cannot_be_made(tmp_path: Path, open_store: Open) -> None:
    """A path below a file names the path and what to do."""
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "store.sqlite3"
    text = complaint(lambda: open_store(str(path)).append(some(1)))
    assert str(path) in text
    assert "Check that its folder is there and can be written, or set QUERYSCOPE['STORE']" in text


def test_a_folder_nobody_may_write_to(open_store: Open) -> None:
    """/proc takes no files, whoever asks."""
    assert "cannot be" in complaint(lambda: open_store("/proc/store.sqlite3").append(some(1)))


def test_a_file_that_is_read_only(sqlite_path: Path, open_store: Open) -> None:
    """The engine's own refusal is explained."""
    open_store(str(sqlite_path)).append(some(1))
    store = open_store(with_options(sqlite_path, init_command="PRAGMA query_only = 1"))
    assert "cannot be written" in complaint(lambda: store.append(some(1)))


def test_a_full_disk_keeps_what_is_there(sqlite_path: Path, open_store: Open) -> None:
    """What was stored stays readable, and with space recording goes on."""
    store = open_store(with_options(sqlite_path, init_command="PRAGMA max_page_count = 80"))
    text = complaint(lambda: [store.append(some(20)) for _ in range(100)])
    assert "cannot grow" in text
    assert "KEEP_BYTES" in text
    kept = store.totals().traces
    assert kept > 0
    assert store.clear().traces == kept
    assert len(store.append(some(20))) == 20


def test_a_file_size_limit_of_the_process(sqlite_path: Path) -> None:
    """What the operating system refuses half-way is one sentence too, and the store stays sound."""
    program = """
import resource, signal, uuid
from queryscope.profiler.errors import StoreError
from queryscope.profiler.store import Store
from tests.builders import report
store = Store(target)
store.append([report(id=uuid.uuid4().hex)])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
try:
    while True:
        store.append([report(id=uuid.uuid4().hex) for _ in range(20)])
except StoreError as error:
    print(error)
"""
    assert f"The store {sqlite_path} cannot grow" in finish(start(program, str(sqlite_path)))
    with sqlite3.connect(sqlite_path) as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    file.close()


def test_a_file_that_somebody_holds(sqlite_path: Path, open_store: Open) -> None:
    """A writer that does not let go is waited for, then named; readers go on meanwhile."""
    store = open_store(with_options(sqlite_path, timeout=0.1))
    store.append(some(1))
    holder = sqlite3.connect(sqlite_path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    assert "is held by another process" in complaint(lambda: store.append(some(1)))
    assert store.last_seq() == 1
    holder.execute("ROLLBACK")
    holder.close()
    assert store.append(some(1))[0].trace.seq == 2


@pytest.mark.parametrize(
    "act",
    [
        lambda store: store.append(some(1)),
        lambda store: store.newest(),
        lambda store: store.last_seq(),
        lambda store: store.paused_at(),
        lambda store: store.report("f00"),
        lambda store: store.clear(),
    ],
    ids=["append", "newest", "last_seq", "paused_at", "report", "clear"],
)
def test_garbage_is_named_and_left_alone(
    act: Callable[[Store], object], sqlite_path: Path, open_store: Open
) -> None:
    """Whatever is asked of a file that is no database, it is not touched."""
    sqlite_path.parent.mkdir()
    garbage = os.urandom(20_000)
    sqlite_path.write_bytes(garbage)
    text = complaint(lambda: act(open_store(str(sqlite_path))))
    assert "is damaged" in text
    assert "Nothing was deleted: move the file away" in text
    assert sqlite_path.read_bytes() == garbage


def test_a_file_that_lost_its_second_half(sqlite_path: Path, open_store: Open) -> None:
    """Reading it through ends in one sentence, and what is left of the file stays."""
    store = open_store(str(sqlite_path))
    stored = store.append(some(300))
    store.close()
    half = sqlite_path.stat().st_size // 2
    os.truncate(sqlite_path, half)
    text = complaint(lambda: [store.report(each.trace.id) for each in stored])
    assert "is damaged" in text
    store.close()
    assert sqlite_path.stat().st_size >= half


def test_a_report_that_cannot_be_decoded(store: Store) -> None:
    """Damage within one trace names the trace."""
    (stored,) = store.append(some(1))
    with store._connections.lend() as connection, connection.cursor() as cursor:
        cursor.execute("UPDATE queryscope_report SET body = %s", [b"garbage"])
    assert "Trace 1 in the store" in complaint(lambda: store.report(stored.trace.id))


def test_a_server_that_does_not_answer(open_store: Open) -> None:
    """The address is named, the password is not."""
    store = open_store(POSTGRES | {"NAME": "shop", "PORT": 1, "PASSWORD": "geheim"})
    text = complaint(lambda: store.append(some(1)))
    assert text.startswith(f"The store postgresql://{POSTGRES['HOST']}:1/shop cannot be used (")
    assert "geheim" not in text


def test_a_database_that_does_not_exist(postgres_target: Any, open_store: Open) -> None:
    """It is not created: that is not ours to decide."""
    store = open_store(postgres_target | {"NAME": "queryscope_nowhere"})
    assert 'database "queryscope_nowhere" does not exist' in complaint(store.last_seq)


def test_an_engine_we_do_not_speak(open_store: Open) -> None:
    """The engines that are allowed are named."""
    store = open_store({"ENGINE": "django.db.backends.dummy", "NAME": "x"})
    assert "django.db.backends.sqlite3 or django.db.backends.postgresql" in complaint(
        lambda: store.append(some(1))
    )


def test_an_engine_that_is_not_installed(open_store: Open) -> None:
    """A missing module is a sentence like any other."""
    assert "no_such" in complaint(
        lambda: open_store({"ENGINE": "no_such.backend", "NAME": "x"}).append(some(1))
    )


def test_a_store_in_memory(tmp_path: Path, open_store: Open) -> None:
    """What one connection has in memory no other one can read; no file of that name is made instead."""
    assert "give the path of a file" in complaint(
        lambda: open_store(str(tmp_path / ":memory:")).append(some(1))
    )
    assert list(tmp_path.iterdir()) == []
