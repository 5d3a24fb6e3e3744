"""Tells where a loop follows a foreign key only to read the key of the other row, which its own row has."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from queryscope.profiler.analysis.advice.located import expression
from queryscope.profiler.trace import Span

_KEYS = frozenset({"pk", "id"})


def key_only(spans: Sequence[Span], relation: str) -> str | None:
    """Return what reads the key from the row itself (``ticket.org_id``), ``None`` where anything else is read as well."""
    found: set[str] = set()
    for site in dict.fromkeys(None if span.via_template else span.call_site for span in spans):
        spot = expression(site) if site is not None else None
        node = spot.anchor if spot is not None else None
        if spot is None or not isinstance(node, ast.Attribute) or node.attr != relation:
            return None
        if not _keys_alone(spot.block.tree, relation):
            return None
        found.add(f"{ast.unparse(node.value)}.{relation}_id")
    return found.pop() if len(found) == 1 else None


def _keys_alone(tree: ast.AST, relation: str) -> bool:
    """Return whether nothing but the key is read of a relation: what is read first loads the row for all others."""
    followed = sum(isinstance(node, ast.Attribute) and node.attr == relation for node in ast.walk(tree))
    keys = sum(
        isinstance(node, ast.Attribute)
        and node.attr in _KEYS
        and isinstance(node.value, ast.Attribute)
        and node.value.attr == relation
        for node in ast.walk(tree)
    )
    return followed == keys
