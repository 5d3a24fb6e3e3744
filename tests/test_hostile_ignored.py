"""A file of ignored problems that is none: read in no time, with one warning, and never an exception of another kind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from queryscope.profiler.errors import IgnoreError
from queryscope.profiler.ignored import MOST_BYTES, Ignored, IgnoredFile

ENTRY = '[[ignored]]\nidentity = "aaaa"\nreason = "x"\n'
TEXTS = {
    "brackets too deep to be read": "a = " + "[" * 5_000,
    "a number that is too long": f"{ENTRY}date = {'9' * 5_000}\n",
    "more bytes than a list of problems has": ENTRY + "#" * MOST_BYTES,
    "a control character": f"{ENTRY}\x00",
}

ADDS = """
import sys
from pathlib import Path
from queryscope.profiler.ignored import Ignored, IgnoredFile

file = IgnoredFile(Path(sys.argv[1]))
for number in range(20):
    file.add(Ignored(identity=f"{sys.argv[2]}-{number}", reason="x"))
"""


@pytest.fixture
def file(tmp_path: Path) -> IgnoredFile:
    return IgnoredFile(tmp_path / "ignored.toml")


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_text_that_cannot_be_understood_ignores_nothing(file: IgnoredFile, text: str) -> None:
    """Whoever asks for the entries goes on; whoever wants to change the file is told why not."""
    file.path.write_text(text)
    assert file.entries() == ()
    for change in (lambda: file.add(Ignored(identity="b", reason="b")), lambda: file.remove("aaaa")):
        with pytest.raises(IgnoreError, match=r"ignored\.toml"):
            change()
    assert file.path.read_text() == text


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_is_not_waited_for(file: IgnoredFile) -> None:
    """Nobody may ever write to it."""
    os.mkfifo(file.path)
    assert file.entries() == ()
    with pytest.raises(IgnoreError, match="not a regular file"):
        file.add(Ignored(identity="b", reason="b"))


def test_a_folder_and_a_link_to_itself_are_no_file(file: IgnoredFile) -> None:
    """Both are said to be what they are."""
    file.path.mkdir()
    with pytest.raises(IgnoreError, match="not a regular file"):
        file.read()
    file.path.rmdir()
    file.path.symlink_to(file.path)
    assert file.entries() == ()
    with pytest.raises(IgnoreError, match="cannot be read"):
        file.add(Ignored(identity="b", reason="b"))


def test_a_head_in_another_spelling_is_left_to_people(file: IgnoredFile) -> None:
    """The entry is read; where it ends we cannot tell."""
    text = f'{ENTRY}\n[["ignored"]]\nidentity = "bbbb"\nreason = "y"\n'
    file.path.write_text(text)
    assert [entry.identity for entry in file.entries()] == ["aaaa", "bbbb"]
    with pytest.raises(IgnoreError, match="by hand"):
        file.remove("aaaa")
    assert file.path.read_text() == text


def test_thousands_of_entries_are_read_in_one_pass(
    file: IgnoredFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lines are counted for the one entry that is wrong, not for each: that took minutes."""
    counted: list[int] = []
    place = "queryscope.profiler.ignored._place"
    monkeypatch.setattr(place, lambda number, text, path: counted.append(number) or "here")
    file.path.write_text(ENTRY * 4_000)
    assert len(file.entries()) == 4_000
    file.path.write_text(ENTRY * 4_000 + '[[ignored]]\nreason = "z"\n')
    with pytest.raises(IgnoreError, match="here: name an identity"):
        file.read()
    assert counted == [4_000]


@pytest.mark.skipif(sys.platform == "win32", reason="a folder cannot be locked here")
def test_processes_that_write_at_once_lose_nothing(file: IgnoredFile) -> None:
    """Two decisions in two processes are both kept, and nothing is left beside the file."""
    writers = [subprocess.Popen([sys.executable, "-c", ADDS, str(file.path), name]) for name in "abc"]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    assert len(file.read()) == 60
    assert list(file.path.parent.iterdir()) == [file.path]


@pytest.mark.skipif(sys.platform == "win32", reason="a folder cannot be locked here")
def test_whoever_holds_the_folder_is_not_waited_for_long(
    file: IgnoredFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The change is refused, the file can be read."""
    import fcntl

    monkeypatch.setattr("queryscope.profiler.ignored.LOCK_SECONDS", 0.05)
    file.path.write_text(ENTRY)
    descriptor = os.open(file.path.parent, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        with pytest.raises(IgnoreError, match="another process"):
            file.remove("aaaa")
    finally:
        os.close(descriptor)
    assert file.path.read_text() == ENTRY
    assert file.remove("aaaa") is True
