"""Finds the class that a person declared, its name and where it stands, for classes met while recording."""

from __future__ import annotations

import ast
import re
import sys
from functools import lru_cache
from types import ModuleType
from typing import Any

from queryscope.profiler.capture.text import plain
from queryscope.profiler.capture.text_of_files import lines_of

_FRAMEWORKS = frozenset({"django", "rest_framework"})
"""Packages whose classes everybody's are made of: they say nothing about who declared one."""


def declared(cls: type) -> type:
    """Return the class itself, or for one that was made on the fly the nearest one that stands in a module."""
    own = (
        base for base in cls.__mro__ if base.__module__.partition(".")[0] not in _FRAMEWORKS | {"builtins"}
    )
    return cls if _stands(cls) else next((base for base in own if _stands(base)), cls)


def dotted(cls: type) -> str:
    """Return how a class is written from outside its module."""
    return plain(f"{cls.__module__}.{cls.__qualname__}", 300)


def where(cls: type) -> tuple[str | None, int | None]:
    """Return file and line of the ``class`` statement, as far as there is one."""
    file = vars(sys.modules.get(cls.__module__, ModuleType("gone"))).get("__file__")
    if type(file) is not str or not file.endswith(".py"):
        return None, None
    return file, _line(file, cls.__qualname__)


def _stands(cls: type) -> bool:
    """Whether the class is what its module has under its name; inside a function nothing tells, but it was written down."""
    if "<locals>" in cls.__qualname__:
        return where(cls)[1] is not None
    found: Any = sys.modules.get(cls.__module__)
    for part in cls.__qualname__.split("."):
        found = getattr(found, "__dict__", {}).get(part)
    return found is cls


@lru_cache(maxsize=2_000)
def _line(file: str, qualname: str) -> int | None:
    lines = lines_of(file)
    statement = re.compile(rf"\s*class\s+{re.escape(qualname.rpartition('.')[2])}\b")
    found = [number for number, text in enumerate(lines, start=1) if statement.match(text)]
    if len(found) < 2:
        return found[0] if found else None
    # Only where a file has the name several times it is worth reading it as Python does.
    return _lines_of_classes("".join(lines)).get(qualname, found[0])


def _lines_of_classes(source: str) -> dict[str, int]:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return {}
    lines: dict[str, int] = {}
    _collect(tree, "", lines)
    return lines


def _collect(node: ast.AST, prefix: str, lines: dict[str, int]) -> None:
    for child in ast.iter_child_nodes(node):
        inner = prefix
        if isinstance(child, ast.ClassDef):
            lines[prefix + child.name] = child.lineno
            inner = f"{prefix}{child.name}."
        elif isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            inner = f"{prefix}{child.name}.<locals>."
        _collect(child, inner, lines)
