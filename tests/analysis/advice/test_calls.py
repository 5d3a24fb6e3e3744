"""What is counted, chosen, left out or not read is advised at the queryset, and where the loop reads it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from queryscope.profiler.analysis.advice import counted, deferred, dropped, eager, filtered, ordered
from queryscope.profiler.finding import Advice
from tests.analysis.advice.modules import HEADER, Ran, changed, module, path_of, run
from tests.conftest import Recording

pytestmark = pytest.mark.usefixtures("shelf")


class Asked(NamedTuple):
    """A module, the advice asked for, the text the patch must hold, and how many queries it must save."""

    source: str
    advice: Callable[[Ran], Advice]
    expected: str
    saved: int


def loads(ran: Ran, *kinds: str) -> list[Any]:
    return [span for span in ran.trace.spans if span.origin is not None and span.load in kinds]


def count(ran: Ran) -> Advice:
    spans = loads(ran, "many")
    return counted(ran.evidence, spans[0].origin, [path_of(spans[0])], spans)


def choose(ran: Ran) -> Advice:
    spans = loads(ran, "many")
    return filtered(ran.evidence, spans[0].origin, path_of(spans[0]), spans)


def load(ran: Ran) -> Advice:
    spans = loads(ran, "deferred")
    return deferred(ran.evidence, spans[0].origin, sorted({path_of(span) for span in spans}))


def drop(*paths: str) -> Callable[[Ran], Advice]:
    return lambda ran: dropped(ran.evidence, ran.trace.spans[0], paths)


CASES: dict[str, Asked] = {
    "count": Asked(
        """
def run():
    authors = Author.objects.order_by("pk")
    return [author.books.count() for author in authors]
""",
        count,
        "from django.db.models import Count\nfrom django.shortcuts import *\n\n"
        "def run():\n    authors = Author.objects.order_by(\"pk\").annotate(books_count=Count(\"books\"))\n"
        "    return [author.books_count for author in authors]\n",
        4,
    ),
    "count of all, many to many": Asked(
        """
from django.db import models

def run():
    return [book.genres.all().count() for book in Book.objects.order_by("pk")[:3]]
""",
        count,
        'return [book.genres_count for book in '
        'Book.objects.order_by("pk").annotate(genres_count=models.Count("genres"))[:3]]\n',
        3,
    ),
    "count, with a join": Asked(
        """
from django.db.models import F

def run():
    books = Book.objects.filter(author__born__gte=1900).order_by("pk")
    return [book.reviews.count() for book in books]
""",
        count,
        'from django.db.models import F, Count\n\ndef run():\n    books = Book.objects.filter(author__born__gte=1900)'
        '.order_by("pk").annotate(reviews_count=Count("reviews", distinct=True))\n',
        4,
    ),
    "a choice": Asked(
        """
from demo.catalog.models import Review

def run():
    books = Book.objects.order_by("pk")
    return [[review.stars for review in book.reviews.filter(stars=5).order_by("pk")] for book in books]
""",
        choose,
        'books = Book.objects.order_by("pk").prefetch_related(Prefetch("reviews", '
        'queryset=Review.objects.filter(stars=5).order_by("pk"), to_attr="chosen_reviews"))\n'
        "    return [[review.stars for review in book.chosen_reviews] for book in books]\n",
        3,
    ),
    "a choice beside a prefetch": Asked(
        """
from django.db.models import Prefetch
from demo.catalog.models import Review

def run():
    books = Book.objects.prefetch_related("reviews").order_by("pk")
    return [(len(book.reviews.all()), len(book.reviews.exclude(stars=5))) for book in books]
""",
        choose,
        'prefetch_related("reviews", Prefetch("reviews", queryset=Review.objects.exclude(stars=5), '
        'to_attr="chosen_reviews"))',
        3,
    ),
    "a column": Asked(
        """
def run():
    return [book.price for book in Book.objects.only("title", "slug").order_by("pk")]
""",
        load,
        'Book.objects.only("title", "slug", "price").order_by("pk")]\n',
        4,
    ),
    "deferred columns": Asked(
        """
def run():
    books = Book.objects.defer("price", "sample", "pages").order_by("pk")
    return [(book.price, book.pages) for book in books]
""",
        load,
        'Book.objects.defer("sample").order_by("pk")\n',
        8,
    ),
    "a column of a joined row": Asked(
        """
def run():
    books = Book.objects.select_related("author").defer("author__born").order_by("pk")
    return [book.author.born for book in books]
""",
        load,
        'Book.objects.select_related("author").order_by("pk")\n',
        4,
    ),
    "a join that is not read": Asked(
        """
def run():
    return [book.author.name for book in Book.objects.select_related("author", "publisher").order_by("pk")]
""",
        drop("publisher"),
        'Book.objects.select_related("author").order_by("pk")]\n',
        0,
    ),
    "a join that goes too far": Asked(
        """
def run():
    return [book.author.name for book in Book.objects.select_related("author__country").order_by("pk")]
""",
        drop("author__country"),
        'Book.objects.select_related("author").order_by("pk")]\n',
        0,
    ),
    "a prefetch that is not read": Asked(
        """
def run():
    books = (
        Book.objects.order_by("pk")
        .prefetch_related("genres")
        .filter(pages__gte=0)  # all of them
    )
    return [book.title for book in books]
""",
        drop("genres"),
        '        Book.objects.order_by("pk")\n        .filter(pages__gte=0)  # all of them\n',
        1,
    ),
    "a Prefetch that is not read": Asked(
        """
