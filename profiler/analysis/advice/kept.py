"""Advice to keep what a property asks: to make it one that asks once for each object."""

from __future__ import annotations

import re
import textwrap
from typing import NamedTuple

from queryscope.profiler.analysis.advice.edits import Edit
from queryscope.profiler.analysis.advice.patch import Part, diff
from queryscope.profiler.analysis.advice.source import Source, end_of, read
from queryscope.profiler.finding import Advice
from queryscope.profiler.trace import CallSite

_THERE = re.compile(r"from (?:functools|django\.utils\.functional) import .*\bcached_property\b(?! as)")
_BESIDE = re.compile(r"from functools import [\w ,]+$")
_IMPORT = re.compile(r"(?:from|import) (?!__future__)\w")
_SLOTS = re.compile(r"\bslots=True\b|^\s*__slots__\b", re.MULTILINE)
_MOST_LINES = 60
"""Lines between the head of a property and the line in it that asks."""


class _Property(NamedTuple):
    """The lines of a property in its file, by index: decorator, head, behind the last one."""

    source: Source
    decorator: int
    head: int
    stop: int


def kept(site: CallSite) -> Advice | None:
    """Return the advice for a line inside a ``@property``, with its diff; ``None`` where it does not stand in one."""
    found = _property(site)
    if found is None:
        return None
    lines = found.source.lines
    line = lines[found.decorator]
    start = line.index("@")
    made = Edit((found.decorator, start), (found.decorator, start + len("@property")), "@cached_property")
    needed = _import(found.source)
    body = textwrap.dedent(line[:start] + "".join(["@cached_property\n", *lines[found.head : found.stop]]))
    heading = "from functools import cached_property\n\n\n" if needed else ""
    name = site.function.rpartition(".")[2]
    return Advice(
        summary=f"Make {site.function} a cached_property: it then asks once for each object, and {name} is read the same way.",
        code=heading + body.rstrip(),
        where=f"{site.function} in {site.label}:{found.decorator + 1}",
        diff=diff([Part(found.source, site.label, (*needed, made))]),
        alternatives=(
            "Read it once and keep the answer in a variable, where the data changes while the object lives.",
        ),
    )


def _property(site: CallSite) -> _Property | None:
    owner, _, name = site.function.rpartition(".")
    source = read(site.file) if owner and "<" not in site.function and not site.source_changed else None
    if source is None or site.line is None or not 0 < site.line <= len(source.lines):
        return None
    if site.source is not None and site.source.strip() != source.lines[site.line - 1].strip():
        return None
    head = _head(source, site.line - 1, name)
    if head is None or source.lines[head - 1].strip() != "@property":
        return None
    lines, width = source.lines, len(source.lines[head]) - len(source.lines[head].lstrip())
    if any(line.strip() == f"@{name}.setter" for line in lines) or _slotted(source, head, width):
        return None
    return _Property(source, head - 1, head, end_of(lines, head, width))


def _head(source: Source, index: int, name: str) -> int | None:
    head = re.compile(rf"\s+def {re.escape(name)}\(")
    for line in range(index, max(0, index - _MOST_LINES), -1):
        if head.match(source.lines[line]):
            return line
    return None


def _slotted(source: Source, head: int, width: int) -> bool:
    """Return whether the class around a method may have no dictionary to keep an answer in."""
    for index in range(head, -1, -1):
        line = source.lines[index]
        if line.lstrip().startswith("class ") and len(line) - len(line.lstrip()) < width:
            above = next((n for n in range(index - 1, -1, -1) if not source.lines[n].strip()), -1)
            return bool(_SLOTS.search("".join(source.lines[above + 1 : head])))
    return True


def _import(source: Source) -> list[Edit]:
    if any(map(_THERE.match, source.lines)):
        return []
    for index, line in enumerate(source.lines):
        if _BESIDE.match(line.rstrip("\r\n")):
            place = index, len(line.rstrip())
            return [Edit(place, place, ", cached_property")]
    first = next((index for index, line in enumerate(source.lines) if _IMPORT.match(line)), 0)
    return [Edit((first, 0), (first, 0), f"from functools import cached_property{source.newline}")]
