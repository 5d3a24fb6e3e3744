"""Makes the text of the command line: lines, columns and JSON in which no recorded data can steer a terminal."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import msgspec
from django.utils import timezone

from queryscope.profiler.units import instant

_BEYOND_ASCII = re.compile(r"[^\n -~]+")


def visible(text: str) -> str:
    """Return ``text`` with everything escaped that is not a printable character: control codes, line breaks, bidi marks."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def one_line(text: str, limit: int) -> str:
    """Return ``text`` as one printable line of at most ``limit`` characters, white space collapsed."""
    # A statement may have a megabyte: no more of it is looked at than could be shown.
    return cut(visible(" ".join(text[: limit * 4].split())), limit)


def cut(text: str, limit: int) -> str:
    """Return at most ``limit`` characters, the last of them an ellipsis where something is missing."""
    return text if len(text) <= limit else text[: limit - 3] + "..."


def moment(text: str) -> str:
    """Return an RFC 3339 instant in the project's time zone, to the millisecond, without date where it is today's."""
    local = timezone.localtime(instant(text))
    today = local.date() == timezone.localtime().date()
    return local.isoformat(sep=" ", timespec="milliseconds")[11 if today else 0 : 23]


def columns(rows: Sequence[Sequence[str]], right: frozenset[int]) -> list[list[str]]:
    """Return the cells padded to the width of their column; those in ``right`` are aligned to the right.

    The last column keeps its width: nothing stands behind it.
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    widths[-1] = 0
    return [
        [
            cell.rjust(width) if place in right else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        for row in rows
    ]


def to_json(value: Any) -> str:
    """Return plain dicts and lists as indented JSON in ASCII: it passes any terminal, pipe and encoding unharmed."""
    text = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    return _BEYOND_ASCII.sub(_escape, text)


def encodable(text: str, stream: Any) -> str:
    """Return ``text`` with what the encoding of ``stream`` does not have escaped."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def _escape(match: re.Match[str]) -> str:
    # json.dumps escapes too, but takes seconds over the indented report of ten thousand statements.
    return json.dumps(match.group())[1:-1]
