"""What a store in an SQLite file needs beside its tables: a private file, a journal that fits its disk, reused space."""

from __future__ import annotations

import os
import re
import time
from contextlib import suppress
from pathlib import Path

from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper

_SHARED_FILESYSTEM = re.compile(
    r"(fuse\.)?(9p|afs|beegfs|ceph|cifs|drvfs|fakeowner|glusterfs|grpcfuse|lustre|nfs4?|osxfs|prl_fs|smb3|smbfs|sshfs"
    r"|vboxsf|virtiofs|vmhgfs|vmhgfs-fuse)"
)
"""Kinds of mounts whose machines do not share the memory that a WAL needs: two writers would damage the file."""
JOURNAL_BYTES = 16 * 1024 * 1024
WAL_SECONDS = 5.0


def make_file(path: Path) -> None:
    """Make the file for its owner only; a folder made for it too, and kept out of version control."""
    try:
        path.parent.mkdir(mode=0o700)
    except FileExistsError:
        pass
    else:
        (path.parent / ".gitignore").write_text("*\n")
    # SQLite gives its journals the mode of the file. A file that exists is not even opened: closing any descriptor of it
    # drops every lock this process holds on it, and the next process to leave would then delete the journal under us.
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def file_id(path: Path) -> tuple[int, int] | None:
    """Return what tells this file from another one of the same name, ``None`` where there is none."""
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found.st_dev, found.st_ino


def prepare(connection: BaseDatabaseWrapper, path: Path) -> None:
    """Choose journal and durability for a connection that was just opened."""
    with connection.cursor() as cursor:
        if path.stat().st_size == 0:
            # Later it has no effect, but waits for whoever writes.
            cursor.execute("PRAGMA auto_vacuum = INCREMENTAL")
        cursor.execute("PRAGMA synchronous = NORMAL")
        # What a large removal wrote to the journal does not stay on the disk.
        cursor.execute(f"PRAGMA journal_size_limit = {JOURNAL_BYTES}")
        if is_shared(path):
            cursor.execute("PRAGMA journal_mode = DELETE")
            return
    _enter_wal(connection)


def _enter_wal(connection: BaseDatabaseWrapper) -> None:
    # Two processes that switch a fresh file at once: one is told "locked" immediately, whatever the busy timeout.
    deadline = time.monotonic() + WAL_SECONDS
    while True:
        try:
            with connection.cursor() as cursor:
                # A disk that cannot do it answers with the journal it keeps, which is all right.
                cursor.execute("PRAGMA journal_mode = WAL")
                return
        except OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def give_back(connection: BaseDatabaseWrapper, pages: int = 0) -> None:
    """Return free pages of the file to the disk, at most ``pages`` of them where that is not 0."""
    with connection.wrap_database_errors:
        # A cursor would stop after the first page: this statement does one at each step, and has no rows to fetch.
        connection.connection.executescript(f"PRAGMA incremental_vacuum({pages})")


def is_shared(path: Path, mounts: str = "/proc/mounts") -> bool:
    """Return whether the file lies on a network or host-shared folder; False where the system does not say."""
    return bool(_SHARED_FILESYSTEM.fullmatch(_filesystem(path.resolve(), mounts)))


def _filesystem(path: Path, mounts: str) -> str:
    try:
        lines = Path(mounts).read_text(errors="replace").splitlines()
    except OSError:
        return ""
    found, deepest = "", -1
    for line in lines:
        _, point, kind, *_ = line.split(" ")
        folder = point.replace("\\040", " ")
        # Of equal mount points the later one lies on top.
        if path.is_relative_to(folder) and len(folder) >= deepest:
            found, deepest = kind, len(folder)
    return found
