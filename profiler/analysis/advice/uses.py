"""Finds the expressions of a function that asked, by the columns that were recorded, and where a name for an answer goes."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from queryscope.profiler.analysis.advice.source import Block, Source
from queryscope.profiler.trace import CallSite, Span

ONE = {"get": "row", "first": "row", "last": "row", "latest": "row", "earliest": "row", "count": "number",
        "exists": "there_is", "aggregate": "totals", "in_bulk": "rows"}  # fmt: skip
"""Methods that ask at once, and what their answer may be called."""
_MODEL = ("get", "first", "last", "latest", "earliest")

_READERS = frozenset({
    "list", "len", "sorted", "set", "frozenset", "tuple", "dict", "bool", "sum", "max", "min", "any", "all", "enumerate", "zip",
    "iter", "reversed",
})  # fmt: skip
"""Functions that read rows from a list as from a queryset."""


class Use(NamedTuple):
    """An expression that asks, what holds it, and the statement it stands in with the list of that one's neighbours."""

    node: ast.expr
    parent: ast.AST
    path: tuple[tuple[int, ast.stmt], ...]
    """The statements around it from the outside, each behind the list that it is an element of, by identity."""


def unchanged(source: Source, site: CallSite) -> bool:
    line = site.line or 0
    if not 0 < line <= len(source.lines):
        return False
    return site.source is None or site.source.strip() == source.lines[line - 1].strip()


def function_around(
    block: Block, places: Sequence[CallSite]
) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
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


def uses_in(node: ast.AST, path: tuple[tuple[int, ast.stmt], ...]) -> Iterator[Use]:
    """Yield every expression that may ask, with the statements around it."""
    for _, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST):
                continue
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
                continue
            if isinstance(child, ast.Call | ast.Subscript):
                yield Use(child, node, path)
            inner = (*path, (id(value), child)) if isinstance(child, ast.stmt) else path
            yield from uses_in(child, inner)


def asked_at(source: Source, block: Block, node: ast.expr, place: CallSite) -> bool:
    """Return whether an expression is what a place was busy with, by the columns that were recorded."""
    if not (place.line and place.column and place.end_line and place.end_column):
        return False
    end = source.end(block, node)
    return (place.line - 1, place.column - 1) < end <= (place.end_line - 1, place.end_column - 1)


def before(uses: Sequence[Use]) -> ast.stmt | None:
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


def method(node: ast.expr) -> str:
    called = node.func if isinstance(node, ast.Call) else None
    return called.attr if isinstance(called, ast.Attribute) else ""


def free_name(span: Span, node: ast.expr, function: ast.AST) -> str | None:
    """Return a name that the function does not use yet."""
    used = {each.id for each in ast.walk(function) if isinstance(each, ast.Name)}
    used |= {each.arg for each in ast.walk(function) if isinstance(each, ast.arg)}
    called = method(node)
    name = (span.model or "row").rpartition(".")[2].lower() if called in _MODEL else ONE.get(called, "rows")
    return next((each for each in (name, f"{name}_once") if each not in used), None)


def settled(function: ast.AST, uses: Sequence[Use], first: ast.stmt) -> bool:
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


def read_whole(use: Use) -> bool:
    """Return whether an expression is gone through, or given to a function that reads rows of a list as well."""
    node, parent = use.node, use.parent
    if isinstance(parent, ast.For | ast.comprehension):
        return parent.iter is node and not getattr(parent, "is_async", 0)
    reads = isinstance(parent, ast.Call) and isinstance(parent.func, ast.Name) and parent.func.id in _READERS
    return reads and node in getattr(parent, "args", ())


def plain(node: ast.expr) -> bool:
    """Return whether an expression is a row of calls and attributes that begins with a name and waits for nothing.

    What it is given must be there already, or be made by a class, as ``Q()`` is: a function may answer otherwise each time.
    """
    if any(isinstance(part, ast.Await | ast.NamedExpr) for part in ast.walk(node)):
        return False
    while not isinstance(node, ast.Name):
        if isinstance(node, ast.Call):
            given = [*node.args, *(each.value for each in node.keywords)]
            if not isinstance(node.func, ast.Attribute) or any(map(_calls, given)):
                return False
            node = node.func
        elif isinstance(node, ast.Attribute | ast.Subscript):
            node = node.value
        else:
            return False
    return True


def _calls(node: ast.expr) -> bool:
    """Return whether an expression calls what is no class, by its name."""
    called = (part.func for part in ast.walk(node) if isinstance(part, ast.Call))
    return not all(ast.unparse(each).rpartition(".")[2][:1].isupper() for each in called)
