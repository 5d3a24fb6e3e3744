"""Where anything about a place is in doubt there is no diff, and the code stands alone; odd files keep what they are."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from queryscope.profiler.analysis.advice import eager, edited, placing
from queryscope.profiler.analysis.advice.source import read
from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.config import Config
from queryscope.profiler.finding import Advice
from queryscope.profiler.trace import CallSite, Queryset, Relation, Span
from tests.analysis.advice.applying import apply
from tests.builders import call_site, frame, span, trace

BOOK = '''"""Views."""

def books(request):
    found = Book.objects.order_by("pk")
    return found
'''
AUTHOR = Relation(
    model="catalog.Book",
    name="author",
    kind="forward",
    to="catalog.Author",
    nullable=False,
    query_name="author",
)


def place(
    file: Path, text: str = 'Book.objects.order_by("pk")', line: int = 4, **changes: object
) -> CallSite:
    """Return the place of ``text`` in a line of a file, as a recording has it."""
    source = file.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n").split("\n")[line - 1]
    column = source.index(text) + 1
    site = call_site(
        "shop/views.py", line, file=str(file), column=column, end_column=column + len(text), function="books"
    )
    return replace(site, source=source, **changes)


def loaded(*sites: CallSite, **changes: object) -> Span:
    values = {"model": "catalog.Book", "queryset": Queryset(), "call_site": sites[-1], "stack": (frame(),)}
    return span(1, build_sites=sites, **values | changes)


def evidence(*spans: Span, django: str = "5.2.19", view: str = "shop.views.books") -> Evidence:
    return Evidence(trace(spans=spans, relations=(AUTHOR,), django=django, view=view), Config())


def advised(*sites: CallSite, **changes: object) -> Advice:
    statement = loaded(*sites, **changes)
    return eager(evidence(statement), statement, ["author"])


def views(folder: Path, text: str = BOOK, name: str = "views.py") -> Path:
    file = folder / name
    file.write_bytes(text.encode())
    return file


def test_a_file_of_the_project_gets_a_diff(tmp_path: Path) -> None:
    """What the cases below differ from."""
    file = views(tmp_path)
    advice = advised(place(file))
    assert advice.diff is not None
    assert advice.diff.startswith("--- a/shop/views.py\n+++ b/shop/views.py\n@@ -1,5 +1,5 @@\n")
    assert apply(advice.diff, BOOK) == BOOK.replace(
        'order_by("pk")', 'order_by("pk").select_related("author")'
    )
    assert advice.code == 'found = Book.objects.order_by("pk").select_related("author")'
    assert advice.where == "books in shop/views.py:4"
    assert edited(evidence(loaded(place(file))), loaded(place(file))) == place(file)


def library(folder: Path) -> CallSite:
    (folder / "site-packages").mkdir()
    return place(views(folder / "site-packages"))


def gone(folder: Path) -> CallSite:
    file = views(folder)
    site = place(file)
    file.unlink()
    return site


def changed(folder: Path) -> CallSite:
    return place(views(folder), source_changed=True)


def moved(folder: Path) -> CallSite:
    site = place(views(folder))
    views(folder, BOOK.replace("found = ", "some = "))
    return site


def large(folder: Path) -> CallSite:
    return place(views(folder, BOOK + "# " + "x" * 500_000))


def broken(folder: Path) -> CallSite:
    return place(views(folder, BOOK + "    return (\n"))


def binary(folder: Path) -> CallSite:
    file = views(folder)
    site = place(file)
    file.write_bytes(b"# coding: utf-8\n\xff\xfe\n" + BOOK.encode())
    return site


def template(folder: Path) -> CallSite:
    return place(views(folder, name="views.html"))


def another(folder: Path) -> CallSite:
    return place(views(folder), text="objects.order_by")


def no_queryset(folder: Path) -> CallSite:
    return place(
        views(folder, BOOK.replace('Book.objects.order_by("pk")', "Paginator(some, 10)")),
        "Paginator(some, 10)",
    )


def no_manager(folder: Path) -> CallSite:
    return place(
        views(folder, BOOK.replace('Book.objects.order_by("pk")', 'kept.get("books")')), 'kept.get("books")'
    )


def no_columns(folder: Path) -> CallSite:
    return replace(place(views(folder)), column=None, end_column=None)


def endless(folder: Path) -> CallSite:
    return place(views(folder, BOOK + "    other = 1\n" * 3_000))


def deep(folder: Path) -> CallSite:
    return place(views(folder, BOOK.replace("    found", f"    total = {' + '.join(['1'] * 2_000)}; found")))


def long(folder: Path) -> CallSite:
    numbers = ", ".join(map(str, range(2_000)))
    return place(views(folder, BOOK.replace("pk", numbers)), f'Book.objects.order_by("{numbers}")')


DOUBT: list[Callable[[Path], CallSite]] = [
    library, gone, changed, moved, large, broken, binary, template, another, no_queryset, no_manager, no_columns,
    endless, deep, long,
]  # fmt: skip


@pytest.mark.parametrize("site", DOUBT, ids=lambda each: each.__name__)
def test_no_diff(site: Callable[[Path], CallSite], tmp_path: Path) -> None:
    """The call alone can be pasted still."""
    advice = advised(site(tmp_path))
    assert advice.diff is None
    assert advice.code == '.select_related("author")'


def test_a_file_that_changes_is_read_again(tmp_path: Path) -> None:
    """What was read is kept by time and size."""
    file = views(tmp_path)
    assert advised(place(file)).diff is not None
    views(tmp_path, "# new\n" + BOOK)
    os.utime(file, (1, 1))
    advice = advised(place(file, line=5))
    assert advice.diff is not None and "@@ -2,5 +2,5 @@" in advice.diff


ODD = {
    "lines that end as on Windows": BOOK.replace("\n", "\r\n"),
    "no end of the last line": BOOK.rstrip("\n").replace("    return found", "").rstrip("\n"),
    "a form feed": BOOK.replace('"""Views."""\n', '"""Views."""\n\f\n', 1).replace("\n\ndef", "\ndef"),
    "a mark of byte order": "\ufeff" + BOOK,
    "an escape that is none": BOOK.replace("request):", 'request, text="\\\\d"):'),
}


@pytest.mark.parametrize("name", ODD)
def test_what_a_file_is_like_stays(name: str, tmp_path: Path) -> None:
    """The patched text is the old one with the call in it, to the byte."""
    file = views(tmp_path, ODD[name])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        advice = advised(place(file))
    assert advice.diff is not None
    text = ODD[name].removeprefix("\ufeff")
    assert apply(advice.diff, text) == text.replace(
        'order_by("pk")', 'order_by("pk").select_related("author")'
    )


def test_a_helper_is_said_to_serve_others(tmp_path: Path) -> None:
    """The place is right, and a change of it reaches further than this page."""
    file = views(tmp_path)
    statement = loaded(replace(place(file), function="newest"), call_site=call_site(function="front"))
    advice = eager(evidence(statement, view="shop.views.front"), statement, ["author"])
    assert advice.where == "newest in shop/views.py:4, for everything that uses it"


def test_a_managers_method_is_passed_over_for_its_caller(tmp_path: Path) -> None:
    """Where the caller ends the chain itself, that is the nearer place."""
    file = views(
        tmp_path,
        "class Books(Manager):\n    def get_queryset(self):\n        return super().get_queryset().filter(kept=True)\n\n\n"
        "def book(request, slug):\n    return Book.objects.get(slug=slug)\n",
    )
    built = replace(place(file, "super().get_queryset().filter(kept=True)", 3), function="Books.get_queryset")
    asked = replace(place(file, "Book.objects.get(slug=slug)", 7), function="book")
    advice = advised(built, call_site=asked)
    assert advice.code == 'return Book.objects.select_related("author").get(slug=slug)'


def test_names_replace_what_a_call_without_names_joined(tmp_path: Path) -> None:
    """``select_related()`` passes nullable keys over; with names it joins these alone, so what was read stays named."""
    file = views(tmp_path, BOOK.replace('order_by("pk")', "select_related()"))
    joined = Queryset(joined=("publisher", "shelf"), joined_all=True, read=("publisher",))
    advice = advised(place(file, "Book.objects.select_related()"), queryset=joined)
    assert advice.code == 'found = Book.objects.select_related("publisher", "author")'


def test_rows_that_are_locked_are_not_joined() -> None:
    """PostgreSQL refuses to lock the empty side of a join, and would lock the other table's rows."""
    statement = span(1, model="catalog.Book", sql="SELECT 1 FROM book FOR UPDATE", queryset=Queryset())
    assert eager(evidence(statement), statement, ["author"]).code == '.prefetch_related("author")'


