"""The SQLite file: for its owner only, out of version control, with a journal that suits its disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from queryscope.profiler.store import Store, sqlite
from tests.builders import report
from tests.store.processes import finish, start

Open = Callable[[Any], Store]


@pytest.fixture
def local_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever disk the tests run on, the store takes it for a local one."""
    monkeypatch.setattr(sqlite, "is_shared", lambda path: False)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.mark.usefixtures("local_disk")
def test_the_folder_and_its_files_are_private(sqlite_path: Path, open_store: Open) -> None:
    """SQL and parameters are nobody else's business, in the journals neither."""
    open_store(str(sqlite_path)).append([report()])
    assert mode(sqlite_path.parent) == 0o700
    files = sorted(path.name for path in sqlite_path.parent.iterdir() if path.name != ".gitignore")
    assert files == ["store.sqlite3", "store.sqlite3-shm", "store.sqlite3-wal"]
    assert {mode(sqlite_path.parent / name) for name in files} == {0o600}


def test_the_folder_keeps_itself_out_of_version_control(sqlite_path: Path, open_store: Open) -> None:
    """Nobody has to remember a line in a .gitignore."""
    open_store(str(sqlite_path)).append([report()])
    assert (sqlite_path.parent / ".gitignore").read_text() == "*\n"


def test_a_folder_that_was_there_is_left_as_it_is(tmp_path: Path, open_store: Open) -> None:
    """A path that somebody chose gets a file and nothing else."""
    before = mode(tmp_path)
    store = open_store(str(tmp_path / "traces.sqlite3"))
    store.append([report()])
    store.close()
    assert [path.name for path in tmp_path.iterdir()] == ["traces.sqlite3"]
    assert mode(tmp_path) == before


@pytest.mark.usefixtures("local_disk")
def test_a_local_disk_gets_a_wal(sqlite_path: Path, open_store: Open) -> None:
    """Readers do not wait for the writer."""
    store = open_store(str(sqlite_path))
    store.append([report()])
    assert store._rows("PRAGMA journal_mode") == [("wal",)]


def test_a_shared_folder_gets_none(
    sqlite_path: Path, open_store: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Machines that share a folder do not share the memory that a WAL needs."""
    monkeypatch.setattr(sqlite, "is_shared", lambda path: True)
    store, other = open_store(str(sqlite_path)), open_store(str(sqlite_path))
    store.append([report()])
    assert store._rows("PRAGMA journal_mode") == [("delete",)]
    assert other.append([report(id="f" * 32)])[0].trace.seq == 2


@pytest.mark.parametrize(
    ("path", "shared"),
    [
        ("/srv/local/store.sqlite3", False),
        ("/mnt/office/project/store.sqlite3", True),
        ("/mnt/office/fast/store.sqlite3", False),
        ("/mnt/my share/store.sqlite3", True),
        ("/host/store.sqlite3", True),
        ("/mnt/officer/store.sqlite3", False),
    ],
)
def test_the_innermost_mount_decides(path: str, shared: bool, tmp_path: Path) -> None:
    """As the system lists them: later and deeper mounts lie over the others."""
    mounts = tmp_path / "mounts"
    mounts.write_text(
        "overlay / overlay rw 0 0\n"
        "server:/office /mnt/office nfs4 rw 0 0\n"
        "/dev/sdb /mnt/office/fast ext4 rw 0 0\n"
        "//server/share /mnt/my\\040share cifs rw 0 0\n"
        "/dev/sdc /host ext4 rw 0 0\n"
        "me@server: /host fuse.sshfs rw 0 0\n"
    )
    assert sqlite.is_shared(Path(path), str(mounts)) is shared


def test_a_system_that_lists_no_mounts_counts_as_local(tmp_path: Path) -> None:
    """macOS and Windows have no such list."""
    assert sqlite.is_shared(tmp_path, str(tmp_path / "nothing")) is False


@pytest.mark.usefixtures("local_disk")
def test_another_connection_does_not_give_up_the_locks_of_the_first(
    sqlite_path: Path, open_store: Open
) -> None:
    """Another process that comes and goes must not take itself for the last one and remove the journal."""
    store, other = open_store(str(sqlite_path)), open_store(str(sqlite_path))
    store.append([report()])
    other.append([report(id="f" * 32)])
    visit = "import sqlite3\nfile = sqlite3.connect(target)\nfile.execute('SELECT * FROM queryscope_trace')\nfile.close()"
    finish(start(visit, str(sqlite_path)))
    assert sqlite_path.with_name("store.sqlite3-wal").exists()
    assert store.append([report(id="e" * 32)])[0].trace.seq == 3
