"""Turns raw stacks into frames: file, line, columns, function, and whether the code is the application's or a library's.

Runs off the request. A file belongs to the longest root that contains it: library roots are the standard library, the
places where packages are installed, Django's and our own; everything else is the application, also an editable install
and a project whose path happens to contain a library's name.
"""

from __future__ import annotations

import linecache
import os
import re
import sys
import sysconfig
from contextlib import suppress
from functools import cache, lru_cache
from itertools import islice
from pathlib import Path
from types import CodeType
from typing import Any

import asgiref
import django

from queryscope.profiler.capture.jinja import Compiled, compiled
from queryscope.profiler.capture.text_of_files import lines_of
from queryscope.profiler.settings import project_root
from queryscope.profiler.trace import Frame

_INSTALLED = ("stdlib", "platstdlib", "purelib", "platlib")
_BUNDLE = re.compile(r"python\d+\.zip$")
"""The standard library in one file."""
_CACHED_FRAMES = 20_000
_frames: dict[tuple[int, int], tuple[CodeType, Frame]] = {}
"""Resolved frames by identity of their code; the code object is held so that its identity is not used again."""


def resolve(entries: list[Any]) -> tuple[Frame, ...]:
    """Return the frames of a raw stack, innermost first."""
    return tuple(_frame(entries[index], entries[index + 1]) for index in range(0, len(entries), 2))


def is_library(file: str) -> bool:
    """Return whether the file of a code object is a library's."""
    return _place(file)[1]


def label_of(file: str) -> str:
    """Return what a person reads for the path of a file: relative to the project, or to the library."""
    return _place(file)[0]


def line_of(file: str | None, line: int | None) -> str | None:
    """Return the text of a line as it stands on disk now, without its end; ``None`` where there is none."""
    if not file or not line:
        return None
    text = _line(file, line)
    return text.rstrip()[:500] if text else None


def _line(file: str, line: int) -> str:
    # A relative name is looked for along sys.path: the name of a template would find any file that is called so.
    if not os.path.isabs(file) and file not in linecache.cache:
        return ""
    lines = lines_of(file)
    return lines[line - 1] if 0 < line <= len(lines) else ""


def check_files(files: set[str]) -> None:
    """Forget the cached text of those files that changed on disk."""
    for file in files:
        with suppress(ValueError):
            linecache.checkcache(file)


def _frame(code: CodeType, offset: int) -> Frame:
    key = (id(code), offset)
    known = _frames.get(key)
    if known is not None and known[0] is code:
        return known[1]
    template = compiled(code)
    if template is not None:
        return template.frames.get(key) or template.frames.setdefault(
            key, _template_frame(code, offset, template)
        )
    if len(_frames) >= _CACHED_FRAMES:
        _frames.clear()
    frame = _python_frame(code, offset)
    _frames[key] = (code, frame)
    return frame


def _template_frame(code: CodeType, offset: int, template: Compiled) -> Frame:
    """Return the frame of a Jinja2 template by the template's own lines; columns are those of Python that nobody wrote."""
    label, library = _place(template.file) if template.file else (template.name, False)
    line = template.line(code, _position(code, offset)[0])
    return Frame(
        file=template.file or template.name,
        label=label,
        line=line,
        column=None,
        end_line=line,
        end_column=None,
        function=code.co_qualname,
        library=library,
    )


def _python_frame(code: CodeType, offset: int) -> Frame:
    line, end_line, column, end_column = _position(code, offset)
    label, library = _place(code.co_filename)
    if not library:
        column, end_column = _character(code, line, column), _character(code, end_line, end_column)
    return Frame(
        file=code.co_filename,
        label=label,
        line=line,
        column=None if column is None else column + 1,
        end_line=end_line,
        end_column=None if end_column is None else end_column + 1,
        function=code.co_qualname,
        library=library,
    )


def _position(code: CodeType, offset: int) -> tuple[int | None, int | None, int | None, int | None]:
    found = next(islice(code.co_positions(), offset // 2, None), (code.co_firstlineno, None, None, None))
    return found if found[0] is not None else (code.co_firstlineno, None, None, None)


def _character(code: CodeType, line: int | None, column: int | None) -> int | None:
    """Turn a column counted in bytes of UTF-8 into one counted in characters."""
    text = _line(code.co_filename, line) if line and column is not None else ""
    if not text or text.isascii() or column is None:
        return column
    return len(text.encode()[:column].decode("utf-8", "ignore"))


@cache
def _roots() -> tuple[tuple[str, bool], ...]:
    """Return every root with whether it is a library's, the longest first."""
    own = Path(__file__).resolve().parents[1]
    project = str(project_root())
    paths = [_resolved(entry or ".") for entry in sys.path]
    libraries = {_resolved(path) for path in map(sysconfig.get_path, _INSTALLED) if path}
    libraries |= {path for path in paths if path.endswith(("site-packages", "dist-packages"))}
    libraries |= {path for path in paths if _BUNDLE.search(path)}
    libraries |= {_resolved(str(Path(module.__path__[0]).parent)) for module in (django, asgiref)}
    # What stands on the path inside a library's folder, such as an egg or a vendored package, is a library too.
    inner = {path for path in paths if any(_within(path, root) for root in libraries)}
    inner = {path for path in inner if path != project and not _within(project, path)}
    roots = dict.fromkeys(paths, False) | dict.fromkeys(libraries | inner, True) | {project: False}
    roots |= {str(own): True, str(own.parent / "dashboard"): True}
    return tuple(sorted(roots.items(), key=lambda root: -len(root[0])))


def _within(path: str, root: str) -> bool:
    return path.startswith(root.rstrip("/\\") + os.sep)


def _resolved(path: str) -> str:
    try:
        return str(Path(path).resolve())
    except (OSError, RuntimeError, ValueError):
        return path  # a loop of links, or no path at all


@lru_cache(maxsize=10_000)
def _place(file: str) -> tuple[str, bool]:
    path = file if not file.endswith(".py") or file.startswith("<") else _resolved(file)
    for root, library in _roots():
        if _within(path, root):
            label = path[len(root.rstrip("/\\")) + 1 :]
            return (f"{Path(root).name}/{label}" if _is_own(root) else label), library
    return path, path.startswith("<frozen")


def _is_own(root: str) -> bool:
    return Path(root) in {
        Path(__file__).resolve().parents[1],
        Path(__file__).resolve().parents[2] / "dashboard",
    }
