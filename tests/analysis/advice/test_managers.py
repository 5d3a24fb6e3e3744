"""The manager of a model is called as the code of the trace calls it."""

from __future__ import annotations

import pytest

from queryscope.profiler.analysis.advice.managers import manager
from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.config import Config
from tests.analysis.querysets import loaded
from tests.builders import call_site, trace

LINES = {
    "    books = Book.published.filter(pages=1)": "Book.published",
    "    for book in Book.published.all():": "Book.published",
    "        Book.published": "Book.published",
    "    return get_list_or_404(Book.published, pages=1)": "Book.published",
    "    books = Book.published.all() | Book.objects.filter(pages=1)": "Book.objects",
    "    books = books.filter(state=Book.state.old)": "Book.objects",
    "    if Book.published.name:": "Book.objects",
    "    NoteBook.published.all()": "Book.objects",
    "    rows = books.all()": "Book.objects",
}


@pytest.mark.parametrize(("source", "expected"), LINES.items())
def test_manager(source: str, expected: str) -> None:
    """Django's own name is taken where a line has it, and where none tells."""
    span = loaded(1, build_sites=(call_site(source=source),), call_site=None)
    assert manager(Evidence(trace(spans=(span,)), Config()), "catalog.Book") == expected


def test_another_model_tells_nothing() -> None:
    """Its manager may be called otherwise."""
    span = loaded(
        1, model="catalog.Note", build_sites=(call_site(source="Book.published.all()"),), call_site=None
    )
    assert manager(Evidence(trace(spans=(span,)), Config()), "catalog.Book") == "Book.objects"
