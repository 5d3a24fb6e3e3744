"""Gives what a function asks again a name, before the first line that asks or before the loop, and lets all lines use it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from queryscope.profiler.analysis.advice.edits import Edit, applied
from queryscope.profiler.analysis.advice.patch import Part, diff
from queryscope.profiler.analysis.advice.source import Block, Source, parses, read
from queryscope.profiler.trace import CallSite, Span

_ONE = {"get": "row", "first": "row", "last": "row", "latest": "row", "earliest": "row", "count": "number",
        "exists": "there_is", "aggregate": "totals", "in_bulk": "rows"}  # fmt: skip
"""Methods that ask at once, and what their answer may be called."""
_ASKS = {
    *_ONE,
    "get_or_create",
    "update_or_create",
    "delete",
    "update",
    "create",
    "save",
    "iterator",
    "explain",
}
_READERS = frozenset({
    "list", "len", "sorted", "set", "frozenset", "tuple", "dict", "bool", "sum", "max", "min", "any", "all", "enumerate", "zip",
    "iter", "reversed",
})  # fmt: skip
"""Functions that read rows from a list as from a queryset."""
_MODEL = ("get", "first", "last", "latest", "earliest")
Node = ast.expr | ast.stmt | ast.comprehension | ast.keyword


class Once(NamedTuple):
    """The line that asks, and the diff that puts it there and its name into the places."""

    code: str
    where: str
    diff: str


class _Use(NamedTuple):
    """An expression that asks, what holds it, and the statement it stands in with the list of that one's neighbours."""

    node: ast.expr
    parent: ast.AST
    path: tuple[tuple[int, ast.stmt], ...]
    """The statements around it from the outside, each behind the list that it is an element of, by identity."""


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
        or not all(_unchanged(source, site) for site in places)
    ):
        return None
    places.sort(key=lambda site: site.line or 0)
    for block in source.blocks((places[0].line or 1) - 1):
        function = _function(block, places)
        if function is not None:
            try:
                return _written(spans[0], source, block, function, places)
            except RecursionError:  # a sum of hundreds of terms
                return None
    return None


def _unchanged(source: Source, site: CallSite) -> bool:
    line = site.line or 0
    if not 0 < line <= len(source.lines):
        return False
    return site.source is None or site.source.strip() == source.lines[line - 1].strip()


def _function(block: Block, places: Sequence[CallSite]) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    """Return the innermost function around all places."""
    low, high = ((place.line or 0) - 1 - block.offset for place in (places[0], places[-1]))
    found = [
        node
        for node in ast.walk(block.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.lineno <= low
        and high <= (node.end_lineno or 0)
    ]
    return max(found, key=lambda node: node.lineno, default=None)


def _written(
    span: Span,
    source: Source,
    block: Block,
    function: ast.FunctionDef | ast.AsyncFunctionDef,
    places: Sequence[CallSite],
) -> Once | None:
    every = list(_uses(function, ()))
    uses = _common([[use for use in every if _asked(source, block, use.node, place)] for place in places])
    if not uses:
        return None
    first = _before(uses)
    if first is None:
        return None
    name = _name(span, uses[0].node, function)
    if name is None or not _settled(function, uses, first):
        return None
    asked = source.between(source.start(block, uses[0].node), source.end(block, uses[0].node))
    code = f"{name} = {asked if _method(uses[0].node) in _ONE else f'list({asked})'}"
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


def _before(uses: Sequence[_Use]) -> ast.stmt | None:
    """Return the statement that the new line belongs before: what follows it in its list holds the other uses."""
    body, first = uses[0].path[-1]
    if len(uses) == 1:
        around = (each for _, each in uses[0].path if isinstance(each, ast.For | ast.AsyncFor | ast.While))
        # What a loop goes through is asked for once, before it.
        loops = [
            each for each in around if isinstance(each, ast.While) or not _within(uses[0].node, each.iter)
        ]
        return loops[-1] if loops else first
    return first if all(body in {part for part, _ in use.path} for use in uses) else None


def _within(node: ast.AST, other: ast.AST) -> bool:
    return any(each is node for each in ast.walk(other))


def _uses(node: ast.AST, path: tuple[tuple[int, ast.stmt], ...]) -> Iterator[_Use]:
    """Yield every expression that may ask, with the statements around it."""
    for _, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST):
                continue
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
                continue
            if isinstance(child, ast.Call | ast.Subscript):
                yield _Use(child, node, path)
            inner = (*path, (id(value), child)) if isinstance(child, ast.stmt) else path
            yield from _uses(child, inner)


def _asked(source: Source, block: Block, node: ast.expr, place: CallSite) -> bool:
    """Return whether an expression is what a place was busy with, by the columns that were recorded."""
    if not (place.line and place.column and place.end_line and place.end_column):
        return False
    end = source.end(block, node)
    return (place.line - 1, place.column - 1) < end <= (place.end_line - 1, place.end_column - 1)


def _common(asked: list[list[_Use]]) -> list[_Use]:
    """Return the uses, one of each place, of the longest expression that they share and that a name can stand for."""
    each = [{ast.dump(use.node): use for use in uses if _replaceable(use)} for uses in asked]
    shared = set.intersection(*map(set, each))
    written = max(shared, key=len, default=None)
    return [] if written is None else [found[written] for found in each]


def _replaceable(use: _Use) -> bool:
    node, parent = use.node, use.parent
    if not _chain(node) or any(isinstance(part, ast.Await | ast.NamedExpr) for part in ast.walk(node)):
        return False
    method = _method(node)
    if method in _ONE:
        return True
    if method in _ASKS:
        return False
    if isinstance(parent, ast.For | ast.comprehension):
        return parent.iter is node and not getattr(parent, "is_async", 0)
    reads = isinstance(parent, ast.Call) and isinstance(parent.func, ast.Name) and parent.func.id in _READERS
    return reads and node in getattr(parent, "args", ())


def _chain(node: ast.expr) -> bool:
    """Return whether an expression is a row of calls and attributes that begins with a name."""
    while not isinstance(node, ast.Name):
        if isinstance(node, ast.Call):
            if not isinstance(node.func, ast.Attribute):
                return False
            node = node.func
        elif isinstance(node, ast.Attribute | ast.Subscript):
            node = node.value
        else:
            return False
    return True


def _method(node: ast.expr) -> str:
    called = node.func if isinstance(node, ast.Call) else None
    return called.attr if isinstance(called, ast.Attribute) else ""


def _name(span: Span, node: ast.expr, function: ast.AST) -> str | None:
    """Return a name that the function does not use yet."""
    used = {each.id for each in ast.walk(function) if isinstance(each, ast.Name)}
    used |= {each.arg for each in ast.walk(function) if isinstance(each, ast.arg)}
    method = _method(node)
    plain = (span.model or "row").rpartition(".")[2].lower() if method in _MODEL else _ONE.get(method, "rows")
    return next((name for name in (plain, f"{plain}_once") if name not in used), None)


def _settled(function: ast.AST, uses: Sequence[_Use], first: ast.stmt) -> bool:
    """Return whether the names of an expression have their values before the first line and keep them to the last."""
    names = {each.id for each in ast.walk(uses[0].node) if isinstance(each, ast.Name)}
    # Of a loop the end may run before the use.
    last = max([first.end_lineno or 0, *(use.node.lineno for use in uses)])
    bound = [
        each.lineno
        for each in ast.walk(function)
        if isinstance(each, ast.Name) and each.id in names and not isinstance(each.ctx, ast.Load)
    ]
    return all(line < first.lineno or line > last for line in bound)
