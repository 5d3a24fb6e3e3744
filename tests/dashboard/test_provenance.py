"""Where a query came from, in the drawer: built, loaded and run, with the expression underlined."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from queryscope.dashboard.presentation.request.expression import expressions
from queryscope.dashboard.presentation.request.provenance import Provenance, provenance_of
from queryscope.profiler.trace import FieldSite, Origin, Process, Span
from tests import builders as b

BUILT = b.call_site("catalog/views.py", 30, source="books = Book.objects.all()", function="book_list")
CLONED = b.call_site("catalog/views.py", 31, source='books.order_by("title")', function="book_list")
BOOKS = Origin(id=1, parent=None, root=1, model="catalog.Book", path="", build_sites=(BUILT,), span=3)
LINES = ["def book_list(request):", "    books = Book.objects.filter(", "        genre=1,", "    ).all()", "    return books"]  # fmt: skip


def provenance(span: Span, *others: Span) -> Provenance:
    return provenance_of(span, (span, *others), b.trace(spans=(span, *others)))


def test_what_built_it_comes_before_what_ran_it() -> None:
    """The first expression with its source, the later ones as rows."""
    found = provenance(b.span(1, build_sites=(BUILT, CLONED), load="queryset"))
    assert found.built is not None
    assert (found.built.title, found.built.remark) == ("Built at", "book_list")
    assert [part.title for part in found.built.excerpts] == ["catalog/views.py"]
    assert [(row.function, row.location) for row in found.built.further] == [
        ('books.order_by("title")', "catalog/views.py:31")
    ]
    assert (found.run.title, found.loaded) == ("Run at", ())


def test_a_changed_file_is_said_of_every_line() -> None:
    """In words, under the excerpt and in the rows of the further lines."""
    changed = [replace(site, source_changed=True) for site in (BUILT, CLONED)]
    here = Process(pid=1, host=socket.gethostname())
    trace = b.trace(spans=(b.span(1, build_sites=tuple(changed), load="queryset"),), process=here)
    built = provenance_of(trace.spans[0], trace.spans, trace).built
    assert built is not None
    assert [row.function for row in built.further] == [
        'books.order_by("title") (file changed since it was loaded)'
    ]


def test_several_steps_in_one_line_stand_once() -> None:
    """``Book.objects.filter(...).order_by(...)`` is one place."""
    found = provenance(b.span(1, build_sites=(BUILT, BUILT, CLONED, CLONED), load="queryset"))
    assert found.built is not None
    assert [row.location for row in found.built.further] == ["catalog/views.py:31"]


def test_a_line_that_built_and_ran_it_stands_once() -> None:
    """As in ``for book in Book.objects.all()``."""
    found = provenance(b.span(1, build_sites=(b.call_site(),), call_site=b.call_site(), load="queryset"))
    assert (found.built, found.run.title) == (None, "Built and run at")


def test_a_prefetch_leads_to_the_line_that_built_its_rows() -> None:
    """What Django built for it stands where it ran; the line to edit is that of the rows."""
    found = provenance(
        b.span(4, build_sites=(b.call_site(),), load="prefetch", relation="tags", origin=BOOKS)
    )
    assert found.built is not None
    assert (found.built.title, found.run.title) == ("Its rows were built at", "Built and run at")


@pytest.mark.parametrize(
    ("load", "relation", "words"),
    [
        ("forward", "author", "Follows Book.author from each of 2 rows"),
        ("reverse", "review_set", "Follows Book.review_set from each of 2 rows"),
        ("many", "tags", "Follows Book.tags from each of 2 rows"),
        ("generic", "owner", "Follows Book.owner from each of 2 rows"),
        ("deferred", "summary", "Loads Book.summary, which was deferred, for each of 2 rows"),
        ("prefetch", "tags", "Prefetch of tags"),
        ("raw", None, "Evaluates raw SQL, .raw()"),
    ],
)
def test_a_load_is_told_in_words(load: Any, relation: str | None, words: str) -> None:
    """With the relation, and from how many rows it was followed."""
    spans = [b.span(n, load=load, relation=relation, origin=BOOKS, parent_row=str(n)) for n in (4, 5)]
    loaded = provenance(*spans).loaded
    assert [(link.name, link.value, link.n) for link in loaded] == [
        ("Load", words, None),
        ("From", "rows of catalog.Book", 3),
    ]


def test_the_rows_it_started_from_name_their_path_and_their_line() -> None:
    """The line that built them is the one that a fix edits."""
    origin = Origin(
        id=2, parent=1, root=1, model="catalog.Country", path="author__country", build_sites=(BUILT,)
    )
    found = provenance(b.span(4, load="forward", relation="continent", origin=origin))
    assert found.loaded[1].value == "rows of catalog.Country, reached by author__country"
    assert found.loaded[1].n is None
    assert found.built is not None
    assert (found.built.title, found.built.remark) == ("Its rows were built at", "book_list")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("serializer", "serializer BookSerializer, field author.country"),
        ("admin", "admin list of BookSerializer, column author.country"),
        ("form", "form BookSerializer, field author.country"),
    ],
)
def test_the_field_that_ran_it_is_named(kind: Any, words: str) -> None:
    """With the class that declares it and where that stands."""
    site = FieldSite(
        kind=kind, owner="catalog.api.BookSerializer", path="author.country", file="/srv/api.py", line=7
    )
    (link,) = provenance(b.span(1, field_site=site)).loaded
    assert (link.name, link.value, link.remark) == ("Field", words, "/srv/api.py:7")


def test_the_expression_is_underlined_over_its_lines(tmp_path: Path) -> None:
    """From its first to its last character, whatever the colours; the file of a build site may be read."""
    file = tmp_path / "views.py"
    file.write_text("\n".join(LINES))
    site = b.call_site(file=str(file), line=2, column=13, end_line=4, end_column=12, source=LINES[1])
    trace = b.trace(
        spans=(b.span(1, build_sites=(site,)),), process=Process(pid=1, host=socket.gethostname())
    )
    built = provenance_of(trace.spans[0], trace.spans, trace).built
    assert built is not None
    lines = built.excerpts[0].lines
    under = ["".join(piece.text for piece in line.pieces if "at" in piece.css.split()) for line in lines]
    assert under == ["", "Book.objects.filter(", "genre=1,", ").all()"]
    assert ["".join(piece.text for piece in line.pieces) for line in lines] == LINES[:4]


def test_an_underline_that_would_tell_nothing_is_left_out() -> None:
    """A whole line, an unknown column, or one that the text does not have."""
    text = "    books.all()"
    assert expressions(b.call_site(line=1, column=5, end_line=1, end_column=16), [text], 1) == {}
    assert expressions(b.call_site(line=1, column=None, end_line=1, end_column=16), [text], 1) == {}
    assert expressions(b.call_site(line=1, column=5, end_line=1, end_column=99), [text], 1) == {}
    assert expressions(b.call_site(line=1, column=5, end_line=1, end_column=10), [text], 1) == {1: (4, 9)}
