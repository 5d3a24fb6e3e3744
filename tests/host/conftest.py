"""An environment with the wheel and without the checkout, and projects in it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.distribution import Distribution
from tests.host.project import Host

VIEWS = """
from django.contrib.auth.models import User
from django.http import HttpResponse


def people(request):
    return HttpResponse(f"{User.objects.count()} people")
"""


@pytest.fixture(scope="session")
def python(distribution: Distribution, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment into which the wheel was installed, the other libraries being borrowed."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    found = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(found), "--disable-pip-version-check", "install"]
    subprocess.run([*pip, "--quiet", "--no-deps", "--no-index", distribution.wheel], check=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    # As a line of a .pth file the folder is searched, but its own .pth files, and so the editable install, are not.
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return found


@pytest.fixture(scope="session")
def empty(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a project that does not know queryscope: one page that asks the database, the tables made."""
    host = Host(tmp_path_factory.mktemp("empty") / "project", python)
    host.run("-m", "django", "startproject", "host", ".")
    host.write("host/views.py", VIEWS)
    host.append("host/urls.py", "from host.views import people\nurlpatterns += [path('people/', people)]")
    host.manage("migrate", "--verbosity", "0")
    return host.folder


@pytest.fixture
def plain(empty: Path, tmp_path: Path, python: Path) -> Host:
    """A project of the test's own without queryscope."""
    host = Host(tmp_path / "project", python)
    shutil.copytree(empty, host.folder, dirs_exist_ok=True)
    return host


@pytest.fixture
def host(plain: Host) -> Host:
    """The same after README.md's steps."""
    plain.install()
    return plain
