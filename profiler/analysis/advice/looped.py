"""Reads what a loop gives each row before it saves it, where its body leaves no doubt."""

from __future__ import annotations

import ast
from typing import NamedTuple

from queryscope.profiler.analysis.advice.located import expression
from queryscope.profiler.trace import CallSite

_SAVES = frozenset({"save", "asave"})
_CHANGES = frozenset(
    {"pop", "popitem", "update", "setdefault", "append", "extend", "insert", "remove", "clear", "add"}
)
"""Methods that change a list or a dictionary which a row may hold."""


class Given(NamedTuple):
    """The attributes that each ``row`` is given; ``same`` has their values as source where all rows get the same."""

    row: str
    names: tuple[str, ...]
    same: tuple[str, ...] | None


def given(site: CallSite | None) -> Given | None:
    """Return what the loop around a ``save()`` gives its row, ``None`` where another line may change the row as well."""
    spot = expression(site) if site is not None else None
    call = spot.anchor if spot is not None else None
    if spot is None or not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
        return None
    loop, saves = spot.parents.get(spot.statement or call), spot.statement
    row = call.func.value
    if (
        not isinstance(loop, (ast.For, ast.AsyncFor))
        or call.func.attr not in _SAVES
        or saves not in loop.body
    ):
        return None
    if not isinstance(row, ast.Name) or not isinstance(loop.target, ast.Name) or loop.target.id != row.id:
        return None
    return _given(row.id, loop.body[: loop.body.index(saves)], last=loop.body[-1] is saves)


def _given(row: str, lines: list[ast.stmt], *, last: bool) -> Given | None:
    names: dict[str, ast.expr | None] = {}
    plain = last
    for line in lines:
        if not isinstance(line, (ast.Assign, ast.AugAssign)) or not _only_attributes(row, line):
            return None
        targets = line.targets if isinstance(line, ast.Assign) else [line.target]
        flat = [each for target in targets for each in _flat(target)]
        own = [each.attr for each in flat if isinstance(each, ast.Attribute) and _is(row, each.value)]
        if len(own) + sum(isinstance(each, ast.Name) for each in flat) < len(flat):
            return None  # an item of what the row holds, perhaps
        plain = plain and isinstance(line, ast.Assign) and len(own) == len(flat) == 1
        names |= dict.fromkeys(own, line.value)
    values = [value for value in names.values() if value is not None and _same(row, value)]
    same = tuple(map(ast.unparse, values)) if plain and len(values) == len(names) else None
    return Given(row, tuple(names), same) if names else None


def _flat(target: ast.expr) -> list[ast.expr]:
    return list(target.elts) if isinstance(target, (ast.Tuple, ast.List)) else [target]


def _is(row: str, node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id == row


def _only_attributes(row: str, line: ast.stmt) -> bool:
    """Return whether a line takes attributes of the row, and neither calls a method of it nor hands it on."""
    uses = sum(_is(row, node) for node in ast.walk(line))
    reads = sum(isinstance(node, ast.Attribute) and _is(row, node.value) for node in ast.walk(line))
    calls = [node.func for node in ast.walk(line) if isinstance(node, ast.Call)]
    return uses == reads and not any(
        isinstance(func, ast.Attribute) and (_is(row, func.value) or func.attr in _CHANGES) for func in calls
    )


def _same(row: str, value: ast.expr) -> bool:
    """Return whether a value is a constant or a name, with attributes, that is not of the row."""
    while isinstance(value, ast.Attribute):
        value = value.value
    return isinstance(value, ast.Constant) or (isinstance(value, ast.Name) and value.id != row)
