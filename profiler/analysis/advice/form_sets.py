"""Reads from the view that makes a form set how it makes it, so that advice adds to its arguments and drops none."""

from __future__ import annotations

import ast

from queryscope.profiler.analysis.advice.located import expression
from queryscope.profiler.trace import CallSite

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_GIVEN = "form_kwargs"


def made_with(site: CallSite | None, option: str) -> str | None:
    """Return the call that makes a form set in the function around a place, with ``option`` handed to its forms.

    ``None`` where the function has no such call, or several, or where it hands something on that cannot be added to.
    """
    spot = expression(site) if site is not None else None
    node: ast.AST | None = spot.anchor if spot is not None else None
    while spot is not None and node is not None and not isinstance(node, _FUNCTIONS):
        node = spot.parents.get(node)
    calls = [each for each in ast.walk(node) if _makes(each)] if node is not None else []
    if len(calls) != 1 or not isinstance(calls[0], ast.Call):
        return None
    return _with(calls[0], option)


def _makes(node: ast.AST) -> bool:
    """Return whether a node makes a form set: calls a class that is named so."""
    called = node.func if isinstance(node, ast.Call) else None
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    return name[:1].isupper() and name.lower().endswith("formset")


def _with(call: ast.Call, option: str) -> str | None:
    if any(each.arg is None for each in call.keywords):
        return None
    given = next((each.value for each in call.keywords if each.arg == _GIVEN), None)
    if given is not None and not isinstance(given, ast.Dict):
        return None
    others = [
        ast.unparse(each) for each in (*call.args, *(each for each in call.keywords if each.arg != _GIVEN))
    ]
    handed = ast.unparse(given)[1:-1] if given is not None else ""
    forms = ", ".join(filter(None, [handed, f'"{option}": {option}']))
    return f"{ast.unparse(call.func)}({', '.join([*others, f'{_GIVEN}={{{forms}}}'])})"
