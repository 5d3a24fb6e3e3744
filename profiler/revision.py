"""The revision of the project's code where it is a git checkout: read from git's files, without running git."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

_HASH = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_REFERENCE = re.compile(r"refs/(?!.*\.\.)[^\0\\\s]+")
_HOPS = 5
"""References that may lead to one another; git itself stops there too."""
_MOST_BYTES = 16 * 1024 * 1024
"""Size of a file beyond which it is none that git wrote for us to read."""

Stamp = tuple[int, int, int] | None
_read: dict[Path, tuple[dict[str, Stamp], str | None]] = {}
"""What was found for a folder, with the state of every file (also of those that were missing) that it was read from."""


def revision(folder: Path) -> str | None:
    """Return the commit that is checked out in ``folder`` or above it, ``None`` where that cannot be told.

    Nothing is read again while no file has changed. Never raises: a repository may be damaged, or being written.
    """
    known = _read.get(folder)
    if known is not None and all(_stamp(path) == stamp for path, stamp in known[0].items()):
        return known[1]
    reading = _Reading()
    try:
        found = reading.commit(folder)
    except (OSError, ValueError, RecursionError):
        found = None
    _read[folder] = (reading.stamps, found)
    return found


class _Reading:
    """Reads git's files and remembers in which state each was."""

    def __init__(self) -> None:
        self.stamps: dict[str, Stamp] = {}

    def commit(self, folder: Path) -> str | None:
        for repository in self._repositories(folder):
            head = self._text(os.path.join(repository, "HEAD"))
            if head is None:
                continue
            # A worktree has its own HEAD and shares branches with the repository that it was made from.
            shared = self._text(os.path.join(repository, "commondir"))
            common = os.path.join(repository, shared.strip()) if shared else repository
            return self._resolved(head.strip(), repository, common)
        return None

    def _repositories(self, folder: Path) -> Iterator[str]:
        for parent in (folder, *folder.parents):
            entry = os.path.join(parent, ".git")
            yield entry
            # In a worktree or a submodule it is a file.
            if (text := self._text(entry)) is not None and text.startswith("gitdir:"):
                yield os.path.join(parent, text.removeprefix("gitdir:").strip())

    def _resolved(self, value: str, repository: str, common: str) -> str | None:
        for _ in range(_HOPS):
            if _HASH.fullmatch(value):
                return value
            name = value.removeprefix("ref:").strip()
            if not value.startswith("ref:") or not _REFERENCE.fullmatch(name):
                return None
            loose = self._text(os.path.join(repository, name))
            if loose is None and common != repository:
                loose = self._text(os.path.join(common, name))
            if loose is None:
                return self._packed(name, os.path.join(common, "packed-refs"))
            value = loose.strip()
        return None

    def _packed(self, name: str, path: str) -> str | None:
        for line in (self._text(path) or "").splitlines():
            value, _, reference = line.partition(" ")
            if reference == name and _HASH.fullmatch(value):
                return value
        return None

    def _text(self, path: str) -> str | None:
        self.stamps[path] = known = _stamp(path)
        if known is None or known[1] > _MOST_BYTES:
            return None
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                return file.read()
        except OSError:
            return None


def _stamp(path: str) -> Stamp:
    """Return what tells one state of a file from another, ``None`` where there is no plain file."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    # A pipe would be waited for.
    return (found.st_mtime_ns, found.st_size, found.st_ino) if stat.S_ISREG(found.st_mode) else None
