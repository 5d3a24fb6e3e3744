"""The file of ignored problems: written by people and by us, read when it changes, never damaged."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

import pytest

from queryscope.profiler.errors import IgnoreError
from queryscope.profiler.ignored import Ignored, IgnoredFile, needed
from tests import builders

BY_HAND = """\
# What we live with.

[[ignored]]  # decided in March
rule = "n-plus-one"
model = "catalog.*"
file = 'catalog/*.py'
reason = '''
Two
[[ignored]]
lines'''
date = 2026-03-12

# The report at night.
[[ignored]]
identity = "aaaa"
reason = "a \\"quoted\\" reason"

# And this one stays.
[[ignored]]
identity = "bbbb"
reason = "b"
"""


@pytest.fixture
def file(tmp_path: Path) -> IgnoredFile:
    return IgnoredFile(tmp_path / "ignored.toml")


def test_a_file_that_is_not_there_ignores_nothing(file: IgnoredFile) -> None:
    """And asking does not make it."""
    assert (file.entries(), file.read(), file.reason(builders.finding())) == ((), (), None)
    assert file.remove("x") is False
    assert not file.path.exists()


def test_what_is_added_is_read_again(file: IgnoredFile) -> None:
    """Any text survives the way, with a head that explains the file to whoever finds it."""
    odd = 'it\'s "odd" \\ \t \r\n \x00\x7f\u2028 [[ignored]] # ü \U0001f4d6'
    entry = Ignored(identity="aaaa", rule="n-plus-one", title=odd, reason=odd, date="2026-03-12")
    file.add(entry)
    file.add(Ignored(identity="bbbb", reason="b"))
    assert file.read() == file.entries() == (entry, Ignored(identity="bbbb", reason="b"))
    assert file.path.read_text().startswith("# ")


def test_what_people_wrote_stays_byte_for_byte(file: IgnoredFile) -> None:
    """Comments and unusual strings are not ours to change."""
    file.path.write_text(BY_HAND)
    file.add(Ignored(identity="cccc", reason="c"))
    assert file.path.read_text().startswith(BY_HAND)
    assert file.remove("cccc") is True
    assert file.path.read_text().rstrip() == BY_HAND.rstrip()


def test_an_entry_is_taken_out_alone(file: IgnoredFile) -> None:
    """The comment above the next one stays with that."""
    file.path.write_text(BY_HAND.replace("[[ignored]]\nlines", "lines"))
    assert file.remove("aaaa") is True
    text = file.path.read_text()
    assert "aaaa" not in text and "# And this one stays.\n[[ignored]]" in text
    assert [entry.identity for entry in file.read()] == [None, "bbbb"]


def test_a_file_that_cannot_be_changed_safely_is_left_alone(file: IgnoredFile) -> None:
    """Inline tables are valid, and nobody but a person takes them apart."""
    text = 'ignored = [{identity = "aaaa", reason = "a"}]\n'
    file.path.write_text(text)
    assert file.entries()[0].reason == "a"
    for act in (lambda: file.remove("aaaa"), lambda: file.add(Ignored(identity="b", reason="b"))):
        with pytest.raises(IgnoreError, match="by hand"):
            act()
    assert file.path.read_text() == text


def test_the_same_identity_is_replaced(file: IgnoredFile) -> None:
    """A better reason takes the place of the first."""
    file.add(Ignored(identity="aaaa", reason="a"))
    file.add(Ignored(identity="aaaa", reason="better"))
    assert [entry.reason for entry in file.entries()] == ["better"]


def test_line_ends_and_mode_are_kept(file: IgnoredFile) -> None:
    """A checkout on Windows, a file that only its owner may read, a link to where it really is."""
    real = file.path.with_name("real.toml")
    real.write_bytes(b'# ours\r\n[[ignored]]\r\nidentity = "aaaa"\r\nreason = "a"\r\n')
    real.chmod(0o600)
    file.path.symlink_to(real)
    file.add(Ignored(identity="bbbb", reason="b"))
    assert real.read_bytes().startswith(b"# ours\r\n[[ignored]]\r\n")
    assert real.stat().st_mode & 0o777 == 0o600
    assert file.path.is_symlink() and len(file.entries()) == 2
    assert sorted(path.name for path in file.path.parent.iterdir()) == ["ignored.toml", "real.toml"]


@pytest.mark.parametrize(
    ("changes", "covered"),
    [
        ({"identity": "n-plus-one-identity"}, True),
        ({"identity": "other"}, False),
        ({"rule": "n-plus-one"}, True),
        ({"rule": "slow-query"}, False),
        ({"rule": "n-plus-one", "model": "catalog.*"}, True),
        ({"rule": "n-plus-one", "model": "shop.*"}, False),
        ({"rule": "n-plus-one", "relation": "author", "path": "aut*"}, True),
        ({"rule": "n-plus-one", "relation": "author", "path": "publisher"}, False),
        ({"rule": "n-plus-one", "file": "catalog/*.py"}, True),
        ({"rule": "n-plus-one", "file": "catalog/book_list.html"}, True),
        ({"rule": "n-plus-one", "file": "shop/*"}, False),
    ],
)
def test_what_an_entry_covers(changes: dict[str, Any], covered: bool) -> None:
    """An identity alone, or a rule with every pattern that is given."""
    assert Ignored(reason="r", **changes).covers(builders.finding()) is covered


def test_a_pattern_does_not_fit_what_is_unknown() -> None:
    """A finding without a model is of no model."""
    entry = Ignored(rule="n-plus-one", model="*", reason="r")
    assert entry.covers(builders.finding(model=None)) is False


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[[ignored]]\nreason = "a\n', "line 2"),
        ('[[ignored]]\nidentity = "a"\nreason = "a"\n\n[[ignored]]\nidentity = "b"\n', "line 5: .*`reason`"),
        ('[[ignored]]\nidentity = "a"\nreason = "  "\n', "line 1: the reason is empty"),
        ('[[ignored]]\nreason = "a"\n', "line 1: name an identity, or a rule"),
        ('[[ignored]]\nidentity = "a"\nreason = "a"\nrul = "x"\n', "line 1: .*`rul`"),
        ('[[ignored]]\nidentity = 5\nreason = "a"\n', "line 1: .*`str.*`identity`"),
        ("[ignored]\n", "double brackets"),
        ("[[ignore]]\n", "'ignore'"),
        ("ignored = [1]\n", "entry 1"),
    ],
)
def test_a_malformed_file_is_one_warning_with_the_line(
    file: IgnoredFile, text: str, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is ignored, nothing is lost, and the warning is not repeated with each trace."""
    file.path.write_text(text)
    with caplog.at_level(logging.WARNING, logger="queryscope"):
        assert file.entries() == file.entries() == ()
    (record,) = caplog.records
    assert record.getMessage().startswith(f"queryscope ignores no problem by its file: {file.path}")
    with pytest.raises(IgnoreError, match=words):
        file.read()
    with pytest.raises(IgnoreError, match=words):
        file.add(Ignored(identity="x", reason="x"))
    assert file.path.read_text() == text


