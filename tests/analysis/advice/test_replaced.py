"""A prefetch that nothing reads makes room for the one that is read; raw SQL names its columns by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from queryscope.profiler.analysis.rules.prefetch_defeated import RULE
from tests.analysis.advice.modules import HEADER, changed, module, run
from tests.analysis.advice.test_calls import load
from tests.conftest import Recording

pytestmark = pytest.mark.usefixtures("shelf")

PREFETCHED = """
from django.db.models import Prefetch
from demo.catalog.models import Review

def run():
    books = Book.objects.prefetch_related({arguments}).order_by("pk")
    return [{row} for book in books]
"""
CHOSEN = 'Prefetch("reviews", queryset=Review.objects.exclude(stars=5), to_attr="chosen_reviews")'
ASKED = "[each.stars for each in book.reviews.exclude(stars=5)]"


def ask(recording: Recording, folder: Path, arguments: str, row: str = ASKED) -> tuple[str, str | None]:
    """Return the module with the advice applied, and what is left to do; the patched one must give the same."""
    with module(folder, HEADER + PREFETCHED.format(arguments=arguments, row=row)) as made:
        before = run(recording, made)
        (found,) = RULE.find(before.evidence)
        assert found.advice.diff is not None, found.advice
        source = changed(made, found.advice.diff)
    with module(folder, source) as patched:
        after = run(recording, patched)
    assert after.result == before.result and after.queries < before.queries
    return source, found.advice.next


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ('"reviews"', f"prefetch_related({CHOSEN})"),
        ('"genres", "reviews"', f'prefetch_related("genres", {CHOSEN})'),
        ('"reviews", "genres"', f'prefetch_related({CHOSEN}, "genres")'),
    ],
)
def test_what_nothing_read_is_replaced(
    arguments: str, expected: str, recording: Recording, tmp_path: Path
) -> None:
    """Kept, it would be the next finding: loaded and not read."""
    source, following = ask(recording, tmp_path, arguments)
    assert expected in source
    assert following is not None and following.startswith("The old prefetch goes")


@pytest.mark.parametrize(
    ("arguments", "row"),
    [
        ('"reviews"', f"(len(book.reviews.all()), {ASKED})"),
        ('"reviews__book"', ASKED),
    ],
)
def test_what_is_read_or_leads_on_stays(
    arguments: str, row: str, recording: Recording, tmp_path: Path
) -> None:
    """Other rows hang on it."""
    source, following = ask(recording, tmp_path, arguments, row)
    assert f"prefetch_related({arguments}, {CHOSEN})" in source
    assert following is not None and "take the old prefetch out" in following


def test_a_column_of_raw_sql(recording: Recording, tmp_path: Path) -> None:
    """Rows of raw() have no only() to name it in."""
    source = """
def run():
    return [book.pages for book in Book.objects.raw("SELECT id, title FROM catalog_book ORDER BY id")]
"""
    with module(tmp_path, HEADER + source) as made:
        advice = load(run(recording, made))
    assert (advice.code, advice.diff) == (None, None)
    assert "Name pages in the SELECT" in advice.summary and advice.where
