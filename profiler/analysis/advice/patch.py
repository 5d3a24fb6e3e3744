"""Writes a change into the source as a unified diff, where every place it touches is beyond doubt."""

from __future__ import annotations

import ast
import difflib
import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from queryscope.profiler.analysis.advice.change import Add, Change, Chunked, Drop, Step
from queryscope.profiler.analysis.advice.edits import Edit, added, applied, chunked, dropped
from queryscope.profiler.analysis.advice.imports import imported
from queryscope.profiler.analysis.advice.located import Located
from queryscope.profiler.analysis.advice.source import Place, Source, lines_of, parses
from queryscope.profiler.trace import CallSite

CONTEXT = 3
MOST_CHARS = 8_000
"""Characters of a diff; a longer one nobody reads."""
_STATEMENT_LINES = 12
_RANGE = re.compile(r"@@ -(\d+)(\S*) \+(\d+)(\S*) @@")


class Part(NamedTuple):
    """Edits of one file, and what a person calls that file."""

    source: Source
    label: str
    edits: tuple[Edit, ...]


class Patch(NamedTuple):
    """A change made to the text of a file: the place, what the changed code reads like, and the edits.

    ``heading`` has the imports that are changed with it, by the edits ``imports``.
    """

    site: CallSite
    body: str
    part: Part
    heading: str = ""
    imports: tuple[Edit, ...] = ()

    @property
    def code(self) -> str:
        """All that can be pasted."""
        return f"{self.heading}\n{self.body}" if self.heading else self.body


def patched(change: Change, target: Located, spots: Sequence[Located]) -> Patch | None:
    """Return the change made at ``target``; ``spots`` are all expressions that build the queryset, from first to last.

    ``None`` where a step of it finds no place, where the steps lie in several files, or where what comes out is no Python.
    """
    names = imported(target.source, change.added)
    if names is None:
        return None
    everywhere = [target, *(spot for spot in reversed(spots) if spot is not target)]
    edits = _edits(change.spelled(names.names), target, everywhere)
    if not edits:
        return None
    changed = [spot for spot in everywhere[::-1] if _within(spot, edits)]
    files = {spot.source.file for spot in changed}
    if files != {target.source.file} or not all(_valid(spot, edits) for spot in changed):
        return None
    codes = dict.fromkeys(_code(spot, edits) for spot in changed)
    site = target.site if any(spot is target for spot in changed) else changed[0].site
    part = Part(target.source, target.site.label, (*names.edits, *edits))
    return Patch(site, "\n".join(codes), part, names.heading, names.edits)


def _edits(change: Change, target: Located, everywhere: Sequence[Located]) -> list[Edit] | None:
    near = [spot for spot in everywhere if spot.site.function == target.site.function]
    parts: list[list[Edit] | None] = []
    new: list[Add] = []
    for step in change.added:
        # A call that the same function makes already is extended where it stands.
        there = next((spot for spot in near if any(spot.calls(step.method))), None)
        if there is None or there is target:
            new.append(step)
        else:
            parts.append(added([step], there))
    parts.append(added(new, target) if new else [])
    parts += [_made(step, everywhere) for step in change.steps if step not in change.added]
    edits: dict[Edit, None] = {}
    for part in parts:
        if part is None:
            return None
        edits.update(dict.fromkeys(part))
    return list(edits)


def _made(step: Step, everywhere: Sequence[Located]) -> list[Edit] | None:
    """Return the edits of a step that changes what is there already, ``None`` where it is not there."""
    if isinstance(step, Drop):
        parts = [dropped(step, spot) for spot in everywhere]
        gone = set().union(*(paths for _, paths in parts))
        return [edit for edits, _ in parts for edit in edits] if gone >= set(step.paths) else None
    made = (chunked(step, spot) if isinstance(step, Chunked) else added([step], spot) for spot in everywhere)
    return next((edits for edits in made if edits is not None), None)


def _within(spot: Located, edits: Iterable[Edit]) -> bool:
    start, end = _extent(spot)
    return any(start <= edit.start <= end for edit in edits)


def _valid(spot: Located, edits: Iterable[Edit]) -> bool:
    """Whether the statement around an expression, or the definition around one that holds others, is still Python."""
    statement = spot.statement
    first, stop = spot.block.start, spot.block.stop
    if statement is not None and _simple(statement):
        first = spot.source.start(spot.block, statement)[0]
        stop = spot.source.end(spot.block, statement)[0] + 1
    inside = [edit for edit in edits if first <= edit.start[0] < stop]
    return parses(applied(spot.source, inside, first, stop))


def _simple(statement: ast.stmt) -> bool:
    return not isinstance(statement, ast.Match) and not isinstance(getattr(statement, "body", None), list)


def _extent(spot: Located) -> tuple[Place, Place]:
    return spot.source.start(spot.block, spot.whole), spot.source.end(spot.block, spot.whole)


def _code(spot: Located, edits: Iterable[Edit]) -> str:
    """Return the changed statement, or of one that holds others the changed expression alone."""
    start, end = _extent(spot)
    inside = [edit for edit in edits if start <= edit.start <= end]
    statement = spot.statement
    if statement is not None and _simple(statement):
        first, last = spot.source.start(spot.block, statement), spot.source.end(spot.block, statement)
        if last[0] - first[0] < _STATEMENT_LINES and not spot.source.lines[first[0]][: first[1]].strip():
            start, end = (first[0], 0), last
            inside = [edit for edit in edits if start <= edit.start <= end]
    text = applied(spot.source, inside, start[0], end[0] + 1)
    behind = len(spot.source.lines[end[0]]) - end[1]
    return textwrap.dedent(text[start[1] : len(text) - behind]).replace("\r\n", "\n")


def diff(parts: Iterable[Part]) -> str | None:
    """Return the edits of some files as a unified diff, ``None`` where it would be too long to be read."""
    files: dict[str, list[Part]] = {}
    for part in parts:
        files.setdefault(part.source.file, []).append(part)
    lines: list[str] = []
    for same in files.values():
        name = same[0].label.replace("\\", "/").lstrip("/")
        edits = list(dict.fromkeys(edit for part in same for edit in part.edits))
        lines += [f"--- a/{name}\n", f"+++ b/{name}\n", *_hunks(same[0].source, edits)]
    text = "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )
    return text if len(text) <= MOST_CHARS else None


def _hunks(source: Source, edits: Sequence[Edit]) -> Iterator[str]:
    moved = 0
    for group in _groups(edits):
        first = max(0, group[0].start[0] - CONTEXT)
        stop = min(len(source.lines), max(edit.end[0] for edit in group) + CONTEXT + 1)
        new = lines_of(applied(source, group, first, stop))
        for line in list(difflib.unified_diff(source.lines[first:stop], new, n=CONTEXT))[2:]:
            found = _RANGE.match(line)
            if found:
                old, at = int(found[1]) + first, int(found[3]) + first + moved
                line = f"@@ -{old}{found[2]} +{at}{found[4]} @@\n"
            yield line
        moved += len(new) - (stop - first)


def _groups(edits: Sequence[Edit]) -> Iterator[list[Edit]]:
    """Yield the edits in the order of the file, those together whose context meets."""
    group: list[Edit] = []
    for edit in sorted(edits, key=lambda each: each.start):
        if group and edit.start[0] - max(each.end[0] for each in group) > 2 * CONTEXT:
            yield group
            group = []
        group.append(edit)
    if group:
        yield group
