"""How much of everything the shop gets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True)
class Sizes:
    """Numbers of rows at scale 1."""

    authors: int = 500
    publishers: int = 60
    books: int = 4_000
    readers: int = 700
    reviews: int = 30_000
    customers: int = 2_000
    orders: int = 10_000
    posts: int = 60
    comments: int = 2_500

    @classmethod
    def scaled(cls, scale: float) -> Self:
        """Return the sizes times ``scale``, never so few that a page has nothing to show."""
        at_least = {"authors": 60, "publishers": 30, "books": 100, "readers": 15, "posts": 25}
        full = cls()
        return cls(
            **{name: max(at_least.get(name, 80), round(rows * scale)) for name, rows in vars(full).items()}
        )
