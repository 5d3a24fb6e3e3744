"""A question that a function asks again gets a name, by a diff that runs, and is left alone where anything is in doubt."""

from __future__ import annotations

import runpy
import subprocess
from pathlib import Path

import pytest

from queryscope.profiler.analysis.advice.once import Once, once
from tests.analysis.querysets import loaded
from tests.builders import call_site

HEAD = """\
asked = []


class Rows:
    def all(self):
        return iter_of(self)

    def count(self):
        asked.append(1)
        return 2


def iter_of(rows):
    asked.append(1)
    return [1, 2]


def work(books, other=Rows()):
"""
ALL, COUNT = "books.all()", "books.count()"


def change(folder: Path, body: str, expression: str) -> Once | None:
    """Return the change for every line of a function that holds an expression."""
    file = folder / "work.py"
    file.write_text(HEAD + body)
    lines = (HEAD + body).splitlines()
    places = [number for number, line in enumerate(lines, 1) if expression in line]
    spans = []
    for n, number in enumerate(places, 1):
        column = lines[number - 1].index(expression) + 1
        site = call_site(
            "work.py", number, file=str(file), function="work", source=lines[number - 1], column=column,
            end_line=number, end_column=column + len(expression), loop="for n in (1, 2):" if len(places) == 1 else None,
        )  # fmt: skip
        spans.append(loaded(n, call_site=site))
    return once(spans)


@pytest.mark.parametrize(
    ("body", "expression", "code"),
    [
        ("    a = [n for n in books.all()]\n    b = sorted(books.all())\n    return a + b\n", ALL, "rows = list(books.all())"),
        ("    a = books.count()\n    if a:\n        return a + books.count()\n", COUNT, "number = books.count()"),
        ("    a = 0\n    for n in (1, 2):\n        a += n * books.count()\n    return a\n", COUNT, "number = books.count()"),
        ("    rows = 3\n    a = len(books.all())\n    return a + rows + len(books.all())\n", ALL, "rows_once = list(books.all())"),
    ],
    ids=("two lines", "one below the other", "a loop", "a name that is taken"),
)  # fmt: skip
def test_the_diff_makes_it_ask_once(tmp_path: Path, body: str, expression: str, code: str) -> None:
    """The function returns what it did."""
    made = change(tmp_path, body, expression)
    assert made is not None and made.code == code
    file = tmp_path / "work.py"
    before = runpy.run_path(str(file))
    result = before["work"](before["Rows"]())
    subprocess.run(["git", "apply", "-p1"], cwd=tmp_path, input=made.diff, text=True, check=True)
    after = runpy.run_path(str(file))
    assert after["work"](after["Rows"]()) == result
    assert (len(before["asked"]), len(after["asked"])) == (2, 1)


@pytest.mark.parametrize(
    ("body", "expression"),
    [
        ("    a = len(books.all())\n    books = other\n    return a + len(books.all())\n", ALL),
        ("    if other:\n        return len(books.all())\n    return len(books.all())\n", ALL),
        ("    a = len(books.all())\n    return [a, *books.all().filter(n=1)]\n", ALL),
        ("    a = len(books.all())\n    return lambda: len(books.all())\n", ALL),
        ("    if not other:\n        return 1\n    elif books.count():\n        return books.count()\n", COUNT),
        ("    for books in (other, other):\n        a = books.count()\n    return a\n", COUNT),
        ("    a = [len(books.all()) for books in (other, other)]\n    return a\n", ALL),
        ("    a = [*books.all()]\n    return a + save(books.all())\n", ALL),
    ],
    ids=(
        "another value of the name", "one of two ways", "a further method", "a function of its own", "a later condition",
        "what the loop varies", "what a comprehension varies", "a function that may need a queryset",
    ),
)  # fmt: skip
def test_in_doubt_nothing_is_written(tmp_path: Path, body: str, expression: str) -> None:
    """Each name says why."""
    assert change(tmp_path, body, expression) is None