from django.db.models import Prefetch

def run():
    books = Book.objects.prefetch_related("genres", Prefetch("reviews", Review.objects.order_by("pk")))
    return [len(book.genres.all()) for book in books.order_by("pk")]
""",
        drop("reviews"),
        'books = Book.objects.prefetch_related("genres")\n',
        1,
    ),
    "joins and prefetches in two calls": Asked(
        """
def run():
    books = Book.objects.select_related("author").order_by("pk")
    books = books.prefetch_related("genres", "reviews")
    return [len(book.reviews.all()) for book in books]
""",
        drop("author", "genres"),
        'books = Book.objects.order_by("pk")\n    books = books.prefetch_related("reviews")\n',
        1,
    ),
    "an order": Asked(
        """
def run():
    return [book.pk for book in Book.objects.filter(pages__gte=0)[:3]]
""",
        lambda ran: ordered(ran.evidence, ran.trace.spans[0]),
        'Book.objects.filter(pages__gte=0).order_by("pk")[:3]]\n',
        0,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_call(name: str, recording: Recording, tmp_path: Path) -> None:
    """The patched module gives the same and saves what it should."""
    case = CASES[name]
    with module(tmp_path, HEADER + case.source) as made:
        before = run(recording, made)
        advice = case.advice(before)
        assert advice.diff is not None, advice
        source = changed(made, advice.diff)
    assert case.expected in source, advice.diff
    with module(tmp_path, source) as patched:
        after = run(recording, patched)
    assert after.result == before.result
    assert before.queries - after.queries == case.saved


NONE: dict[str, tuple[str, Callable[[Ran], Advice], str]] = {
    "a choice of a model that the file does not know": (
        """
def run():
    return [len(book.reviews.filter(stars=5)) for book in Book.objects.order_by("pk")]
""",
        choose,
        "queryset=Review.objects.filter(stars=5)",
    ),
    "a count in a method of the row": (
        """
class Proxy(Author):
    class Meta:
        proxy = True
        app_label = "catalog"

    def many(self):
        return self.books.count()

def run():
    return [author.many() for author in Proxy.objects.order_by("pk")]
""",
        count,
        'Proxy.objects.order_by("pk").annotate(books_count=Count("books"))',
    ),
    "columns of a list that stands elsewhere": (
        """
HEAVY = ("price", "sample")

def run():
    return [book.price for book in Book.objects.defer(*HEAVY).order_by("pk")]
""",
        load,
        '.defer("sample")',
    ),
    "a join that a variable names": (
        """
def run(names=("author", "publisher")):
    return [book.title for book in Book.objects.select_related(*names).order_by("pk")]
""",
        drop("publisher"),
        '.select_related("author")',
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", NONE)
def test_no_diff(name: str, recording: Recording, tmp_path: Path) -> None:
    """Where the line that reads, or the argument, is not to be had, the code stands without a diff."""
    source, ask, expected = NONE[name]
    with module(tmp_path, HEADER + source) as made:
        advice = ask(run(recording, made))
    assert advice.diff is None
    assert advice.code and expected in advice.code


def test_a_choice_by_the_row_is_told_in_words(recording: Recording, tmp_path: Path) -> None:
    """No dots stand for what only a person can write."""
    source = """
def run():
    return [len(book.reviews.filter(stars=book.pages)) for book in Book.objects.order_by("pk")]
"""
    with module(tmp_path, HEADER + source) as made:
        advice = choose(run(recording, made))
    assert (advice.code, advice.diff) == (None, None)
    assert "choose among them in Python" in advice.summary


def test_counting_what_is_filtered_is_another_query(recording: Recording, tmp_path: Path) -> None:
    """An annotation would count only the rows that the filter leaves."""
    source = """
def run():
    return [author.books.count() for author in Author.objects.filter(books__pages=1)]
"""
    with module(tmp_path, HEADER + source) as made:
        advice = count(run(recording, made))
    assert advice.code is None and "only those" in advice.summary


def test_values_and_unions_take_no_call(recording: Recording, tmp_path: Path) -> None:
    """Values have no relations; a union is loaded first, and its rows then get theirs."""
    source = """
def run():
    few = Book.objects.filter(pages=1).union(Book.objects.filter(pages=2))
    return [book.author.name for book in few]
"""
    with module(tmp_path, HEADER + source) as made:
        ran = run(recording, made)
    advice = eager(ran.evidence, loads(ran, "forward")[0].origin, ["author"])
    assert advice.diff is None
    assert advice.code and advice.code.endswith('prefetch_related_objects(rows, "author")')
    with module(tmp_path, HEADER + "def run():\n    return list(Book.objects.values('title'))\n") as made:
        ran = run(recording, made)
    assert eager(ran.evidence, ran.trace.spans[0], ["author"]).code is None


def test_rows_that_stand_for_several_have_no_primary_key(recording: Recording, tmp_path: Path) -> None:
    """Ordered by it, distinct values would come as often as there are rows; plain values are ordered like rows."""
    source = "def run():\n    return list(Book.objects.values_list('price', flat=True){}[:3])\n"
    with module(tmp_path, HEADER + source.format(".distinct()")) as made:
        ran = run(recording, made)
    assert ordered(ran.evidence, ran.trace.spans[0]).code is None
    with module(tmp_path, HEADER + source.format("")) as made:
        ran = run(recording, made)
    assert ".order_by('pk')[:3]" in (ordered(ran.evidence, ran.trace.spans[0]).code or "")
