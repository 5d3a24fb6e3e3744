"""The house rules that no linter knows: sizes, opening sentences, imports, and words that belong to nobody's reader."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ("profiler", "dashboard")
OWN = (*SOURCE, "demo", "tests", "static", "templates", "docs", ".ci")
SUFFIXES = {"", ".css", ".html", ".js", ".md", ".py", ".sh", ".svg", ".toml", ".txt"}
MOST_LINES = 350
MOST_FUNCTION_LINES = 60

# Written with brackets so that these lines do not match themselves.
MARKERS = re.compile(r"\b(T[O]DO|F[I]XME|X[X]X|H[A]CK)\b")
PLACES = re.compile(r"(?<![\w.])/(root|work)/|/opt/(wheels|pypi)\b|[.][.]/shared\b|[.]library/")
REGISTRIES = re.compile(
    r"pypi[.]org|pythonhosted[.]org|npmjs[.](com|org)|unpkg[.]com|jsdelivr[.]net|deb[.]debian[.]org|proxy[.]golang[.]org"
)
UNCONDITIONAL = re.compile(r"pytest[.]mark[.](skip|xfail)\b(?!if)")


def modules(*tops: str) -> list[str]:
    """Return the Python files below some folders, as paths from the root; not migrations, which Django writes."""
    files = (file for top in tops for file in (ROOT / top).rglob("*.py") if "migrations" not in file.parts)
    return sorted(file.relative_to(ROOT).as_posix() for file in files)


def texts() -> Iterator[tuple[str, str]]:
    """Yield path and text of every file that we wrote; not what was vendored or generated."""
    files = (file for top in OWN for file in (ROOT / top).rglob("*"))
    for file in [*files, *(entry for entry in ROOT.iterdir() if not entry.name.startswith("."))]:
        generated = {"vendor", "__pycache__", "screenshots"} & set(file.parts)
        if file.is_file() and file.suffix in SUFFIXES and not generated:
            yield file.relative_to(ROOT).as_posix(), file.read_text()


def matches(pattern: re.Pattern[str]) -> list[str]:
    """Return ``file:line: text`` of every line in which the pattern is found."""
    return [
        f"{path}:{number}: {line.strip()}"
        for path, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


@cache
def tree(path: str) -> ast.Module:
    return ast.parse((ROOT / path).read_text())


@pytest.mark.parametrize("top", [*SOURCE, "demo", "tests"])
def test_no_module_is_long(top: str) -> None:
    """More than 350 lines are two modules."""
    lines = {path: len((ROOT / path).read_text().splitlines()) for path in modules(top)}
    assert {path: count for path, count in lines.items() if count > MOST_LINES} == {}


@pytest.mark.parametrize("top", [*SOURCE, "demo", "tests"])
def test_no_function_is_long(top: str) -> None:
    """More than 60 lines are two functions."""
    long = [
        f"{path}:{node.lineno} {node.name}"
        for path in modules(top)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= MOST_FUNCTION_LINES
    ]
    assert long == []


def test_every_module_opens_with_a_sentence() -> None:
    """The docstring is the contract; a file without any code needs none."""
    paths = modules(*SOURCE, "demo", "tests")
    without = [path for path in paths if tree(path).body and not ast.get_docstring(tree(path))]
    assert without == []


def test_imports_are_absolute_and_whole() -> None:
    """``from .trace`` and ``import profiler.trace`` would hide which layer is used, or load a module twice."""
    wrong = [
        f"{path}:{node.lineno}"
        for path in modules(*SOURCE, "demo", "tests")
        for node in ast.walk(tree(path))
        if (isinstance(node, ast.ImportFrom) and (node.level or (node.module or "").split(".")[0] in SOURCE))
        or (isinstance(node, ast.Import) and any(alias.name.split(".")[0] in SOURCE for alias in node.names))
    ]
    assert wrong == []


def test_modules_are_named_for_what_is_in_them() -> None:
    """An attic has no noun."""
    attics = {"utils.py", "helpers.py", "common.py", "misc.py", "base.py"}
    assert [path for path in modules(*SOURCE, "demo") if Path(path).name in attics] == []


def test_nothing_is_marked_for_later() -> None:
    """What is left to do stands in an issue."""
    assert matches(MARKERS) == []


def test_no_place_of_one_machine_is_named() -> None:
    """A path that exists on one machine only is of no use to a reader."""
    assert matches(PLACES) == []


def test_no_registry_is_named() -> None:
    """Where packages come from is the business of whoever installs them."""
    assert matches(REGISTRIES) == []


def test_no_test_is_skipped_whatever_happens() -> None:
    """A skip has a condition; otherwise the test is no test."""
    assert matches(UNCONDITIONAL) == []


def test_every_test_asserts() -> None:
    """A test that checks nothing passes for nothing."""
    claims = re.compile(r"\bassert\b|\.assert|raises\(|expect\(|assert_|\bcheck_\w+\(")
    silent = [
        f"{path}:{node.lineno} {node.name}"
        for path in modules("tests")
        if Path(path).name.startswith("test_")  # pytest looks for tests nowhere else
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test")
        and not claims.search(ast.unparse(node))
    ]
    assert silent == []
