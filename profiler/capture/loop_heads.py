"""Finds the head of the loop that a line stands in, by indentation: reading a whole file as Python does would take too long."""

from __future__ import annotations

import re

from queryscope.profiler.capture.text_of_files import lines_of

_HEAD = re.compile(r"(?:async\s+)?for\b.*|while\b.*")
_FUNCTION = re.compile(r"(?:async\s+)?def\b|class\b")
_CLAUSE = re.compile(r"(?:async\s+)?\bfor\b.+?\bin\b.*")
_ABOVE, _BELOW = 200, 6
"""Lines looked at: beyond, a loop says little of a line, and a comprehension has ended."""
_CHARS = 200


def loop_around(file: str, line: int | None, end_line: int | None, end_column: int | None) -> str | None:
    """Return the head of the innermost loop around an expression, without its indentation, or ``None``.

    ``line``, ``end_line`` and ``end_column`` are 1-based, the last one is that after the end. What a loop goes through is
    evaluated once: it stands outside, and so does a comprehension as a whole.
    """
    if line is None:
        return None
    lines = lines_of(file)
    if not 0 < line <= len(lines):
        return None
    return _clause(lines, min(end_line or line, len(lines)), end_column or 1) or _statement(lines, line)


def _clause(lines: list[str], line: int, column: int) -> str | None:
    """Return the ``for`` of a comprehension whose element ends before a column of a line."""
    text = lines[line - 1]
    for match in _CLAUSE.finditer(text):
        if match.start() >= column - 1 and text[: match.start()].strip():
            return _short(match[0])
    if _HEAD.match(text.strip()):
        return None
    indent = _indent(text)
    for below in lines[line : line + _BELOW]:
        stripped = below.strip()
        if stripped.startswith(("for ", "async for ")) and not stripped.endswith(":"):
            return _short(stripped)
        if stripped and (_indent(below) < indent or stripped[0] in ")]}"):
            return None
    return None


def _statement(lines: list[str], line: int) -> str | None:
    """Return the loop in whose block the line stands."""
    indent = _indent(lines[line - 1])
    for text in reversed(lines[max(0, line - 1 - _ABOVE) : line - 1]):
        stripped = text.strip()
        if not stripped or stripped.startswith("#") or _indent(text) >= indent:
            continue
        indent = _indent(text)
        if _FUNCTION.match(stripped):
            return None
        if _HEAD.match(stripped):
            return _short(stripped)
    return None


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())


def _short(text: str) -> str:
    return text.strip()[:_CHARS]
