"""Sees to the imports of the names that a change uses."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from queryscope.profiler.analysis.advice.change import IMPORTS, Add
from queryscope.profiler.analysis.advice.edits import Edit
from queryscope.profiler.analysis.advice.source import Source

_FIRST = re.compile(r"(?:from|import) django\b")
_MODELS = re.compile(r"from django\.db import (?:[^\n]*[ ,])?models\b(?! as)")
_MOST_LINES = 200
"""Where imports stand; what comes later is none that the whole module can use."""


class Imported(NamedTuple):
    """How a file spells the names, and the edits that import those it had not."""

    names: dict[str, str]
    edits: list[Edit]


def imported(source: Source, steps: Iterable[Add]) -> Imported | None:
    """Return how what ``steps`` need is written in a file.

    ``None`` where nothing tells where an import belongs, or where a model is none that the file knows.
    """
    found = Imported({}, [])
    steps = list(steps)
    if not all(_known(source, name) for step in steps for name in step.uses):
        return None
    needs = sorted({name for step in steps for name in step.needs})
    for name in needs:
        spelling = _spelling(source, name)
        if spelling is None:
            edit = _edit(source, name)
            if edit is None:
                return None
            found.edits.append(edit)
        found.names[name] = spelling or name
    return found


def _known(source: Source, name: str) -> bool:
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


def _edit(source: Source, name: str) -> Edit | None:
    """Return the edit that names it in an import that is there, or puts one before the first of Django's."""
    module = re.escape(IMPORTS[name])
    for index, line in enumerate(source.lines[:_MOST_LINES]):
        if re.match(rf"from {module} import [\w ,]+$", line.rstrip("\r\n")):
            place = index, len(line.rstrip())
            return Edit(place, place, f", {name}")
    for index, line in enumerate(source.lines[:_MOST_LINES]):
        if _FIRST.match(line):
            return Edit((index, 0), (index, 0), f"from {IMPORTS[name]} import {name}{source.newline}")
    return None
