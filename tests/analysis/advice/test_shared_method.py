"""A method of a queryset serves many callers: what one of them needs goes to the line that evaluates the rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from queryscope.profiler.analysis.rules.n_plus_one import RULE
from tests.analysis.advice.modules import HEADER, changed, module, run
from tests.conftest import Recording

pytestmark = pytest.mark.usefixtures("shelf")

METHOD = """
from django.db import models

class Shelf(models.QuerySet):
    def shown(self, pages=0):
        return self.filter(pages__gte=pages).order_by("pk")

class Shown:
    objects = Shelf(Book)

"""
IN_VIEW = {
    "a loop": (
        "def run():\n    names = []\n    for book in Shown.objects.shown():\n        names.append(book.author.name)\n    return names\n",
        'for book in Shown.objects.shown().select_related("author"):',
    ),
    "a comprehension": (
        "def run():\n    return [book.author.name for book in Shown.objects.shown(0)]\n",
        'for book in Shown.objects.shown(0).select_related("author")]',
    ),
    "an argument": (
        "def names(books):\n    return [book.author.name for book in books]\n\ndef run():\n    return names(list(Shown.objects.shown()))\n",
        'list(Shown.objects.shown().select_related("author"))',
    ),
}
IN_METHOD = {
    "a name that is gone through elsewhere": (
        "def run():\n    books = Shown.objects.shown()\n    return [book.author.name for book in books]\n"
    ),
    "two calls in one line": (
        "def run():\n    return [b.author.name for b in (Shown.objects.shown() if HEADER else Shown.objects.shown(9))]\n"
        "HEADER = True\n"
    ),
}


def patch(source: str, recording: Recording, folder: Path) -> str:
    """Return the module as the advice has it; it gives the same, and asks less."""
    with module(folder, HEADER + METHOD + source) as made:
        before = run(recording, made)
        (found,) = RULE.find(before.evidence)
        assert found.advice.diff is not None, found.advice
        text = changed(made, found.advice.diff)
    with module(folder, text) as patched:
        after = run(recording, patched)
    assert after.result == before.result and after.queries < before.queries
    return text


@pytest.mark.parametrize("name", IN_VIEW)
def test_the_line_that_evaluates_takes_it(name: str, recording: Recording, tmp_path: Path) -> None:
    """The other callers would pay for what they do not read."""
    source, expected = IN_VIEW[name]
    text = patch(source, recording, tmp_path)
    assert expected in text
    assert 'return self.filter(pages__gte=pages).order_by("pk")\n' in text


@pytest.mark.parametrize("name", IN_METHOD)
def test_the_method_takes_it_where_no_line_is_certain(
    name: str, recording: Recording, tmp_path: Path
) -> None:
    """The line that evaluates does not say which rows it has."""
    assert 'order_by("pk").select_related("author")' in patch(IN_METHOD[name], recording, tmp_path)
