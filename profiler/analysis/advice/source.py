"""Reads a source file as it stands on disk and parses only the definition that a line lies in.

The interpreter is held while Python is parsed, so a class or function of more than a screen or two is entered rather than
parsed whole. What was read is kept by the time and size of the file.
"""

from __future__ import annotations

import ast
import io
import os
import re
import stat as modes
import tokenize
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple

MOST_BYTES = 500_000
WHOLE_BYTES = 20_000
"""A file up to this size is parsed whole where no part of it can be."""
MOST_LINES = 120
"""A longer definition is entered, as far as there is one inside."""
LONGEST = 1_000
"""Lines of a function beyond which it is not parsed: that would take 20 ms."""
_HEADER = re.compile(r"([ \t]*)(?:async[ \t]+def|def|class)\b")
_LIBRARY = re.compile(r"[\\/](?:site-packages|dist-packages)[\\/]")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_WRAPPED = "if 1:\n"
"""What an indented definition is parsed behind, so that its columns stay."""

Stamp = tuple[int, int]
Place = tuple[int, int]
"""A line and a column in it, both counted from 0; the column counts characters."""


class Block(NamedTuple):
    """A parsed stretch of a file, from line ``start`` to before ``stop``.

    ``offset`` added to the line of a node gives the index of the file's line.
    """

    tree: ast.Module
    offset: int
    start: int
    stop: int


class Source(NamedTuple):
    """A file: its lines with their ends."""

    file: str
    stamp: Stamp
    lines: tuple[str, ...]

    @property
    def newline(self) -> str:
        """How its lines end."""
        first = self.lines[0] if self.lines else ""
        return first[len(first.rstrip("\r\n")) :] or "\n"

    def blocks(self, line: int) -> Iterator[Block]:
        """Yield parsed stretches that hold the line with index ``line``, the likeliest first."""
        for start, stop in _stretches(self.lines, line):
            block = self.block(start, stop)
            if block is not None:
                yield block
        if sum(map(len, self.lines)) <= WHOLE_BYTES:
            block = self.block(0, len(self.lines))
            if block is not None:
                yield block

    def block(self, start: int, stop: int) -> Block | None:
        """Return the lines from ``start`` to before ``stop``, parsed, if they are Python by themselves."""
        text = "".join(self.lines[start:stop])
        tree = _parsed(_wrapped(text))
        return None if tree is None else Block(tree, start - (2 if _indented(text) else 1), start, stop)

    def start(self, block: Block, node: ast.expr | ast.stmt) -> Place:
        """Return where a node begins."""
        return self._place(node.lineno + block.offset, node.col_offset)

    def end(self, block: Block, node: ast.expr | ast.stmt) -> Place:
        """Return where a node ends."""
        return self._place((node.end_lineno or node.lineno) + block.offset, node.end_col_offset or 0)

    def _place(self, line: int, column: int) -> Place:
        text = self.lines[line]
        return line, column if text.isascii() else len(text.encode()[:column].decode("utf-8", "ignore"))

    def between(self, start: Place, end: Place) -> str:
        """Return the text from one place to another."""
        if start[0] == end[0]:
            return self.lines[start[0]][start[1] : end[1]]
        first, *middle = self.lines[start[0] : end[0]]
        return "".join([first[start[1] :], *middle, self.lines[end[0]][: end[1]]])


def read(file: str, *, python: bool = True) -> Source | None:
    """Return a file of the project, ``None`` for a library's, one that is too large, or none that can be read."""
    if file.endswith(".py") is not python or _LIBRARY.search(file):
        return None
    now = stamp(file)
    if now is None or now[1] > MOST_BYTES:
        return None
    try:
        return _read(file, now)
    except (
        OSError,
        ValueError,
        SyntaxError,
        LookupError,
    ):  # gone, no text, or of an encoding that nobody knows
        return None


def stamp(file: str) -> Stamp | None:
    """Return what tells one state of a file from another, ``None`` where there is no file."""
    try:
        found = os.stat(file)
    except (OSError, ValueError):
        return None
    # To open a pipe would wait until somebody writes to it.
    return (found.st_mtime_ns, found.st_size) if modes.S_ISREG(found.st_mode) else None


@lru_cache(maxsize=8)
def _read(file: str, stamp: Stamp) -> Source:
    with open(file, "rb") as opened:
        encoding = tokenize.detect_encoding(opened.readline)[0] if file.endswith(".py") else "utf-8"
        opened.seek(0)
        text = opened.read().decode(encoding)
    text.encode()  # half a surrogate, which a few encodings can spell, is no text
    return Source(file, stamp, lines_of(text))


def lines_of(text: str) -> tuple[str, ...]:
    """Return lines with their ends, as Python counts them: ``splitlines`` knows more ends than that."""
    return tuple(io.StringIO(text, newline=""))


def _stretches(lines: tuple[str, ...], line: int) -> list[tuple[int, int]]:
    """Return the definitions around a line: the outermost of up to ``MOST_LINES`` first, the innermost in any case.

    An end is looked for behind the line only; what was no definition around it after all does not parse.
    """
    found: list[tuple[int, int]] = []
    stop, width = line + 1, -1
    for index in range(min(line, len(lines) - 1), -1, -1):
        header = _HEADER.match(lines[index])
        if header and (width < 0 or len(header[1]) < width):
            width = len(header[1])
            stop = _stop(lines, stop, width, most=index + (MOST_LINES if found else LONGEST))
            if stop - index > (MOST_LINES if found else LONGEST):
                break
            found.append((index, stop))
        if width == 0 or (found and line - index > MOST_LINES):
            break
    return found[::-1]


def _stop(lines: tuple[str, ...], index: int, width: int, most: int) -> int:
    """Return the index of the first line from ``index`` on that stands no further right than ``width``, or of ``most``."""
    outside = _outside(width)
    while index < len(lines) and index <= most and not outside.match(lines[index]):
        index += 1
    return index


@cache
def _outside(width: int) -> re.Pattern[str]:
    return re.compile(rf"[ \t]{{0,{width}}}[^\s)\]}}#]")


def end_of(lines: tuple[str, ...], header: int, width: int) -> int:
    """Return the index behind the last line of the definition whose first line has ``width`` blanks in front."""
    stop = _stop(lines, header + 1, width, len(lines))
    while stop > header + 1 and (not lines[stop - 1].strip() or lines[stop - 1].lstrip().startswith("#")):
        stop -= 1
    return stop


def parses(text: str) -> bool:
    """Return whether a stretch of lines is Python as it stands."""
    return _parsed(_wrapped(text)) is not None


@lru_cache(maxsize=8)
def _parsed(text: str) -> ast.Module | None:
    try:
        return ast.parse(_ESCAPE.sub(_known_escape, text) if "\\" in text else text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _known_escape(found: re.Match[str]) -> str:
    r"""Return an escape as it is, one that Python would warn of (``"\d"``) with another character in place of the stroke."""
    return found[0] if found[1] in "\r\n\\'\"abfnrtvxNuU01234567" else f"/{found[1]}"


def _indented(text: str) -> bool:
    return text[:1] in {" ", "\t"}


def _wrapped(text: str) -> str:
    return _WRAPPED + text if _indented(text) else text