def test_fetch_modes_are_offered_where_there_are_some() -> None:
    """Django 6.1 brought them; they do nothing under iterator(), and none is offered to who chose one."""
    for django, queryset, offered in (
        ("6.1.3", Queryset(), True),
        ("10.0", Queryset(), True),
        ("6.0.10", Queryset(), False),
        ("6.1.3", Queryset(iterator=True), False),
        ("6.1.3", Queryset(fetch_mode="FETCH_PEERS"), False),
    ):
        statement = span(1, model="catalog.Book", queryset=queryset)
        advice = eager(evidence(statement, django=django), statement, ["author"])
        assert any("FETCH_PEERS" in other for other in advice.alternatives) is offered


def test_what_is_loaded_already_is_not_advised_again() -> None:
    """Objects that forgot what was joined need another remedy than one more join."""
    statement = span(1, model="catalog.Book", queryset=Queryset(joined=("author",)))
    advice = eager(evidence(statement), statement, ["author"])
    assert advice.code is None and "already" in advice.summary


def test_no_more_is_parsed_than_the_definition(tmp_path: Path) -> None:
    """The interpreter is held while Python is parsed: neither a long file nor a long class is parsed for one line of it."""
    lines = "\n".join(f"        x{number} = {number}" for number in range(40))
    method = f'    def books{{}}(self):\n        found = Book.objects.order_by("pk")\n{lines}\n        return found\n\n'
    text = "class Views:\n" + "".join(map(method.format, range(30)))
    source = read(str(views(tmp_path, text)))
    assert source is not None
    for line in (2, 600, len(source.lines) - 4):
        (first, *_) = source.blocks(line)
        assert first.start <= line < first.stop
        assert first.stop - first.start < 50
    advice = advised(place(tmp_path / "views.py", line=2 + 44 * 20 + 1))
    assert advice.diff is not None
    assert apply(advice.diff, text).count("select_related") == 1


def test_the_same_problem_is_written_once(tmp_path: Path) -> None:
    """It comes with every request; until the file changes, the answer is kept."""
    site = place(views(tmp_path))
    first, kept = advised(site), placing._written.cache_info().hits
    assert advised(site) == first
    assert placing._written.cache_info().hits == kept + 1
