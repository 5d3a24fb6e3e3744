"""The manager of a model is called as the code of the trace calls it."""

from __future__ import annotations

import pytest

from queryscope.profiler.analysis.advice.managers import manager, related
from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.config import Config
from queryscope.profiler.trace import Relation
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


def test_a_relation_tells_the_default_manager() -> None:
    """It is the one by which its rows are reached, whatever else a line asks."""
    span = loaded(1, build_sites=(call_site(source="Note.recent.all()"),), call_site=None, model="blog.Note")
    found = {
        name: Relation(
            model="catalog.Book",
            name="notes",
            kind="reverse",
            to="blog.Note",
            nullable=True,
            query_name="note",
            manager=name,
        )
        for name in ("notes", None)
    }
    assert (
        related(Evidence(trace(spans=(span,), relations=(found["notes"],)), Config()), "blog.Note")
        == "Note.notes"
    )
    assert (
        related(Evidence(trace(spans=(span,), relations=(found[None],)), Config()), "blog.Note")
        == "Note.recent"
    )
    assert related(Evidence(trace(spans=()), Config()), "blog.Note") == "Note.objects"
