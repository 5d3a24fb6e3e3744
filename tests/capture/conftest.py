"""The test host instead of the bookshop's pages, recorded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from demo.blog.models import Comment
from demo.catalog.models import Author, Book, Country, Genre, Publisher, Review
from queryscope.profiler.capture import hooks
from queryscope.profiler.checks import MIDDLEWARE
from tests.conftest import Recording
from tests.project import rendering

pytest.register_assert_rewrite("tests.capture.ways")


@pytest.fixture
def host(settings: Any) -> None:
    """The project under test is tests/project, with our middleware alone."""
    settings.ROOT_URLCONF = "tests.project.views"
    settings.MIDDLEWARE = [MIDDLEWARE]
    templates = [dict(settings.TEMPLATES[0])]
    templates[0]["DIRS"] = [Path(__file__).resolve().parents[1] / "project" / "templates"]
    settings.TEMPLATES = templates


@pytest.fixture
def client(host: None, recording: Recording) -> Client:
    """A browser that gets a response with status 500 where a view raises."""
    return Client(raise_request_exception=False)


@pytest.fixture
def countries(transactional_db: None) -> list[Country]:
    """Two countries, committed: threads see them too."""
    return Country.objects.bulk_create(
        [Country(code="de", name="Germany"), Country(code="no", name="Norway")]
    )


@pytest.fixture
def shelf(countries: list[Country]) -> None:
    """Two countries, three authors, a genre."""
    countries = list(Country.objects.order_by("code"))
    Author.objects.bulk_create(
        Author(name=name, country=countries[number % 2], born=1900, biography="long")
        for number, name in enumerate(("Ada", "Bob", "Cy"))
    )
    Genre.objects.create(name="Essays", slug="essays")


@pytest.fixture
def stock(transactional_db: None) -> None:
    """What the pages of tests/project/rendering.py show."""
    rendering.stock()


@pytest.fixture
def unhooked(recording: Recording) -> Iterator[None]:
    """Django as it is before queryscope has been started."""
    hooks.uninstall()
    yield
    hooks.install()


@pytest.fixture
def books(shelf: None) -> None:
    """A book by each author, with a genre, two reviews, a comment."""
    publisher = Publisher.objects.create(name="House", city="Oslo")
    for number, author in enumerate(Author.objects.order_by("pk")):
        book = Book.objects.create(
            title=f"Book {number}", slug=f"b{number}", isbn=str(number), author=author, publisher=publisher, price=1,
            pages=1, published_on="2000-01-01",
        )  # fmt: skip
        book.genres.add(Genre.objects.get())
        for reader in "xy":
            Review.objects.create(book=book, reader=reader, stars=1, created_at="2000-01-01T00:00Z")
        Comment.objects.create(about=book, name="n", text="t", created_at="2000-01-01T00:00Z")
