"""Relations that are loaded row by row, and loops that only look like it."""

from __future__ import annotations

from demo.catalog.models import Book
from tests.corpus.case import positive, silent


@positive("n-plus-one")
def forward() -> list[str]:
    return [book.author.name for book in Book.objects.order_by("pk")[:20]]


@silent("n-plus-one", "the relation is joined already")
def joined() -> list[str]:
    return [book.author.name for book in Book.objects.select_related("author").order_by("pk")[:20]]
