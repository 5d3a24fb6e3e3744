"""One annotation stands for counts row by row only where nothing changes their answer, and each row comes once."""

from __future__ import annotations

from pathlib import Path

import pytest

from queryscope.profiler.analysis.rules.count_in_loop import RULE
from tests.analysis.advice.modules import HEADER, module, run
from tests.conftest import Recording

pytestmark = pytest.mark.usefixtures("shelf")
LOOP = "def run():\n    numbers = []\n    for book in Book.objects.{rows}:\n        numbers.append(book.{counted}.count())\n"
END = "    return numbers\n"


def advised(recording: Recording, folder: Path, source: str) -> tuple[str | None, str | None]:
    """Return the code and the diff that are advised."""
    with module(folder, HEADER + source) as made:
        (found,) = RULE.find(run(recording, made).evidence)
        return found.advice.code, found.advice.diff


def test_counted(recording: Recording, tmp_path: Path) -> None:
    """The loop that only counts."""
    _, diff = advised(recording, tmp_path, LOOP.format(rows="order_by('pk')", counted="reviews") + END)
    assert diff is not None and "Count" in diff


def test_rows_are_written_between_the_counts(recording: Recording, tmp_path: Path) -> None:
    """The number would be that from before the loop."""
    write = "        Review.objects.filter(book=book, stars=1).delete()\n        numbers.append(book.reviews.count())\n"
    loop = LOOP.format(rows="order_by('pk')", counted="reviews")
    assert advised(recording, tmp_path, loop + write + END) == (None, None)


def test_a_join_brings_rows_twice(recording: Recording, tmp_path: Path) -> None:
    """An annotation makes one row of them."""
    loop = LOOP.format(rows="filter(reviews__stars__gt=0)", counted="genres")
    assert advised(recording, tmp_path, loop + END) == (None, None)
