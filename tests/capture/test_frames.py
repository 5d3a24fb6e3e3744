"""Whose code a frame is, and what its line says, wherever the code came from."""

from __future__ import annotations

import asyncio
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import CodeType
from typing import Any

import asgiref
import django
import pytest

from queryscope.profiler.capture import frames

SITE = Path(django.__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """What was learnt about one set of paths is forgotten before and after."""
    for forget in (frames._roots.cache_clear, frames._place.cache_clear, frames._frames.clear):
        forget()
    yield
    for forget in (frames._roots.cache_clear, frames._place.cache_clear, frames._frames.clear):
        forget()


def is_library(file: str | Path) -> bool:
    return frames._place(str(file))[1]


def code_of(source: str | bytes, file: str) -> CodeType:
    return compile(source, file, "exec")


def test_the_standard_library_and_packages_are_libraries() -> None:
    """Django and its neighbours, and Python's own modules."""
    for module in (django, asgiref, asyncio):
        assert is_library(str(module.__file__))
    assert is_library("<frozen importlib._bootstrap>")
    assert frames._place(str(django.__file__))[0] == "django/__init__.py"


@pytest.mark.parametrize("folder", ["setuptools/_vendor", "old-1.0-py3.11.egg"])
def test_what_is_on_the_path_inside_a_library_is_one(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Vendored packages and eggs put folders of site-packages on sys.path."""
    monkeypatch.syspath_prepend(str(SITE / folder))
    assert is_library(SITE / folder / "module.py")


def test_a_project_in_a_folder_called_site_packages(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is the application, whatever its path is called."""
    project = tmp_path / "site-packages" / "shop"
    settings.BASE_DIR = project / "config"
    monkeypatch.syspath_prepend(str(project))
    assert not is_library(project / "config" / "urls.py")
    assert not is_library(project / "orders" / "views.py")
    assert is_library(str(django.__file__))


def test_a_project_at_the_root_of_the_file_system(settings: Any) -> None:
    """Containers do that; the libraries below it stay libraries."""
    settings.BASE_DIR = Path("/")
    assert frames._place("/shop/views.py") == ("shop/views.py", False)
    assert is_library(str(django.__file__))


def test_no_base_dir(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the current folder is the project's."""
    del settings.BASE_DIR
    monkeypatch.chdir(tmp_path)
    assert frames._place(str(tmp_path / "views.py")) == ("views.py", False)


def test_a_link_to_a_project(settings: Any, tmp_path: Path) -> None:
    """A file is where it really is."""
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "views.py").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    settings.BASE_DIR = tmp_path / "link"
    assert frames._place(str(tmp_path / "link" / "views.py")) == ("views.py", False)
    (tmp_path / "loop.py").symlink_to(tmp_path / "loop.py")
    assert not is_library(tmp_path / "loop.py")


def test_code_of_an_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An application in a zip file is one, the standard library in a zip file is a library."""
    archive = tmp_path / "shop.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("zipped_shop.py", "def run():\n    pass\n")
    monkeypatch.syspath_prepend(str(archive))
    import zipped_shop  # type: ignore[import-not-found]

    (frame,) = frames.resolve([zipped_shop.run.__code__, 0])
    assert (frame.label, frame.library, frame.line) == ("zipped_shop.py", False, 1)
    frames._roots.cache_clear()
    monkeypatch.syspath_prepend("/usr/lib/python311.zip")
    assert is_library("/usr/lib/python311.zip/json/__init__.py")
    sys.modules.pop("zipped_shop")


@pytest.mark.parametrize(
    "file",
    ["<string>", "<ipython-input-3-5f1a>", "", "nul\0.py", "x" * 5_000 + ".py", "page.html", "\ud800.py"],
)
def test_names_that_are_no_files(file: str) -> None:
    """A frame of any name is shown, without a line where there is none."""
    code = code_of("1", file if "\0" not in file and "\ud800" not in file else "x.py").replace(
        co_filename=file
    )
    (frame,) = frames.resolve([code, 0])
    assert frame.file == file
    assert frames.line_of(file, 1) is None
    frames.check_files({file})


def test_the_name_of_a_template_is_not_looked_for_on_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A template of a loader without files may be called as some file of the project."""
    (tmp_path / "base.html").write_text("another text\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert frames.line_of("base.html", 1) is None
    assert frames.line_of(str(tmp_path / "base.html"), 1) == "another text"


def test_sources_in_other_encodings(tmp_path: Path) -> None:
    """Lines are read as Python reads them; what is no text has no line."""
    latin, broken = tmp_path / "latin.py", tmp_path / "broken.py"
    latin.write_bytes("# coding: latin-1\nx = 'ä'; y = 1\n".encode("latin-1"))
    broken.write_bytes(b"x = '\xff\xfe'\n")
    assert frames.line_of(str(latin), 2) == "x = 'ä'; y = 1"
    assert frames.line_of(str(broken), 1) is None
    code = code_of(latin.read_bytes(), str(latin))
    columns = {
        frame.column
        for frame in frames.resolve([item for offset in range(0, 8, 2) for item in (code, offset)])
    }
    assert 14 in columns, "columns count characters"
