"""Takes the number of rows from what a function loads anyway: a name for the rows where they have none, ``len()`` of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from queryscope.profiler.analysis.advice.edits import Edit, applied
from queryscope.profiler.analysis.advice.lines import Line
from queryscope.profiler.analysis.advice.patch import Part, diff
from queryscope.profiler.analysis.advice.source import Block, Source, parses, read
from queryscope.profiler.analysis.advice.uses import (
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

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_SOMETIMES = (ast.IfExp, ast.BoolOp, ast.While, ast.Lambda)


class _Both(NamedTuple):
    """The expression that counts, the one that loads, and the text that both stand in."""

    source: Source
    label: str
    block: Block
    function: _Function
    counting: Use
    loading: Use


def length(count: Span, load: Span) -> Line | None:
    """Return the change that counts the rows of ``load`` in memory, where both statements stand in one function.

    Its diff is ``None`` where not everything that takes the rows is sure to take a list as well; there is no change at all
    where the rows would be loaded when only their number is wanted.
    """
    both = None if count.via_template or load.via_template else _both(count, load)
    if both is None:
        return None
    try:
        return _of_name(both) or _named(both, load)
    except RecursionError:  # a sum of hundreds of terms
        return None


def _both(count: Span, load: Span) -> _Both | None:
    here, there = count.call_site, _loading(count, load)
    if here is None or there is None or (here.file, here.function) != (there.file, there.function):
        return None
    source = None if here.source_changed or there.source_changed else read(here.file)
    places = sorted((here, there), key=lambda site: site.line or 0)
    if source is None or not all(unchanged(source, site) for site in places):
        return None
    for block in source.blocks((places[0].line or 1) - 1):
        function = function_around(block, places)
        if function is not None:
            counts = [use for use in uses_in(function, ()) if _at(source, block, use, here)]
            counts = [use for use in counts if method(use.node) == "count" and not _given(use.node)]
            inside = {id(part) for use in counts for part in ast.walk(use.node)}
            loads = [
                use
                for use in _rows(function)
                if _at(source, block, use, there) and id(use.node) not in inside
            ]
            if len(counts) != 1 or not loads:
                return None
            longest = max(loads, key=lambda use: (use.node.end_col_offset or 0) - use.node.col_offset)
            return _Both(source, here.label, block, function, counts[0], longest)
    return None


def _loading(count: Span, load: Span) -> CallSite | None:
    """Return the place of the expression that is loaded: where another function asks for its rows, where it was built."""
    here, last = count.call_site, load.build_sites[-1] if load.build_sites else None
    if load.call_site is not None and here is not None:
        inside = (load.call_site.file, load.call_site.function) == (here.file, here.function)
        return load.call_site if inside else last
    return last


def _at(source: Source, block: Block, use: Use, place: CallSite) -> bool:
    return asked_at(source, block, use.node, place)


def _given(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and bool(node.args or node.keywords)


def _rows(function: _Function) -> Iterator[Use]:
    """Yield what may be the rows: calls, slices, and names that are gone through or read as a whole."""
    yield from uses_in(function, ())
    for node in ast.walk(function):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Name) and read_whole(Use(child, node, ())):
                yield Use(child, node, ())


def _of_name(both: _Both) -> Line | None:
    """Return the line that takes the length of a name, where the rows that are loaded have one since before the count."""
    rows = both.loading.node
    if not isinstance(rows, ast.Name):
        return None
    bound = [
        node.lineno
        for node in ast.walk(both.function)
        if isinstance(node, ast.Name) and node.id == rows.id and not isinstance(node.ctx, ast.Load)
    ]
    if len(bound) != 1 or bound[0] >= both.counting.node.lineno:
        return None
    return _changed(both, [_edit(both, both.counting.node, f"len({rows.id})")])


def _named(both: _Both, load: Span) -> Line | None:
    """Return the lines that give the rows a name before the first of both statements, and use it in both."""
    rows, uses = both.loading, [both.loading, both.counting]
    if isinstance(rows.node, ast.Name) or not plain(rows.node) or not rows.path:
        return None
    uses.sort(key=lambda use: (use.node.lineno, use.node.col_offset))
    first = before(uses)
    name = free_name(load, rows.node, both.function)
    if first is None or name is None or not settled(both.function, [rows, *uses], first):
        return None
    if not _always(rows) or (uses[0] is both.counting and rows.path[-1][0] != both.counting.path[-1][0]):
        return None
    text = both.source.between(
        both.source.start(both.block, rows.node), both.source.end(both.block, rows.node)
    )
    start = both.source.start(both.block, first)
    line = both.source.lines[start[0]]
    indent = line[: start[1]]
    if indent.strip() or "\n" in text or line.startswith("elif", start[1]):
        return None
    new = Edit((start[0], 0), (start[0], 0), f"{indent}{name} = list({text}){both.source.newline}")
    edits = [new, _edit(both, rows.node, name), _edit(both, both.counting.node, f"len({name})")]
    found = _changed(both, edits)
    return found if found is None or read_whole(rows) else found._replace(diff=None)


def _always(use: Use) -> bool:
    """Return whether an expression is evaluated once whenever its statement runs."""
    for node in ast.walk(use.path[-1][1]):
        held = node is not use.node and any(each is use.node for each in ast.walk(node))
        if held and isinstance(node, _SOMETIMES):
            return False
        if held and isinstance(node, _COMPREHENSIONS) and not _first(node, use.node):
            return False
    return True


def _first(node: ast.AST, part: ast.expr) -> bool:
    """Return whether a comprehension goes through ``part`` first, which it evaluates once."""
    generators: list[ast.comprehension] = getattr(node, "generators", [])
    return any(each is part for each in ast.walk(generators[0].iter))


def _edit(both: _Both, node: ast.expr, text: str) -> Edit:
    return Edit(both.source.start(both.block, node), both.source.end(both.block, node), text)


def _changed(both: _Both, edits: list[Edit]) -> Line | None:
    """Return the lines in their new words, and the diff."""
    source, block = both.source, both.block
    if not parses(applied(source, edits, block.start, block.stop)):
        return None
    lines: list[str] = []
    for row in sorted({edit.start[0] for edit in edits}):
        inside = [edit for edit in edits if edit.start[0] == row]
        text = applied(source, inside, row, max(edit.end[0] for edit in inside) + 1)
        lines += [line.strip() for line in text.splitlines() if line.strip()]
    return Line("\n".join(lines), diff([Part(source, both.label, tuple(edits))]))
