"""The file of ignored problems in the project's repository: read when it changes, written in small verified steps."""

from __future__ import annotations

import logging
import os
import re
import stat
import tempfile
import threading
import time
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from fnmatch import fnmatchcase
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec

from queryscope.profiler.errors import IgnoreError
from queryscope.profiler.finding import Finding
from queryscope.profiler.trace import Value

try:
    import fcntl
except ImportError:  # Windows has other locks, and none for a folder
    fcntl = None  # type: ignore[assignment]

logger = logging.getLogger("queryscope")

TABLE = "ignored"
MOST_BYTES = 1_000_000
"""A larger file is no list of problems, and to read it would hold up the writer for seconds."""
LOCK_SECONDS = 5.0
"""How long a change waits for one of another process, which takes milliseconds."""
_HEAD = re.compile(rf"^\s*\[\[\s*{TABLE}\s*\]\]\s*(#.*)?$")
_PREFACE = (
    "# Problems that this project has decided to live with. queryscope reads this file and adds to it;\n"
    "# edit it as you like. docs/commands.md of django-queryscope explains the entries.\n"
)
_PATTERNS = ("model", "relation", "path", "file")


class Ignored(Value, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One entry: a problem by its ``identity``, or all of a ``rule`` that fit the patterns (``*``, ``?``) it has.

    ``model``, ``relation`` and ``path`` are those of a finding, ``file`` is the path of its line as people read it.
    """

    reason: str
    identity: str | None = None
    rule: str | None = None
    title: str | None = None
    date: str | None = None
    model: str | None = None
    relation: str | None = None
    path: str | None = None
    file: str | None = None

    def covers(self, finding: Finding) -> bool:
        """Return whether this entry is about the finding."""
        if self.identity is not None:
            return self.identity == finding.identity
        return self.rule == finding.rule and all(
            any(fnmatchcase(value, pattern) for value in _values(finding, name))
            for name in _PATTERNS
            if (pattern := getattr(self, name)) is not None
        )


def needed(reason: str | None) -> str:
    """Return the reason without white space around it. Raises IgnoreError where nothing is left."""
    if not (text := (reason or "").strip()):
        raise IgnoreError("Ignoring a problem takes a reason: say in a few words why it is left as it is.")
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


class IgnoredFile:
    """The file at ``path``, which need not exist; every method may be called from any thread."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._known: tuple[Any, tuple[Ignored, ...]] = (None, ())

    def entries(self) -> tuple[Ignored, ...]:
        """Return what the file says; nothing, after one warning, where it cannot be understood."""
        now = _stamp(self.path)
        stamp, entries = self._known
        if now == stamp:
            return entries
        try:
            entries = self.read()
        except IgnoreError as error:
            entries = ()
            logger.warning("queryscope ignores no problem by its file: %s", error)
        self._known = (now, entries)
        return entries

    def read(self) -> tuple[Ignored, ...]:
        """Return what the file says, nothing where there is none. Raises IgnoreError, with the line that is wrong."""
        return _parsed(self._text(), self.path)

    def reason(self, finding: Finding) -> str | None:
        """Return why a finding is ignored, ``None`` where no entry covers it."""
        return next((entry.reason for entry in self.entries() if entry.covers(finding)), None)

    def add(self, entry: Ignored) -> None:
        """Write one more entry at the end; one of the same identity is replaced. Raises IgnoreError."""
        with self._lock, _alone(self.path):
            text = self._text()
            kept = _parsed(text, self.path)
            if any(known.identity == entry.identity for known in kept):
                text = _without(text, entry.identity)
                kept = tuple(known for known in kept if known.identity != entry.identity)
            end = "" if not text or text.endswith("\n") else "\n"
            self._write(f"{text or _PREFACE}{end}\n{_written(entry)}", (*kept, entry))

    def remove(self, identity: str) -> bool:
        """Take out the entry of an identity; return whether there was one. Raises IgnoreError."""
        with self._lock, _alone(self.path):
            text = self._text()
            known = _parsed(text, self.path)
            kept = tuple(entry for entry in known if entry.identity != identity)
            if kept == known:
                return False
            self._write(_without(text, identity), kept)
            return True

    def _text(self) -> str:
        try:
            found = self.path.stat()
            # A pipe would be waited for until somebody writes to it.
            if not stat.S_ISREG(found.st_mode):
                raise IgnoreError(f"{self.path} cannot be read: it is not a regular file.")
            if found.st_size > MOST_BYTES:
                raise IgnoreError(
                    f"{self.path} has {found.st_size:,} bytes; {MOST_BYTES:,} are read at most. Name rules with"
                    " patterns in place of single problems."
                )
            # As it is, whatever its line ends: what we do not change stays byte for byte.
            return self.path.read_bytes().decode("utf-8-sig")
        except (FileNotFoundError, NotADirectoryError):
            return ""
        except (OSError, UnicodeDecodeError) as error:
            raise IgnoreError(f"{self.path} cannot be read: {error}.") from error

    def _write(self, text: str, expected: tuple[Ignored, ...]) -> None:
        """Replace the file in one step, but only by a text that says exactly what it should."""
        by_hand = f"{self.path} could not be changed safely: edit the entry by hand."
        try:
            found = _parsed(text, self.path)
        except IgnoreError as error:
            raise IgnoreError(by_hand) from error
        if found != expected:
            raise IgnoreError(by_hand)
        try:
            _replace(self.path.resolve(), text)
        except OSError as error:
            raise IgnoreError(f"{self.path} cannot be written: {error.strerror or error}.") from error


def _values(finding: Finding, name: str) -> Iterable[str]:
    if name != "file":
        return filter(None, [getattr(finding, name)])
    sites = (finding.build_site, finding.call_site)
    template = finding.template_site
    return [*(site.label for site in sites if site is not None), *([template.name] if template else [])]


def _parsed(text: str, path: Path) -> tuple[Ignored, ...]:
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # also numbers that are too long, and brackets too deep
        raise IgnoreError(f"{path} is not valid TOML: {error}.") from error
    for key in document:
        if key != TABLE:
            raise IgnoreError(f"{path} has {key!r}; allowed are [[{TABLE}]] tables only.")
    tables = document.get(TABLE, [])
    if not isinstance(tables, list):
        raise IgnoreError(f"{path} has [{TABLE}]; write [[{TABLE}]], in double brackets.")
    return tuple(_entry(table, number, text, path) for number, table in enumerate(tables))


def _entry(table: Any, number: int, text: str, path: Path) -> Ignored:
    if isinstance(table, dict):
        # A date may stand without quotes.
        table = {key: str(value) if key == "date" else value for key, value in table.items()}
    try:
        entry = msgspec.convert(table, Ignored)
    except msgspec.ValidationError as error:
        raise IgnoreError(f"{_place(number, text, path)}: {str(error).replace('$.', '')}.") from error
    if not entry.reason.strip():
        raise IgnoreError(
            f"{_place(number, text, path)}: the reason is empty; say why the problem is left as it is."
        )
    if entry.identity is None and entry.rule is None:
        raise IgnoreError(f"{_place(number, text, path)}: name an identity, or a rule.")
    return entry


def _place(number: int, text: str, path: Path) -> str:
    heads = [line for line, words in enumerate(text.splitlines(), 1) if _HEAD.match(words)]
    return f"{path}, line {heads[number]}" if number < len(heads) else f"{path}, entry {number + 1}"


def _written(entry: Ignored) -> str:
    """Return the entry as TOML: a JSON string in ASCII is a TOML string too, and holds any text."""
    values = {
        name: value for name in Ignored.__struct_fields__ if (value := getattr(entry, name)) is not None
    }
    order = ("identity", "rule", *_PATTERNS, "title", "reason", "date")
    lines = [f"{name} = {_quoted(values[name])}" for name in order if name in values]
    return "\n".join([f"[[{TABLE}]]", *lines, ""])


def _quoted(text: str) -> str:
    named = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    plain = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return '"' + "".join(named.get(c, c if c.isprintable() else f"\\U{ord(c):08X}") for c in plain) + '"'


def _without(text: str, identity: str | None) -> str:
    """Return the text without the tables of an identity; comments above the next table stay with that one."""
    lines = text.splitlines(keepends=True)
    heads = [number for number, line in enumerate(lines) if _HEAD.match(line.rstrip("\r\n"))]
    for start, end in reversed(list(pairwise([*heads, len(lines)]))):
        while end < len(lines) and end - 1 > start and re.match(r"\s*(#|$)", lines[end - 1]):
            end -= 1
        # Another spelling of the head, such as [["ignored"]], makes two tables of what we took for one.
        with suppress(ValueError, RecursionError):
            (table,) = tomllib.loads("".join(lines[start:end]))[TABLE]
            if table.get("identity") == identity:
                del lines[start:end]
    return "".join(lines)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold the folder against changes of other processes: the file itself is another one after each."""
    folder = path.resolve().parent if not path.is_symlink() or path.exists() else path.parent
    descriptor = None
    # What keeps us from opening the folder is told by the change itself.
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
    try:
        if fcntl is not None and descriptor is not None:
            _locked(descriptor, path)
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _locked(descriptor: int, path: Path) -> None:
    until = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > until:
                raise IgnoreError(f"{path} is being changed by another process: try again.") from error
            time.sleep(0.01)
        except OSError:  # a file system without locks
            return None


def _replace(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        os.chmod(name, mode)
        os.replace(name, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
