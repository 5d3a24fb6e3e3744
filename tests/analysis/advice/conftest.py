"""Rows of the bookshop that every advice is tried on."""

from __future__ import annotations

import pytest

from demo.blog.models import Comment
from demo.catalog.models import Author, Book, Country, Genre, Publisher, Review


@pytest.fixture
def shelf(transactional_db: None) -> None:
    """Four books, each by an author of its own, with genres, reviews and comments."""
    countries = [Country.objects.create(code=code, name=code) for code in ("de", "no")]
    genres = [Genre.objects.create(name=name, slug=name) for name in ("essays", "crime")]
    house = Publisher.objects.create(name="House", city="Oslo")
    for number in range(4):
        author = Author.objects.create(
            name=f"Author {number}", country=countries[number % 2], born=1900 + number, biography="long"
        )
        book = Book.objects.create(
            title=f"Book {number}", slug=f"b{number}", isbn=str(number), author=author, publisher=house, price=1,
            pages=number, published_on="2000-01-01", description="long", sample="long",
        )  # fmt: skip
        book.genres.set(genres[: number % 2 + 1])
        for stars in (1, 5):
            Review.objects.create(book=book, reader="x", stars=stars, created_at="2000-01-01T00:00Z")
        Comment.objects.create(about=book, name="n", text="t", created_at="2000-01-01T00:00Z")
