"""Fetches the tests that belong to the installed Django: from its source distribution, once for each environment."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import django


def tests() -> Path:
    """Return the folder of Django's tests; fetched and unpacked inside the environment where it is not there yet."""
    folder = Path(sys.prefix) / "django-suite" / django.get_version()
    if not folder.is_dir():
        folder.parent.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
            # Whole or not at all: an interrupted run must not leave half a suite that passes.
            os.rename(_unpacked(_fetched(Path(temporary)), Path(temporary)), folder)
    return folder / "tests"


def _fetched(folder: Path) -> Path:
    # Without isolation: pip asks the sdist for its metadata, and the environment has setuptools already.
    options = (
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--no-binary=django",
        "--no-build-isolation",
    )
    requirement = f"django=={django.get_version()}"
    subprocess.run(
        [sys.executable, "-m", "pip", "download", *options, f"--dest={folder}", requirement], check=True
    )
    (archive,) = folder.glob("*.tar.gz")
    return archive


def _unpacked(archive: Path, folder: Path) -> Path:
    """Unpack ``tests/`` only: what else is in the archive could stand in for the installed Django."""
    with tarfile.open(archive) as sdist:
        top = sdist.getnames()[0].split("/")[0]
        if top.lower() != f"django-{django.get_version()}":
            raise SystemExit(f"{archive.name} holds {top}, and Django {django.get_version()} is installed.")
        members = [member for member in sdist if member.name.startswith(f"{top}/tests/")]
        sdist.extractall(folder, members, filter="data")
    return folder / top
