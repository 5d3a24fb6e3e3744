"""All values that a line asks for, read from the head of its loop, where going through it again gives the same."""

from __future__ import annotations

import pytest

from queryscope.profiler.analysis.advice.heads import all_of

FOUND = {
    ("slug", "for slug in slugs:"): "slugs",
    ("slug", "for slug in sorted(slugs):"): "sorted(slugs)",
    ("slug", "title(slug) for slug in form.slugs]"): None,
    ("slug", "for slug in form.slugs]"): "form.slugs",
    ("item.pk", "for item in items:"): "[item.pk for item in items]",
    ("row['pk']", "for row in rows:"): "[row['pk'] for row in rows]",
    ("pk", "for number, pk in enumerate(keys, 1):"): "[pk for number, pk in enumerate(keys, 1)]",
    ("code", "for code, name in names.items():"): "[code for code, name in names.items()]",
    ("code", "for code in names.keys():"): "names.keys()",
    ("a", "for a, b in zip(keys, others):"): "[a for a, b in zip(keys, others)]",
    ("number", "for number in range(10):"): "range(10)",
    ("row.pk", "for row in Book.objects.filter(pages=1):"): None,
    ("key", "for key in read(file):"): None,
    ("clean(slug)", "for slug in slugs:"): None,
    ("other", "for slug in slugs:"): None,
    ("row[name]", "for row in rows:"): None,
    ("slug", "while slug:"): None,
    ("slug", None): None,
}


@pytest.mark.parametrize(("asked", "expected"), FOUND.items())
def test_all_of(asked: tuple[str, str | None], expected: str | None) -> None:
    """What asks the database, or may be used up, is not gone through twice."""
    assert all_of(*asked) == expected
