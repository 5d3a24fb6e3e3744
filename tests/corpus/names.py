"""Tells which names of a printed advice stand nowhere: neither in the code that it is for, nor in its own words."""

from __future__ import annotations

import ast
import builtins
import re
import textwrap
from functools import lru_cache
from pathlib import Path

from django.apps import apps

from queryscope.profiler.finding import Finding
from tests.corpus.models import MODELS

_PLACE = "_"
"""What stands for the expression that a bare call is for."""


def unexplained(finding: Finding, file: str) -> set[str]:
    """Return the names that the code of an advice reads and nobody knows: not the files, not the code, not the summary."""
    tree = _parsed(finding.advice.code or "")
    if tree is None:
        return set()
    read = {
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }
    words = set(re.findall(r"\w+", finding.advice.summary))
    sites = (finding.call_site, finding.build_site)
    files = {file, *(site.file for site in sites if site is not None)}
    # A model is one of the project's: whoever pastes its name imports it.
    models = {model.__name__ for model in (*apps.get_models(), *MODELS)}
    return (
        read
        - models
        - _bound(tree)
        - words
        - set(dir(builtins))
        - set().union(*map(_names, files))
        - {_PLACE}
    )


def _parsed(code: str) -> ast.Module | None:
    """Return code as it was printed, which may be the head of a block, a part of a function, or a bare call."""
    if "{{" in code or "{%" in code:
        return None
    text = textwrap.dedent(re.sub(r"^\.", f"{_PLACE}.", code, flags=re.MULTILINE))
    for whole in (text, f"{text}\n    pass", f"if _: pass\n{text}\n    pass"):
        try:
            return ast.parse(f"async def _():\n{textwrap.indent(whole, '    ')}")
        except SyntaxError:
            continue
    # Lines of several places, each as it stands there.
    parts = (
        [part for line in text.splitlines() if (part := _parsed(line.strip())) is not None]
        if "\n" in text
        else []
    )
    return ast.Module([node for part in parts for node in part.body], []) if parts else None


def _bound(tree: ast.AST) -> set[str]:
    found = {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.alias):
            found.add(node.asname or node.name.partition(".")[0])
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
    return found


@lru_cache(maxsize=64)
def _names(file: str) -> frozenset[str]:
    path = Path(file)
    return (
        frozenset(re.findall(r"\w+", path.read_text()))
        if path.suffix == ".py" and path.exists()
        else frozenset()
    )
