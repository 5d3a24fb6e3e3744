"""Gives what a function asks again a name, before the first line that asks or before the loop, and lets all lines use it."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import NamedTuple

from queryscope.profiler.analysis.advice.edits import Edit, applied
from queryscope.profiler.analysis.advice.patch import Part, diff
from queryscope.profiler.analysis.advice.source import Block, Source, parses, read
from queryscope.profiler.analysis.advice.uses import (
    ONE,
    Use,
    asked_at,
    before,
    free_name,
    function_around,
    method,
    plain,
    read_whole,
    settled,
    unchanged,
    uses_in,
)
from queryscope.profiler.trace import CallSite, Span

_ASKS = {
    *ONE,
    "get_or_create",
    "update_or_create",
    "delete",
    "update",
    "create",
    "save",
    "iterator",
    "explain",
}


class Once(NamedTuple):
    """The line that asks, and the diff that puts it there and its name into the places."""

    code: str
    where: str
    diff: str


def once(spans: Sequence[Span]) -> Once | None:
    """Return the change for statements of some lines of one function that hold the same expression, or of one in a loop.

    ``None`` where anything is in doubt: another order of lines, a name that is given another value, a use that needs a
    queryset and not its rows.
    """
    sites = [span.call_site for span in spans]
    if any(site is None or site.line is None or site.source_changed for site in sites):
        return None
    if any(span.via_template for span in spans):
        return None
    places = list({(site.file, site.line): site for site in sites if site is not None}.values())
    source = read(places[0].file) if len({(site.file, site.function) for site in places}) == 1 else None
    if (
        source is None
        or (len(places) < 2 and places[0].loop is None)
        or not all(unchanged(source, site) for site in places)
    ):
        return None
    places.sort(key=lambda site: site.line or 0)
    for block in source.blocks((places[0].line or 1) - 1):
        function = function_around(block, places)
        if function is not None:
            try:
                return _written(spans[0], source, block, function, places)
            except RecursionError:  # a sum of hundreds of terms
                return None
    return None


def _written(
    span: Span,
    source: Source,
    block: Block,
    function: ast.FunctionDef | ast.AsyncFunctionDef,
    places: Sequence[CallSite],
) -> Once | None:
    every = list(uses_in(function, ()))
    uses = _common([[use for use in every if asked_at(source, block, use.node, place)] for place in places])
    if not uses:
        return None
    first = before(uses)
    if first is None:
        return None
    name = free_name(span, uses[0].node, function)
    if name is None or not settled(function, uses, first):
        return None
    asked = source.between(source.start(block, uses[0].node), source.end(block, uses[0].node))
    code = f"{name} = {asked if method(uses[0].node) in ONE else f'list({asked})'}"
    start = source.start(block, first)
    indent = source.lines[start[0]][: start[1]]
    if indent.strip() or "\n" in asked or source.lines[start[0]].startswith("elif", start[1]):
        return None
    edits = [Edit((start[0], 0), (start[0], 0), f"{indent}{code}{source.newline}")]
    edits += [Edit(source.start(block, use.node), source.end(block, use.node), name) for use in uses]
    if not parses(applied(source, edits, block.start, block.stop)):
        return None
    made = diff([Part(source, places[0].label, tuple(edits))])
    return None if made is None else Once(code, f"{places[0].label}:{start[0] + 1}", made)


def _common(asked: list[list[Use]]) -> list[Use]:
    """Return the uses, one of each place, of the longest expression that they share and that a name can stand for."""
    each = [{ast.dump(use.node): use for use in uses if _replaceable(use)} for uses in asked]
    shared = set.intersection(*map(set, each))
    written = max(shared, key=len, default=None)
    return [] if written is None else [found[written] for found in each]


def _replaceable(use: Use) -> bool:
    node = use.node
    if not plain(node):
        return False
    called = method(node)
    if called in ONE:
        return True
    if called in _ASKS:
        return False
    return read_whole(use)
