"""The few phrases that advice is made of."""

from __future__ import annotations

from collections.abc import Sequence


def listed(names: Sequence[str]) -> str:
    """Return names as an enumeration: ``a``, ``a and b``, ``a, b and c``."""
    *head, last = names
    return f"{', '.join(head)} and {last}" if head else last


def rows_of(model: str | None) -> str:
    """Return what the rows of a model (``catalog.Book``) are called: ``Book rows``."""
    return f"{model.rpartition('.')[2]} rows" if model else "rows"
