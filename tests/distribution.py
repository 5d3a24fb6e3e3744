"""The distribution as a release would build it: sdist first, then the wheel from it, in a copy of the tree."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent


class Distribution(NamedTuple):
    """The two files of a release."""

    sdist: Path
    wheel: Path


@pytest.fixture(scope="session")
def distribution(tmp_path_factory: pytest.TempPathFactory) -> Distribution:
    """Build both once for the test session. A copy, because a build in place takes over what an earlier one left."""
    folder = tmp_path_factory.mktemp("distribution")
    shutil.copytree(ROOT, folder / "tree", ignore=_left_out, symlinks=True)
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", folder / "dist", folder / "tree"],
        check=True,
        capture_output=True,
        text=True,
    )
    (sdist,) = (folder / "dist").glob("*.tar.gz")
    (wheel,) = (folder / "dist").glob("*.whl")
    return Distribution(sdist=sdist, wheel=wheel)


def _left_out(folder: str, names: list[str]) -> set[str]:
    """Leave out environments, caches and what builds leave; a clone has none of it."""
    generated = {"build", "dist", "__pycache__"}
    return {
        name for name in names if name in generated or name.endswith(".egg-info") or _hidden(folder, name)
    }


def _hidden(folder: str, name: str) -> bool:
    return Path(folder) == ROOT and name.startswith(".")
