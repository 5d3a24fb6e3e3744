"""Whatever has an id or a slug is explained in docs/troubleshooting.md."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from queryscope.profiler import errors

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "docs" / "troubleshooting.md").read_text()
CHECKS = sorted(set(re.findall(r"queryscope\.[EW]\d+", (ROOT / "profiler" / "checks.py").read_text())))
SLUGS = [
    error.slug
    for error in vars(errors).values()
    if isinstance(error, type) and issubclass(error, errors.QueryscopeError)
]


@pytest.mark.parametrize("name", [*CHECKS, *SLUGS])
def test_is_explained(name: str) -> None:
    """A heading of its own, to which messages and links can point."""
    assert re.search(rf"^### {re.escape(name)}$", TEXT, re.MULTILINE), (
        f"docs/troubleshooting.md has no '### {name}'"
    )
