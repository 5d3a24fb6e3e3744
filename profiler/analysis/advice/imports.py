"""Sees to the imports of the names that a change uses."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from queryscope.profiler.analysis.advice.change import IMPORTS, Add
from queryscope.profiler.analysis.advice.edits import Edit, applied
from queryscope.profiler.analysis.advice.source import Source

_FIRST = re.compile(r"(?:from|import) django\b")
_MODELS = re.compile(r"from django\.db import (?:[^\n]*[ ,])?models\b(?! as)")
_MOST_LINES = 200
"""Where imports stand; what comes later is none that the whole module can use."""


class Imported(NamedTuple):
    """How a file spells the names, the edits that import those it had not, and what the changed imports read like."""

    names: dict[str, str]
    edits: tuple[Edit, ...] = ()
    heading: str = ""


NOTHING = Imported({})


def imported(source: Source, steps: Iterable[Add]) -> Imported | None:
    """Return how what ``steps`` need is written in a file.

    ``None`` where nothing tells where an import belongs, or where a model is none that the file knows.
    """
    steps = list(steps)
    if not all(knows(source, name) for step in steps for name in step.uses):
        return None
    needs = sorted({name for step in steps for name in step.needs})
    names = {name: _spelling(source, name) for name in needs}
    made = [
        _edit(source, module, [name for name in needs if names[name] is None and IMPORTS[name] == module])
        for module in dict.fromkeys(IMPORTS[name] for name in needs if names[name] is None)
    ]
    edits = tuple(edit for edit, _ in filter(None, made))
    if len(edits) < len(made):
        return None
    heading = "".join(f"{text}\n" for _, text in filter(None, made))
    return Imported({name: spelling or name for name, spelling in names.items()}, edits, heading)


def knows(source: Source, name: str) -> bool:
    text = "".join(source.lines[:_MOST_LINES])
    stated = rf"^(?:from [\w.]+ import (?:[^(\n]*|\([^)]*)\b{name}\b(?!\s+as\b)|class {name}\b)"
    return re.search(stated, text, re.MULTILINE) is not None


def _spelling(source: Source, name: str) -> str | None:
    text = "".join(source.lines[:_MOST_LINES])
    module = re.escape(IMPORTS[name])
    listed = rf"^from {module} import (?:[^(\n]*|\([^)]*)\b{name}\b(?!\s+as\b)"
    if re.search(listed, text, re.MULTILINE):
        return name
    return f"models.{name}" if any(map(_MODELS.match, source.lines[:_MOST_LINES])) else None


def _edit(source: Source, module: str, names: Sequence[str]) -> tuple[Edit, str] | None:
    """Return the edit that brings ``names`` and the statement as it then reads.

    An import of the module that is there gets more names, in the order in which it stands; without one there is a new line
    before the first import of Django's.
    """
    extended = _extended(source, module, ", ".join(names))
    if extended is not None:
        return extended
    for index, line in enumerate(source.lines[:_MOST_LINES]):
        if _FIRST.match(line):
            text = f"from {module} import {', '.join(names)}"
            return Edit((index, 0), (index, 0), f"{text}{source.newline}"), text
    return None


def _extended(source: Source, module: str, names: str) -> tuple[Edit, str] | None:
    """Return the edit behind the last name of an import of the module, in one line or in brackets."""
    head = re.compile(rf"from {re.escape(module)} import (?P<bracket>\(?)")
    for index, line in enumerate(source.lines[:_MOST_LINES]):
        found = head.match(line)
        if found is None:
            continue
        stop = next((n for n in range(index, len(source.lines)) if ")" in source.lines[n]), index)
        last = stop if found["bracket"] else index
        text = "".join(source.lines[index : last + 1])
        node = _statement(text)
        if node is None:
            continue
        end = node.names[-1]
        place = index + (end.end_lineno or 1) - 1, end.end_col_offset or 0
        lone = end.lineno > 1 and len(node.names) == len({each.lineno for each in node.names})
        width = len(source.lines[place[0]]) - len(source.lines[place[0]].lstrip())
        between = f",{source.newline}{source.lines[place[0]][:width]}" if lone else ", "
        edit = Edit(place, place, between + (names.replace(", ", between) if lone else names))
        return edit, applied(source, [edit], index, last + 1).replace("\r\n", "\n").rstrip()
    return None


def _statement(text: str) -> ast.ImportFrom | None:
    """Return the import of names that a text is, where columns can be told and it does not bring all names."""
    try:
        (node,) = ast.parse(text).body
    except (SyntaxError, ValueError):
        return None
    plain = isinstance(node, ast.ImportFrom) and text.isascii() and node.names[0].name != "*"
    return node if plain and isinstance(node, ast.ImportFrom) else None
