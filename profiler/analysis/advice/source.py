"""Reads a source file as it stands on disk and parses only the definition that a line lies in.

The interpreter is held while Python is parsed, so a class or function of more than a screen or two is entered rather than
parsed whole. What was read is kept by the time and size of the file.
"""

from __future__ import annotations

import ast
import io
import os
import re
import tokenize
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

MOST_BYTES = 500_000
WHOLE_BYTES = 20_000
"""A file up to this size is parsed whole where no part of it can be."""
MOST_LINES = 120
"""A longer definition is entered, as far as there is one inside."""
_HEADER = re.compile(r"([ \t]*)(?:async[ \t]+def|def|class)\b")
_LIBRARY = re.compile(r"[\\/](?:site-packages|dist-packages)[\\/]")
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
    parents: dict[ast.AST, ast.AST]
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
        parsed = _parsed(_wrapped(text))
        return None if parsed is None else Block(*parsed, start - (2 if _indented(text) else 1), start, stop)

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
    try:
        found = os.stat(file)
        if found.st_size > MOST_BYTES:
            return None
        return _read(file, (found.st_mtime_ns, found.st_size))
    except (OSError, ValueError, SyntaxError):  # gone, no text, or of an encoding that nobody knows
        return None


@lru_cache(maxsize=16)
def _read(file: str, stamp: Stamp) -> Source:
    with open(file, "rb") as opened:
        encoding = tokenize.detect_encoding(opened.readline)[0] if file.endswith(".py") else "utf-8"
        opened.seek(0)
        text = opened.read().decode(encoding)
    return Source(file, stamp, lines_of(text))


def lines_of(text: str) -> tuple[str, ...]:
    """Return lines with their ends, as Python counts them: ``splitlines`` knows more ends than that."""
    return tuple(io.StringIO(text, newline=""))


def _stretches(lines: tuple[str, ...], line: int) -> Iterator[tuple[int, int]]:
    """Yield the definitions around a line, the outermost that is short enough first."""
    found: list[tuple[int, int]] = []
    width: int | None = None
    for index in range(min(line, len(lines) - 1), -1, -1):
        header = _HEADER.match(lines[index])
        if header and (width is None or len(header[1]) < width):
            width = len(header[1])
            stop = end_of(lines, index, width)
            if stop > line:
                found.append((index, stop))
            if not width:
                break
    found.sort(key=lambda stretch: (stretch[1] - stretch[0] > MOST_LINES, stretch[0] - stretch[1]))
    if found and found[0][1] - found[0][0] > MOST_LINES:
        found.reverse()  # none is short: the shortest first
    yield from found


def end_of(lines: tuple[str, ...], header: int, width: int) -> int:
    """Return the index behind the last line of the definition whose first line has ``width`` blanks in front."""
    last = header
    for index in range(header + 1, len(lines)):
        text = lines[index].strip()
        if not text:
            continue
        if len(lines[index]) - len(lines[index].lstrip()) <= width and text[0] not in ")]}#":
            break
        if text[0] != "#" or len(lines[index]) - len(lines[index].lstrip()) > width:
            last = index
    return last + 1


def parses(text: str) -> bool:
    """Return whether a stretch of lines is Python as it stands."""
    return _parsed(_wrapped(text)) is not None


@lru_cache(maxsize=64)
def _parsed(text: str) -> tuple[ast.Module, dict[ast.AST, ast.AST]] | None:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return tree, {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}


def _indented(text: str) -> bool:
    return text[:1] in {" ", "\t"}


def _wrapped(text: str) -> str:
    return _WRAPPED + text if _indented(text) else text
