"""Tells whether a function would ask the database more than once if a queryset was asked for less than its rows in one line."""

from __future__ import annotations

import ast
import re

from queryscope.profiler.analysis.advice.source import read
from queryscope.profiler.analysis.advice.uses import function_around
from queryscope.profiler.trace import CallSite

_LOOPS = (ast.For, ast.AsyncFor, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def asked_again(site: CallSite, code: str, call: str) -> bool:
    """Return whether the name that ``code`` calls ``call`` of is read again behind the line, or the line runs again for it.

    The rows of a queryset are kept once they are loaded; ``exists()`` and ``count()`` keep nothing.
    """
    named = re.search(rf"(?<![\w.])([A-Za-z_][\w.]*){re.escape(call)}", code)
    source = None if site.source_changed else read(site.file)
    if named is None or source is None or site.line is None:
        return False
    for block in source.blocks(site.line - 1):
        function = function_around(block, [site])
        if function is not None:
            line = site.line - 1 - block.offset
            return _read_behind(function, named[1], line) or _in_a_loop(function, named[1], line)
    return False


def _read_behind(function: _Function, name: str, line: int) -> bool:
    return any(
        isinstance(node, (ast.Name, ast.Attribute))
        and isinstance(node.ctx, ast.Load)
        and node.lineno > line
        and ast.unparse(node) == name
        for node in ast.walk(function)
    )


def _in_a_loop(function: _Function, name: str, line: int) -> bool:
    """Return whether a loop around the line goes on with the same queryset, because it does not bind the name itself."""
    bound = name.partition(".")[0]
    around = (
        node
        for node in ast.walk(function)
        if isinstance(node, _LOOPS) and node.lineno <= line <= (node.end_lineno or node.lineno)
    )
    return any(
        not any(
            isinstance(part, ast.Name) and part.id == bound and isinstance(part.ctx, ast.Store)
            for part in ast.walk(loop)
        )
        for loop in around
    )
