"""Tests of a project are traces where one line asks for it, under pytest and under Django's runner; else there are none."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from queryscope.profiler.store import Store
from queryscope.profiler.trace import Trace

PLUGIN = ("-p", "queryscope.profiler.scopes.testing")
RUNNER = "TEST_RUNNER = 'queryscope.profiler.scopes.runner.Runner'\n"
FILES = {
    "project.py": """
from pathlib import Path

BASE_DIR = Path(__file__).parent
SECRET_KEY = "nothing to protect"
ROOT_URLCONF = "urls"
INSTALLED_APPS = ["queryscope.profiler", "django.contrib.auth", "django.contrib.contenttypes"]
MIDDLEWARE = ["queryscope.profiler.middleware.QueryscopeMiddleware"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}
""",
    "urls.py": """
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.urls import path

urlpatterns = [path("people/", lambda request: HttpResponse(User.objects.count()))]
""",
    "test_functions.py": """
import pytest
from django.contrib.auth.models import User
from pytest import mark

pytestmark = pytest.mark.django_db(transaction=True)

@pytest.fixture
def ada(transactional_db):
    return User.objects.create(username="ada")

def test_page(client, ada):
    assert User.objects.exists()
    assert client.get("/people/").content == b"1"

@pytest.mark.parametrize("number", [1, 2])
def test_fails(number):
    assert User.objects.count() == number

def test_skips():
    User.objects.count()
    pytest.skip("not today")

@mark.xfail
def test_fails_as_expected():
    assert User.objects.count() == 1

@pytest.mark.asyncio
async def test_async():
    assert await User.objects.acount() == 0
""",
    "test_classes.py": """
from django.contrib.auth.models import User
from django.test import TestCase

class First(TestCase):
    def setUp(self):
        User.objects.create(username="ada")

    def test_page(self):
        self.assertEqual(self.client.get("/people/").content, b"1")

    def test_fails(self):
        self.assertEqual(User.objects.count(), 2)

    def test_parts(self):
        for number in (1, 2):
            with self.subTest(number=number):
                self.assertEqual(User.objects.count(), number)

class Second(TestCase):
    def test_errs(self):
        User.objects.get(username="nobody")
""",
}


class Project:
    """A folder with a project that is recorded only where its tests are."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name, text in FILES.items():
            (folder / name).write_text(text)

    def python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run Python in the project."""
        path = os.pathsep.join(filter(None, [str(self.folder), os.environ.get("PYTHONPATH")]))
        # What the outer run is told (to be quiet, say) is not for this one.
        own = {"PYTHONPATH": path, "DJANGO_SETTINGS_MODULE": "project", "PYTEST_ADDOPTS": ""}
        environment = os.environ | own
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def pytest(self, *options: str) -> str:
        return self.python("-m", "pytest", "-q", "-p", "no:cacheprovider", *options).stdout

    def django(self, *options: str) -> str:
        return self.python("-m", "django", "test", *options).stderr

    def recorded(self) -> list[Trace]:
        """Return what was recorded."""
        store = Store(self.folder / ".queryscope" / "store.sqlite3")
        found = [store.report(row.id).trace for row in store.newest(100)]
        store.close()
        return found

    def traces(self) -> dict[str, Trace]:
        """Return the traces of tests by name."""
        found = self.recorded()
        assert {trace.kind for trace in found} <= {"test"}
        assert len({trace.name for trace in found}) == len(found), "a test was recorded twice"
        return {trace.name: trace for trace in found}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_pytest_records_where_it_is_asked_to(project: Project) -> None:
    """One trace a test, named by its node id, with what it asked itself and what its requests did."""
    printed = project.pytest("test_functions.py", *PLUGIN)
    assert "2 failed, 2 passed, 1 skipped, 1 xfailed" in printed
    traces = project.traces()
    assert {name: row.queries for name, row in traces.items()} == {
        "test_functions.py::test_page": 2,
        "test_functions.py::test_fails[1]": 1,
        "test_functions.py::test_fails[2]": 1,
        "test_functions.py::test_skips": 1,
        "test_functions.py::test_fails_as_expected": 1,
        "test_functions.py::test_async": 1,
    }
    (page,) = (trace for trace in project.recorded() if trace.name.endswith("::test_page"))
    assert [lane.label for lane in page.lanes if lane.name == "request"] == ["GET /people/"]
    failed = {name for name, row in traces.items() if row.error}
    assert failed == {f"test_functions.py::test_fails[{number}]" for number in (1, 2)}
    assert str(traces["test_functions.py::test_fails[1]"].error).startswith("AssertionError: assert 0 == 1")


def test_pytest_records_classes_of_unittest(project: Project) -> None:
    """With their ``setUp``; the failures of these are told to pytest, not raised."""
    project.pytest("test_classes.py", *PLUGIN)
    traces = project.traces()
    assert traces["test_classes.py::First::test_page"].error is None
    assert traces["test_classes.py::First::test_fails"].error == "AssertionError: 1 != 2"
    # The third is Django's own: it checks the constraints after a test that passed.
    assert traces["test_classes.py::First::test_page"].queries == 3


@pytest.mark.parametrize("options", [(), ("--parallel", "2")], ids=["one process", "two processes"])
def test_djangos_runner_records_where_it_is_asked_to(project: Project, options: tuple[str, ...]) -> None:
    """By one setting; every test once, whichever process runs it."""
    with (project.folder / "project.py").open("a") as settings:
        settings.write(RUNNER)
    printed = project.django("test_classes", *options)
    assert "Ran 4 tests" in printed, printed
    traces = project.traces()
    assert {name: (row.queries, (row.error or "").partition(":")[0]) for name, row in traces.items()} == {
        "test_classes.First.test_page": (2, ""),
        "test_classes.First.test_fails": (2, "AssertionError"),
        "test_classes.First.test_parts": (3, "AssertionError"),
        "test_classes.Second.test_errs": (1, "DoesNotExist"),
    }


def test_nothing_is_recorded_unasked(project: Project) -> None:
    """Also with ``DEBUG``, which records everything else."""
    with (project.folder / "project.py").open("a") as settings:
        settings.write("DEBUG = True\n")
    assert "passed" in project.pytest("test_functions.py")
    assert "Ran 4 tests" in project.django("test_classes")
    assert not (project.folder / ".queryscope").exists()


def test_a_no_in_the_settings_stands(project: Project) -> None:
    """``ENABLED = False`` is not overruled by a plugin."""
    with (project.folder / "project.py").open("a") as settings:
        settings.write("QUERYSCOPE = {'ENABLED': False}\n")
    assert "2 failed, 2 passed" in project.pytest("test_functions.py", *PLUGIN)
    assert not (project.folder / ".queryscope").exists()
