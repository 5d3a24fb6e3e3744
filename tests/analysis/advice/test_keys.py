"""A loop that follows a foreign key for nothing but the key is told where that stands already."""

from __future__ import annotations

from pathlib import Path

import pytest

from queryscope.profiler.analysis.rules.n_plus_one import RULE
from tests.analysis.advice.modules import HEADER, module, run
from tests.conftest import Recording

pytestmark = pytest.mark.usefixtures("shelf")


@pytest.mark.parametrize(
    ("read", "told"),
    [
        ("book.author.pk", True),
        ("book.author.id", True),
        ("book.author.name", False),
        ("(book.author.pk, book.author.name)", False),
        ("str(book.author)", False),
    ],
)
def test_only_the_key(read: str, told: bool, recording: Recording, tmp_path: Path) -> None:
    """A join would bring what the row has."""
    source = f"def run():\n    return [{read} for book in Book.objects.order_by('pk')]\n"
    with module(tmp_path, HEADER + source) as made:
        (found,) = RULE.find(run(recording, made).evidence)
    assert any(each.startswith("book.author_id asks nothing") for each in found.advice.alternatives) is told
