"""Reads the head of a loop: the name of each value, what it goes through, and all values of an expression in its body."""

from __future__ import annotations

import ast
import re

_LOOP = re.compile(
    r"(?:async )?for (?P<target>[\w, ()]+?) in (?P<through>[^:]+?)(?: if .*)?(?P<end>[\])}:,]*)$"
)
_COPIES = frozenset({"enumerate", "list", "range", "set", "sorted", "tuple", "zip"})
"""Functions that give the same again, where what they are given does."""
_OF_DICT = frozenset({"items", "keys", "values"})


def loop_of(loop: str | None) -> tuple[str, str] | None:
    """Return the name that the head of a loop gives each value, and the expression that it goes through."""
    found = _taken_apart(loop)
    return found if found is not None and found[0].isidentifier() else None


def _taken_apart(loop: str | None) -> tuple[str, str] | None:
    match = _LOOP.match(loop or "")
    if match is None:
        return None
    through, end = match["through"].strip(), match["end"]
    missing = sum(map(through.count, "([{")) - sum(map(through.count, ")]}"))
    return match["target"], through + (end[:missing] if missing > 0 and " if " not in match[0] else "")


def all_of(value: str, loop: str | None) -> str | None:
    """Return what ``value`` is in all steps of a loop, as an expression that can stand before it; ``None`` where that is not clear.

    It must be a name of the loop's, or an attribute or a part of one; and what the loop goes through must be the same when it
    is gone through again, as a name is, and a call that asks the database is not.
    """
    found = _taken_apart(loop)
    if found is None:
        return None
    target, through = found
    names, asked, source = _parsed(target), _parsed(value), _parsed(through)
    if names is None or asked is None or source is None or not _again(source):
        return None
    if ast.dump(asked) == ast.dump(names):
        return through
    given = {node.id for node in ast.walk(names) if isinstance(node, ast.Name)}
    return f"[{value} for {target} in {through}]" if _root(asked) in given else None


def _parsed(text: str) -> ast.expr | None:
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _root(node: ast.expr) -> str | None:
    """Return the name that a row of attributes and written down indexes begins with."""
    while not isinstance(node, ast.Name):
        if isinstance(node, ast.Attribute) or (
            isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant)
        ):
            node = node.value
        else:
            return None
    return node.id


def _again(node: ast.expr) -> bool:
    if isinstance(node, ast.Call) and not node.keywords:
        if isinstance(node.func, ast.Attribute):
            return node.func.attr in _OF_DICT and not node.args and _root(node.func.value) is not None
        copies = isinstance(node.func, ast.Name) and node.func.id in _COPIES
        return copies and all(isinstance(each, ast.Constant) or _again(each) for each in node.args)
    return _root(node) is not None
