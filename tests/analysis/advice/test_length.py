"""The number of rows is taken from what a function loads, by a diff only where nothing else can change by it."""

from __future__ import annotations

from pathlib import Path

import pytest

from queryscope.profiler.analysis.advice.length import length
from queryscope.profiler.analysis.advice.lines import Line
from queryscope.profiler.trace import CallSite
from tests.analysis.advice.applying import apply
from tests.analysis.querysets import asked, loaded
from tests.builders import call_site

HEAD = "def work(books, key, shown):\n"


def change(folder: Path, body: str, loads: str) -> Line | None:
    """Return the change of a function that counts by ``….count()`` and loads by ``loads`` in the last other place."""
    file = folder / "work.py"
    file.write_text(HEAD + body)
    text = (HEAD + body).splitlines()
    counting = next(number for number, line in enumerate(text, 1) if ".count()" in line)
    loading = max(
        number for number, line in enumerate(text, 1) if loads in line.replace(f"{loads}.count()", "")
    )
    sites = [
        _site(file, number, text[number - 1], *places)
        for number, places in (
            (counting, (text[counting - 1].index("books"), text[counting - 1].index(".count()") + 8)),
            (loading, (text[loading - 1].rindex(loads), text[loading - 1].rindex(loads) + len(loads))),
        )
    ]
    first, second = (1, 2) if counting <= loading else (2, 1)
    return length(asked(first, call_site=sites[0]), loaded(second, call_site=sites[1]))


def _site(file: Path, number: int, source: str, start: int, end: int) -> CallSite:
    return call_site(
        "work.py", number, file=str(file), function="work", source=source, column=start + 1, end_line=number,
        end_column=end + 1,
    )  # fmt: skip


ALL = "books.filter(a=1)"
MADE = {
    "loaded, then counted": (
        f"    names = [n for n in {ALL}]\n    return names, {ALL}.count()\n", ALL,
        f"    rows = list({ALL})\n    names = [n for n in rows]\n    return names, len(rows)\n",
    ),
    "counted, then gone through": (
        f"    total = {ALL}.count()\n    for n in {ALL}:\n        shown(n, total)\n", ALL,
        f"    rows = list({ALL})\n    total = len(rows)\n    for n in rows:\n        shown(n, total)\n",
    ),
    "the name is taken": (
        f"    rows = {ALL}.count()\n    return rows, sorted({ALL})\n", ALL,
        f"    rows_once = list({ALL})\n    rows = len(rows_once)\n    return rows, sorted(rows_once)\n",
    ),
    "counted below a condition": (
        f"    names = sorted({ALL})\n    if key:\n        names.append({ALL}.count())\n    return names\n", ALL,
        f"    rows = list({ALL})\n    names = sorted(rows)\n    if key:\n        names.append(len(rows))\n    return names\n",
    ),
    "rows with a name": (
        f"    mine = {ALL}\n    total = {ALL}.count()\n    return total, sorted(mine)\n", "mine",
        f"    mine = {ALL}\n    total = len(mine)\n    return total, sorted(mine)\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MADE)
def test_made(name: str, tmp_path: Path) -> None:
    """The function as it is to read."""
    body, loads, expected = MADE[name]
    line = change(tmp_path, body, loads)
    assert line is not None and line.diff is not None
    assert apply(line.diff, HEAD + body) == HEAD + expected
    new = [each for each in expected.splitlines() if each not in body.splitlines()]
    assert line.code.splitlines() == [each.strip() for each in new]


LEFT = {
    "loaded under a condition only": f"    total = {ALL}.count()\n    if key:\n        shown(*list({ALL}))\n    return total\n",
    "loaded by one side of an expression only": f"    total = {ALL}.count()\n    return sorted({ALL}) if total else key\n",
    "a name changes in between": f"    total = {ALL}.count()\n    books = key\n    return total, sorted({ALL})\n",
    "in a loop within": f"    total = {ALL}.count()\n    while key:\n        shown(*list({ALL}))\n    return total\n",
    "another one of each step": f"    total = {ALL}.count()\n    return [sorted({ALL}) for n in range(total)]\n",
}


@pytest.mark.parametrize("name", LEFT)
def test_left(name: str, tmp_path: Path) -> None:
    """What is loaded only sometimes would be loaded always."""
    assert change(tmp_path, LEFT[name], ALL) is None


def test_what_is_given_by_a_function_may_be_another_one(tmp_path: Path) -> None:
    """The function is called twice, and may do more than answer."""
    rows = "books.filter(a=key())"
    assert change(tmp_path, f"    total = {rows}.count()\n    return total, sorted({rows})\n", rows) is None


def test_what_may_need_a_queryset_gets_no_diff(tmp_path: Path) -> None:
    """A function that takes the rows may filter them."""
    line = change(tmp_path, f"    total = {ALL}.count()\n    return shown({ALL}, total)\n", ALL)
    assert line is not None and line.diff is None
    assert line.code == f"rows = list({ALL})\ntotal = len(rows)\nreturn shown(rows, total)"


def test_a_file_that_changed_is_left_alone(tmp_path: Path) -> None:
    """The columns are those of another text."""
    line = change(tmp_path, f"    total = {ALL}.count()\n    return total, sorted({ALL})\n", ALL)
    assert line is not None
    (tmp_path / "work.py").write_text("def work():\n    pass\n")
    span = loaded(2, call_site=_site(tmp_path / "work.py", 3, f"    return total, sorted({ALL})", 25, 42))
    assert length(asked(1, call_site=span.call_site), span) is None
