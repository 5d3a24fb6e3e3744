"""A unified diff as rows: numbers of both sides, signs, and what changed within a line."""

from __future__ import annotations

from queryscope.dashboard.presentation.diff import diff_of
from tests.dashboard.lantern import DIFF


def test_each_line_has_its_numbers_and_its_sign() -> None:
    """An added line has no old number, a removed one no new one."""
    (file,) = diff_of(DIFF)
    assert (file.name, file.added, file.removed) == ("catalog/views.py", 1, 1)
    shown = [(row.css, row.old, row.new, row.sign) for row in file.rows]
    assert shown == [
        ("hunk", "", "", ""),
        ("", "31", "31", ""),
        ("", "32", "32", ""),
        ("del", "33", "", "−"),
        ("add", "", "33", "+"),
    ]


def test_what_changed_in_a_line_is_marked() -> None:
    """Only where one line took the place of one."""
    (file,) = diff_of(DIFF)
    assert [part.text for part in file.rows[4].parts if part.changed] == ['.select_related("author")']
    assert [part.text for part in file.rows[3].parts if part.changed] == []
    (several,) = diff_of("--- a/x\n+++ b/x\n@@ -1,1 +1,2 @@\n-a\n+b\n+c\n")
    assert not any(part.changed for row in several.rows for part in row.parts)


def test_several_files_and_lines_that_look_like_heads() -> None:
    """A removed comment of SQL begins with three dashes and is no head of a file."""
    text = "--- a/one\n+++ b/one\n@@ -1 +1 @@\n--- comment\n+x\n--- a/two\n+++ b/two\n@@ -1 +1 @@\n-a\n+b\n"
    files = diff_of(text)
    assert [file.name for file in files] == ["one", "two"]
    assert "".join(part.text for part in files[0].rows[1].parts) == "-- comment"


def test_no_diff_is_no_file() -> None:
    """Nor is text that is none."""
    assert diff_of(None) == ()
    assert diff_of("hello\nworld") == ()
    assert diff_of("\\ No newline at end of file") == ()
