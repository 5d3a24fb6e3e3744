"""The revision of the project's code, compared with what git itself says, in every way a repository may lie on disk."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from queryscope.profiler import revision as module
from queryscope.profiler.revision import revision
from queryscope.profiler.scopes.block import profile
from tests.conftest import Recording

IDENTITY = {"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.com"}
ENVIRONMENT = (
    os.environ
    | IDENTITY
    | {name.replace("AUTHOR", "COMMITTER"): value for name, value in IDENTITY.items()}
    | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
)

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", *words], cwd=folder, env=ENVIRONMENT, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def commit(folder: Path, message: str = "m") -> str:
    git(folder, "commit", "--allow-empty", "-q", "-m", message)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository on its first branch, with one commit."""
    folder = tmp_path / "project"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    commit(folder)
    return folder


def test_a_branch(checkout: Path) -> None:
    """Also from a folder within."""
    inner = checkout / "src" / "app"
    inner.mkdir(parents=True)
    assert revision(checkout) == revision(inner) == git(checkout, "rev-parse", "HEAD")


def test_it_follows_the_checkout(checkout: Path) -> None:
    """A commit, a switch and a detached head are seen with the next trace."""
    first = revision(checkout)
    second = commit(checkout, "second")
    assert revision(checkout) == second != first
    git(checkout, "switch", "-q", "-c", "other", "HEAD~1")
    assert revision(checkout) == first
    git(checkout, "switch", "-q", "--detach", "main")
    assert revision(checkout) == second


def test_packed_references(checkout: Path) -> None:
    """After garbage was collected no file has the branch's name; a new commit makes one again."""
    head = git(checkout, "rev-parse", "HEAD")
    git(checkout, "pack-refs", "--all", "--prune")
    assert not (checkout / ".git" / "refs" / "heads" / "main").exists()
    assert revision(checkout) == head
    assert head != commit(checkout, "later") == revision(checkout)


def test_a_worktree(checkout: Path, tmp_path: Path) -> None:
    """Its ``.git`` is a file, its branch is in the repository that it was made from."""
    tree = tmp_path / "tree"
    git(checkout, "worktree", "add", "-q", "-b", "side", str(tree))
    head = commit(tree, "on the side")
    assert revision(tree) == head != revision(checkout)
    git(checkout, "pack-refs", "--all", "--prune")
    assert revision(tree) == head


def test_a_submodule(checkout: Path, tmp_path: Path) -> None:
    """Its ``.git`` is a file with a relative path, and the revision is its own."""
    outer = tmp_path / "outer"
    outer.mkdir()
    git(outer, "init", "-q")
    commit(outer, "outer")
    git(outer, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(checkout), "inner")
    assert (outer / "inner" / ".git").is_file()
    assert revision(outer / "inner") == revision(checkout) != revision(outer)


def test_no_repository_and_one_without_a_commit(tmp_path: Path) -> None:
    """There is no revision yet, and there is one as soon as git has one."""
    assert revision(tmp_path) is None
    git(tmp_path, "init", "-q")
    assert revision(tmp_path) is None
    assert commit(tmp_path) == revision(tmp_path)


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\xff\xfe\x00",
        b"ref: ",
        b"ref: ../../etc/passwd",
        b"ref: refs/../../../secret",
        b"ref: refs/heads/a\x00b",
        b"ref: refs/heads/" + b"x" * 5000,
        b"ref: refs/heads/round",
        b"g" * 40,
        b"0" * 39,
    ],
)
def test_a_damaged_repository_tells_nothing(checkout: Path, head: bytes) -> None:
    """And raises nothing, whatever stands in its files."""
    (checkout / ".git" / "refs" / "heads" / "round").write_text("ref: refs/heads/round\n")
    (checkout / ".git" / "HEAD").write_bytes(head)
    assert revision(checkout) is None


def test_a_pointer_to_nowhere(tmp_path: Path) -> None:
    """As a copied worktree has it; a pipe in its place is not waited for."""
    (tmp_path / ".git").write_text("gitdir: /nowhere/at/all\n")
    assert revision(tmp_path) is None
    (tmp_path / ".git").write_bytes(b"gitdir: \x00\n")
    assert revision(tmp_path) is None
    (tmp_path / ".git").unlink()
    os.mkfifo(tmp_path / ".git")
    assert revision(tmp_path) is None


def test_nothing_is_read_twice(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A trace costs a look at the times of a few files."""
    head = revision(checkout)

    def refuse(*_: Any) -> Any:
        raise AssertionError("a file was read again")

    monkeypatch.setattr(module._Reading, "_text", refuse)
    assert revision(checkout) == head


@pytest.mark.django_db(transaction=True)
def test_a_trace_has_the_revision(recording: Recording, settings: Any, checkout: Path) -> None:
    """The one that is checked out when the work ends."""
    settings.BASE_DIR = checkout
    with profile("block"), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    assert recording.summaries[0].commit == git(checkout, "rev-parse", "HEAD")
