"""The line that asked, as it is to read: only where the text leaves no doubt, and as a diff where the file still holds it."""

from __future__ import annotations

from pathlib import Path

import pytest

from queryscope.profiler.analysis.advice import lines
from tests.analysis.querysets import loaded
from tests.builders import call_site, template_site

EXISTS = {
    "if books:": "if books.exists():",
    "    elif not self.books:": "elif not self.books.exists():",
    "reviewed = bool(Review.objects.filter(book=book))": "reviewed = Review.objects.filter(book=book).exists()",
    "return bool(books) and ready": "return books.exists() and ready",
    'text = "yes" if books else "no"': 'text = "yes" if books.exists() else "no"',
    "if books and ready:": None,
    "if bool(books) or bool(others):": None,
    "bool(a or b)": None,
    "check(books)": None,
}
COUNT = {
    "n = len(books)": "n = books.count()",
    "n = len(Book.objects.filter(pages=f(1)).all()) + 1": "n = Book.objects.filter(pages=f(1)).all().count() + 1",
    "n = len(books) + len(others)": None,
    "n = len(books or others)": None,
    "n = len(list(books))": None,
    "n = self.len(books)": None,
}
ITERATOR = {
    "worth = sum(book.price for book in books.iterator())": "worth = sum(book.price for book in books)",
    "for book in books.iterator(chunk_size=100):": "for book in books:",
    "zip(a.iterator(), b.iterator())": None,
    "for book in books:": None,
}


@pytest.mark.parametrize(("old", "new"), EXISTS.items())
def test_exists(old: str, new: str | None) -> None:
    """A test of one queryset."""
    line = lines.exists(loaded(call_site=call_site(source=old)))
    assert (line and line.code) == new


@pytest.mark.parametrize(("old", "new"), COUNT.items())
def test_count(old: str, new: str | None) -> None:
    """A number of one queryset."""
    line = lines.count(loaded(call_site=call_site(source=old)))
    assert (line and line.code) == new


@pytest.mark.parametrize(("old", "new"), ITERATOR.items())
def test_iterator(old: str, new: str | None) -> None:
    """One call of it."""
    line = lines.without_iterator(call_site(source=old))
    assert (line and line.code) == new


@pytest.mark.parametrize(
    ("change", "old", "new"),
    [
        (lines.exists, "{% if books %}", "{% if books.exists %}"),
        (
            lines.exists,
            "  {% if not shelf.books %}none{% endif %}",
            "{% if not shelf.books.exists %}none{% endif %}",
        ),
        (lines.exists, "{% if books and x %}", None),
        (lines.count, "<b>{{ books|length }}</b>", "<b>{{ books.count }}</b>"),
        (lines.length, "<b>{{ books.count }}</b>", "<b>{{ books|length }}</b>"),
        (lines.length, "{{ a.count }} {{ b.count }}", None),
    ],
)
def test_templates(change: object, old: str, new: str | None) -> None:
    """The same in the language of templates."""
    line = change(loaded(template_site=template_site(source=old), via_template=True))  # type: ignore[operator]
    assert (line and line.code) == new


def test_the_diff_needs_the_line_that_was_recorded(tmp_path: Path) -> None:
    """A file that changed since is left alone."""
    file = tmp_path / "views.py"
    file.write_text("def reviewed(books):\n    return bool(books)\n")
    site = call_site("views.py", 2, file=str(file), source="    return bool(books)")
    line = lines.exists(loaded(call_site=site))
    assert line is not None and line.diff is not None
    assert "-    return bool(books)\n+    return books.exists()\n" in line.diff
    file.write_text("\n\ndef reviewed(books):\n    return bool(books)\n")
    moved = lines.exists(loaded(call_site=site))
    assert moved is not None and moved.diff is None


@pytest.mark.parametrize(
    ("body", "line", "again"),
    [
        ("    if books:\n        return 1\n    return 2\n", 2, False),
        ("    found = bool(books)\n    return found, bool(books)\n", 2, True),
        ("    found = bool(books)\n    return found, list(others)\n", 2, False),
        ("    for shelf in others:\n        if books:\n            pass\n", 3, True),
        ("    for books in others:\n        if books:\n            pass\n", 3, False),
        ("    return [x for x in others if bool(books)]\n", 2, True),
        ("    if self.books:\n        return self.others\n    return self.books\n", 2, True),
        ("    if self.books:\n        return self.others\n", 2, False),
    ],
)
def test_who_asks_once_more_is_told_to_keep_the_answer(
    tmp_path: Path, body: str, line: int, again: bool
) -> None:
    """A queryset keeps its rows for the next time, ``exists()`` does not."""
    file = tmp_path / "views.py"
    file.write_text(f"def shown(self, books, others):\n{body}")
    source = file.read_text().splitlines()[line - 1]
    span = loaded(call_site=call_site("views.py", line, file=str(file), source=source))
    advice = lines.instead(lines.exists(span), ".exists()", span, "Ask.")
    assert ("give the answer a name" in advice.summary) is again
    assert (advice.diff is None) is again
    assert (advice.code is None) is again
