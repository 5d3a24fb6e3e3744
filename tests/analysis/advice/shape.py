"""A way in which an application writes a queryset, with what its advice must have made of it."""

from __future__ import annotations

from typing import NamedTuple

LOOP = "[book.author.name for book in books]"


class Shape(NamedTuple):
    """A module whose ``run()`` loads relations row by row, and the text that its patch must hold."""

    source: str
    expected: str
