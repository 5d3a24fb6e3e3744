"""Tells whether a source file was changed after the process had loaded it, by its time and size on disk.

What a file was like when it was loaded is written down soon after: of modules at start-up and with each trace that
finds new ones, of a template when Jinja2 loads it or when a statement of it is seen for the first time.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from contextlib import suppress
from itertools import islice
from typing import Any
from weakref import ref

Stamp = tuple[int, int]
"""Time of the last change in nanoseconds, and size."""

_LIBRARIES = tuple(
    path + os.sep for path in map(sysconfig.get_path, ("stdlib", "platstdlib", "purelib", "platlib")) if path
)
"""Where most modules are, and none whose lines are shown; looking at all files of a project takes 20 ms."""
_modules: dict[str, Stamp | None] = {}
_looked_at = 0
_origins: dict[int, tuple[ref[Any], Stamp | None]] = {}


def stamp(file: str) -> Stamp | None:
    """Return what tells one state of a file from another, ``None`` where there is no file."""
    with suppress(OSError, ValueError):
        found = os.stat(file)
        return found.st_mtime_ns, found.st_size
    return None


def note_modules() -> None:
    """Write down the files of the modules that were loaded since the last time, but for those of libraries."""
    global _looked_at
    count = len(sys.modules)
    if count == _looked_at:
        return
    # Modules stand in the order in which they were loaded; where some were removed, all are looked at again.
    start = _looked_at if count > _looked_at else 0
    for module in islice(list(sys.modules.values()), start, None):
        file = _file_of(module)
        if file is not None and file not in _modules and not file.startswith(_LIBRARIES):
            _modules[file] = stamp(file)
    _looked_at = count


def module_changed(file: str) -> bool:
    """Return whether the file of a module is another one than when it was first seen."""
    now = stamp(file)
    return _modules.setdefault(file, now) != now


def template_changed(origin: Any, file: str) -> bool:
    """Return whether the file of a template is another one than when this loading of it was first seen."""
    now, key = stamp(file), id(origin)
    known = _origins.get(key)
    if known is None or known[0]() is not origin:
        # An origin is made anew with each loading, and lives as long as the template's nodes.
        known = _origins[key] = (ref(origin, lambda _: _origins.pop(key, None)), now)
    return known[1] != now


def _file_of(module: Any) -> str | None:
    # Asking a lazy module for an attribute would load it.
    with suppress(Exception):
        file = object.__getattribute__(module, "__dict__").get("__file__")
        return file if type(file) is str and file.endswith(".py") else None
    return None
