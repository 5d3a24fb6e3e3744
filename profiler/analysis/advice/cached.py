"""Puts what one line asks into the cache: the value that it gives a name to or returns, where nothing of the call goes into it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from queryscope.profiler.analysis.advice.edits import Edit, applied
from queryscope.profiler.analysis.advice.patch import Part, diff
from queryscope.profiler.analysis.advice.source import Block, Source, parses, read
from queryscope.profiler.trace import CallSite, Span

SECONDS = 300
_AT_ONCE = frozenset(
    {"list", "dict", "set", "frozenset", "tuple", "sorted", "len", "sum", "max", "min", "any", "all", "bool"}
)
_ENDING = frozenset({"get", "first", "last", "latest", "earliest", "count", "exists", "aggregate", "in_bulk"})
"""Functions and methods that give an answer; a queryset or a generator in the cache would be another thing."""
_THERE = re.compile(r"from django\.core\.cache import (?:[\w ]+, )*cache\b(?! as)")
_OTHER = re.compile(r"(?:from|import) .*\bcache\b|cache\b.*=|(?:def|class) cache\b")
_DJANGO = re.compile(r"(?:from|import) django\b")
_Function = ast.FunctionDef | ast.AsyncFunctionDef


class Cached(NamedTuple):
    """The value as it is to read, and the diff that also imports the cache."""

    code: str
    diff: str


def cached(span: Span) -> Cached | None:
    """Return the change for the line of a statement, ``None`` where what it asks depends on more than its own text."""
    site = span.call_site
    if site is None or span.via_template or site.source_changed or not site.line or not site.end_line:
        return None
    source = read(site.file)
    if source is None or site.end_line > len(source.lines):
        return None
    if site.source is not None and site.source.strip() != source.lines[site.line - 1].strip():
        return None
    for block in source.blocks(site.line - 1):
        for function, statement in _statements(block.tree, None):
            value = _value(statement)
            if value is not None and _holds(source, block, value, site) and _free(function, value):
                return _written(span, site, source, block, value)
    return None


def _statements(node: ast.AST, function: _Function | None) -> Iterator[tuple[_Function, ast.stmt]]:
    for child in ast.iter_child_nodes(node):
        if function is not None and isinstance(child, ast.stmt):
            yield function, child
        yield from _statements(child, child if isinstance(child, _Function) else function)


def _value(statement: ast.stmt) -> ast.expr | None:
    """Return what a statement gives a name to or returns, if it is an answer already and not the way to one."""
    value = statement.value if isinstance(statement, ast.Assign | ast.AnnAssign | ast.Return) else None
    if isinstance(value, ast.ListComp | ast.SetComp | ast.DictComp):
        return value
    if not isinstance(value, ast.Call):
        return None
    name = value.func
    known = (isinstance(name, ast.Name) and name.id in _AT_ONCE) or (
        isinstance(name, ast.Attribute) and name.attr in _ENDING
    )
    return value if known else None


def _holds(source: Source, block: Block, value: ast.expr, site: CallSite) -> bool:
    start, end = source.start(block, value), source.end(block, value)
    return start[0] + 1 <= (site.line or 0) and (site.end_line or 0) <= end[0] + 1


def _free(function: _Function, value: ast.expr) -> bool:
    """Return whether nothing that the function was given or has made goes into a value, and nothing comes out of it."""
    if any(
        isinstance(each, ast.Await | ast.Yield | ast.YieldFrom | ast.NamedExpr) for each in ast.walk(value)
    ):
        return False
    own = {
        id(each)
        for part in ast.walk(value)
        if isinstance(part, ast.comprehension)
        for each in ast.walk(part.target)
    }
    inner = {each.id for each in ast.walk(value) if isinstance(each, ast.Name) and id(each) in own}
    bound = {each.arg for each in ast.walk(function) if isinstance(each, ast.arg)} | {
        each.id
        for each in ast.walk(function)
        if isinstance(each, ast.Name) and not isinstance(each.ctx, ast.Load)
    }
    asked = {each.id for each in ast.walk(value) if isinstance(each, ast.Name)} - inner
    return not asked & bound and "cache" not in bound


def _written(span: Span, site: CallSite, source: Source, block: Block, value: ast.expr) -> Cached | None:
    imported = _import(source)
    if imported is None:
        return None
    start, end = source.start(block, value), source.end(block, value)
    key = ".".join(re.findall(r"\w+", f"{site.function}.{span.model or span.tables[0]}")).lower()
    opening, closing = f'cache.get_or_set("{key}", lambda: ', f", timeout={SECONDS})"
    edits = [*imported, Edit(start, start, opening), Edit(end, end, closing)]
    if not parses(applied(source, edits[-2:], block.start, block.stop)):
        return None
    made = diff([Part(source, site.label, tuple(edits))])
    return None if made is None else Cached(f"{opening}{source.between(start, end)}{closing}", made)


def _import(source: Source) -> list[Edit] | None:
    """Return the edits that import the cache, ``None`` where the name means something else or no import shows the place."""
    if any(map(_THERE.match, source.lines)):
        return []
    if any(map(_OTHER.match, source.lines)):
        return None
    first = next((index for index, line in enumerate(source.lines) if _DJANGO.match(line)), None)
    if first is None:
        return None
    return [Edit((first, 0), (first, 0), f"from django.core.cache import cache{source.newline}")]
