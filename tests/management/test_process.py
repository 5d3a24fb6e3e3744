"""The commands as a person runs them: a process of their own, in a small project without dashboard and databases."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

from queryscope.profiler.store import Store
from tests import builders

SETTINGS = """
SECRET_KEY = "x"
DEBUG = True
INSTALLED_APPS = ["queryscope.profiler"]
MIDDLEWARE = ["queryscope.profiler.middleware.QueryscopeMiddleware"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "/nowhere/at/all.sqlite3"}}
USE_TZ = True
"""


class Project:
    """A folder with settings; ``run`` is ``manage.py queryscope`` in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = folder / ".queryscope" / "store.sqlite3"
        self.configure("")

    def configure(self, more: str) -> None:
        (self.folder / "small.py").write_text(SETTINGS + more)

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "django", "queryscope", *words]

    def environment(self, **changes: str) -> dict[str, str]:
        path = os.pathsep.join([str(self.folder), os.environ.get("PYTHONPATH", "")])
        return os.environ | {"DJANGO_SETTINGS_MODULE": "small", "PYTHONPATH": path} | changes

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*words),
            cwd=self.folder,
            env=self.environment(**environment),
            check=False,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=60,
        )


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def fill(project: Project, count: int = 1) -> None:
    store = Store(project.store)
    store.append([builders.report(id=f"{number:032x}") for number in range(count)])
    store.close()


def test_works_without_the_dashboard_and_the_databases(project: Project) -> None:
    """Only the profiler is installed, and the project's database cannot even be opened."""
    fill(project)
    result = project.run("show", "last", "--json")
    assert result.returncode == 0, result.stderr
    trace = json.loads(result.stdout)["trace"]
    assert (trace["method"], trace["path"], trace["queries"]) == ("GET", "/books/", 2)


def test_records_nothing(project: Project) -> None:
    """Reading leaves the store as it was."""
    fill(project)
    project.run("list")
    assert len(json.loads(project.run("list", "--json").stdout)) == 1


def test_no_store_is_made(project: Project) -> None:
    """A command that finds no store makes none."""
    assert project.run("list").returncode == 0
    assert project.run("prune").returncode == 0
    assert not project.store.parent.exists()


def test_colours_need_a_terminal(project: Project) -> None:
    """A pipe gets none, unless it is asked for; ``--no-color`` may stand at the end."""
    fill(project)
    assert "\x1b[" not in project.run("list").stdout
    assert "\x1b[" in project.run("list", "--force-color").stdout
    assert "\x1b[" in project.run("--force-color", "list").stdout
    assert "\x1b[" not in project.run("list", "--no-color").stdout


def test_a_terminal_without_unicode_gets_all(project: Project) -> None:
    """What the encoding does not have is escaped; nothing fails."""
    store = Store(project.store)
    store.append([builders.report(path="/bücher/")])
    store.close()
    result = project.run("list", PYTHONIOENCODING="ascii")
    assert r"GET /b\xfccher/" in result.stdout
    assert result.returncode == 0


def test_a_reader_that_goes_away_is_no_error(project: Project) -> None:
    """``list | head`` ends quietly."""
    fill(project, 500)
    process = subprocess.Popen(
        project.command("list", "--limit", "100000", "--json"),
        cwd=project.folder,
        env=project.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None and process.stderr is not None
    process.stdout.read(10)
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(60) == 0


def test_trouble_is_one_sentence(project: Project) -> None:
    """A store that is no database ends with status 1 and no traceback."""
    project.store.parent.mkdir()
    project.store.write_bytes(b"this is no database at all" * 100)
    result = project.run("list")
    assert result.returncode == 1
    assert result.stderr.startswith(f"CommandError: The store {project.store} is damaged")
    assert result.stderr.count("\n") == 1


def test_wrong_settings_are_one_sentence(project: Project) -> None:
    """The key and its value are named."""
    project.configure('QUERYSCOPE = {"KEEP_HOURS": "long"}')
    result = project.run("list")
    assert result.returncode == 1
    assert result.stderr.startswith("CommandError: QUERYSCOPE['KEEP_HOURS'] is 'long'")


@pytest.mark.parametrize(
    "words", [(), ("dance",), ("show",), ("serve", "12:x"), ("show", "1", "--json", "--sql")]
)
def test_wrong_words_are_explained(project: Project, words: tuple[str, ...]) -> None:
    """The usage and the reason stand on standard error, the status is 2."""
    result = project.run(*words)
    assert result.returncode == 2
    assert "usage: " in result.stderr and "error: " in result.stderr


def test_serve_prints_a_link_that_opens_the_dashboard(project: Project) -> None:
    """The link answers with the live page until the process is stopped."""
    project.configure('INSTALLED_APPS += ["queryscope.dashboard"]')
    fill(project)
    process = subprocess.Popen(
        project.command("serve", "127.0.0.1:0"),
        cwd=project.folder,
        env=project.environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        link = process.stdout.readline().split()[-1]
        assert link.startswith("http://127.0.0.1:")
        with urlopen(link) as response:
            assert response.status == 200
    finally:
        process.terminate()
        process.wait(30)


def test_serve_says_why_it_cannot_listen(project: Project) -> None:
    """An address that is not this machine's is one sentence."""
    project.configure('INSTALLED_APPS += ["queryscope.dashboard"]')
    result = project.run("serve", "192.0.2.1:8001")
    assert result.returncode == 1
    assert result.stderr.startswith("CommandError: Cannot listen on 192.0.2.1 port 8001")
