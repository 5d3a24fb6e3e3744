"""What is shipped: the wheel holds every package, template and static file of the source tree, and nothing else."""

from __future__ import annotations

import ast
import importlib
import os
import pkgutil
import re
import sys
import tarfile
import tomllib
from collections.abc import Iterator
from email import message_from_bytes
from itertools import chain
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.distribution import ROOT, Distribution

SHIPPED = ("profiler", "dashboard", "static", "templates", "docs/rules")
TOP = {
    "CHANGELOG.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "dashboard",
    "demo",
    "docs",
    "profiler",
    "pyproject.toml",
    "static",
    "templates",
    "tests",
}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def files(top: str) -> Iterator[str]:
    """Yield every file below a folder of the source tree, as a path from the root; without what Python leaves there."""
    for file in (ROOT / top).rglob("*"):
        if file.is_file() and "__pycache__" not in file.parts:
            yield file.relative_to(ROOT).as_posix()


def test_top_level_is_as_fixed() -> None:
    """A new folder at the top is a decision, not an accident; what tools generate is left out."""
    generated = re.compile(r"\..*|build|dist|.*\.egg-info|__pycache__")
    assert {entry.name for entry in ROOT.iterdir() if not generated.fullmatch(entry.name)} == TOP


def test_every_package_is_listed() -> None:
    """An unlisted package works in the checkout and is absent from the wheel."""
    found = {
        ".".join(["queryscope", *Path(file).parent.parts])
        for top in ("profiler", "dashboard")
        for file in files(top)
        if file.endswith("/__init__.py")
    }
    listed = PROJECT["tool"]["setuptools"]["packages"]
    assert set(listed) == found | {"queryscope.docs", "queryscope.static", "queryscope.templates"}
    assert listed == sorted(listed)


def test_every_folder_with_modules_is_a_package() -> None:
    """A folder without ``__init__.py`` would be skipped by the test above and by the wheel."""
    folders = {(ROOT / file).parent for top in ("profiler", "dashboard") for file in files(top)}
    assert [folder for folder in folders if not (folder / "__init__.py").exists()] == []


def test_no_module_is_loaded_twice() -> None:
    """``profiler.trace`` beside ``queryscope.profiler.trace`` would be other classes of the same names."""
    for top in ("profiler", "dashboard"):
        package = importlib.import_module(f"queryscope.{top}")
        for module in pkgutil.walk_packages(package.__path__, f"queryscope.{top}."):
            importlib.import_module(module.name)
    bare = [name for name in sys.modules if name.split(".")[0] in {"profiler", "dashboard"}]
    assert bare == []


def test_wheel_holds_the_source_tree_and_nothing_else(distribution: Distribution) -> None:
    """Modules, templates, static and vendored files and py.typed; no tests, no demo, nothing a build left behind."""
    expected = {f"queryscope/{file}" for top in SHIPPED for file in files(top)}
    with ZipFile(distribution.wheel) as wheel:
        names = set(wheel.namelist())
    assert {name for name in names if ".dist-info/" not in name} == expected
    assert {"queryscope/profiler/py.typed", "queryscope/dashboard/py.typed"} <= names
    assert "queryscope/static/queryscope/vendor/vendor.toml" in names


def test_wheel_says_what_it_is(distribution: Distribution) -> None:
    """Name, licence with its text, Python version and readme stand in the wheel."""
    with ZipFile(distribution.wheel) as wheel:
        info = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = message_from_bytes(wheel.read(info))
        licences = [name for name in wheel.namelist() if name.endswith("/licenses/LICENSE")]
    assert (metadata["Name"], metadata["License-Expression"]) == ("django-queryscope", "BSD-3-Clause")
    assert metadata["Requires-Python"] == ">=3.11"
    assert "## Install" in metadata.get_payload()
    assert len(licences) == 1


def test_sdist_can_be_built_again(distribution: Distribution) -> None:
    """The wheel was made from the sdist, so it holds all that is shipped; the wheel has no module the sdist lacks."""
    with tarfile.open(distribution.sdist) as sdist:
        names = {name.split("/", 1)[1] for name in sdist.getnames() if "/" in name}
    assert {file for top in SHIPPED for file in files(top)} | {
        "pyproject.toml",
        "README.md",
        "LICENSE",
    } <= names


def imported(file: Path) -> Iterator[str]:
    """Yield the top-level name of each import in a module."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


def test_every_library_that_is_imported_is_required() -> None:
    """What a module imports is named in ``dependencies`` or an extra; asgiref is Django's own requirement.

    Celery and pytest are imported only where the project has imported them before.
    """
    project = PROJECT["project"]
    wanted = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    named = {re.split(r"[\[<>=~! ]", name)[0].lower().replace("-", "_") for name in wanted}
    named = named - {"django_debug_toolbar", "markdown_it_py"} | {"debug_toolbar", "markdown_it"}
    named |= {"asgiref", "queryscope", "celery", "pytest"}
    modules = [
        ROOT / file for top in ("profiler", "dashboard") for file in files(top) if file.endswith(".py")
    ]
    third = {name for module in modules for name in imported(module)} - sys.stdlib_module_names
    assert {name.lower() for name in third} <= named


@pytest.mark.skipif(os.name != "posix", reason="the links are text files where there are no symbolic links")
def test_type_checkers_see_the_same_files() -> None:
    """``.typing/queryscope`` holds links and no copies."""
    for top in ("profiler", "dashboard"):
        assert (ROOT / ".typing" / "queryscope" / top).resolve() == ROOT / top