def test_bytes_that_are_no_text(file: IgnoredFile) -> None:
    """A picture by the wrong name is refused like any other mistake."""
    file.path.write_bytes(b"\xff\xfe\x00")
    assert file.entries() == ()
    with pytest.raises(IgnoreError, match="cannot be read"):
        file.read()


def test_a_change_is_seen(file: IgnoredFile) -> None:
    """What a colleague committed counts with the next trace; what was mended counts again."""
    file.path.write_text("[[")
    assert file.entries() == ()
    file.path.write_text(BY_HAND)
    assert len(file.entries()) == 3
    file.path.unlink()
    assert file.entries() == ()


def test_it_is_read_once(file: IgnoredFile, monkeypatch: pytest.MonkeyPatch) -> None:
    """A trace costs one look at the file's time."""
    file.path.write_text(BY_HAND)
    known = file.entries()
    monkeypatch.setattr(IgnoredFile, "read", lambda self: pytest.fail("the file was read again"))
    assert file.entries() is known


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_must_not_be_written_is_a_sentence(file: IgnoredFile) -> None:
    """Where to write is the project's business."""
    file.path.parent.chmod(0o500)
    try:
        with pytest.raises(IgnoreError, match="cannot be written"):
            file.add(Ignored(identity="a", reason="a"))
    finally:
        file.path.parent.chmod(0o700)


def test_a_place_that_is_no_folder_is_a_sentence(tmp_path: Path) -> None:
    """The setting may name anything."""
    (tmp_path / "file").write_text("")
    file = IgnoredFile(tmp_path / "file" / "ignored.toml")
    assert file.entries() == ()
    with pytest.raises(IgnoreError, match="cannot be written"):
        file.add(Ignored(identity="a", reason="a"))


def test_a_reason_is_text() -> None:
    """What a terminal could not decode is escaped."""
    assert needed(" a\udc80 ") == "a\\udc80"
    for empty in (None, "", " \t"):
        with pytest.raises(IgnoreError):
            needed(empty)
