"""Fills the shop with countries, authors, publishers, genres, books and reviews."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import islice
from random import Random

from django.utils.text import slugify

from demo.catalog.models import Author, Book, Country, Genre, Publisher, Review
from demo.catalog.reading import READING_TITLES
from demo.orders.countries import COUNTRIES
from demo.seeding.prose import Prose, people, title
from demo.seeding.sizes import Sizes
from demo.seeding.words import GENRES, IMPRINTS, LAST_NAMES, PLACES, PRAISE

LAST_DAY = date(2026, 2, 28)
BATCH = 1000


def fill_catalogue(rng: Random, prose: Prose, sizes: Sizes) -> list[Book]:
    """Write everything the shop sells and return the books."""
    _people(rng, prose, sizes)
    books = _books(rng, prose, sizes)
    _genres(rng, books)
    _reviews(rng, prose, books, sizes)
    return books


def _people(rng: Random, prose: Prose, sizes: Sizes) -> None:
    Country.objects.bulk_create(
        Country(id=n, code=code, name=name) for n, (code, name, _) in enumerate(COUNTRIES, 1)
    )
    Author.objects.bulk_create(
        Author(
            id=n,
            name=name,
            country_id=rng.randint(1, len(COUNTRIES)),
            born=rng.randint(1931, 1999),
            biography=prose.text(rng.randint(6, 14)),
        )
        for n, name in enumerate(islice(people(rng), sizes.authors), 1)
    )
    imprints = [f"{name} {imprint}" for name in LAST_NAMES for imprint in IMPRINTS]
    Publisher.objects.bulk_create(
        Publisher(id=n, name=name, city=rng.choice(PLACES))
        for n, name in enumerate(rng.sample(imprints, sizes.publishers), 1)
    )


def _books(rng: Random, prose: Prose, sizes: Sizes) -> list[Book]:
    titles = dict.fromkeys(READING_TITLES)
    while len(titles) < sizes.books:
        titles[title(rng)] = None
    books = [_book(rng, prose, sizes, n, name) for n, name in enumerate(titles, 1)]
    return Book.objects.bulk_create(books, batch_size=BATCH)


def _book(rng: Random, prose: Prose, sizes: Sizes, n: int, name: str) -> Book:
    published_on = LAST_DAY - timedelta(days=int(rng.triangular(0, 9000, 0)))
    status = rng.choices(list(Book.Status), weights=(88, 2, 10))[0]
    if status == Book.Status.FORTHCOMING:
        published_on = LAST_DAY + timedelta(days=rng.randint(1, 200))
    return Book(
        id=n,
        title=name,
        slug=slugify(name),
        isbn=f"978-{n % 10}-{10000 + n}-{rng.randint(100, 999)}-{rng.randint(0, 9)}",
        author_id=rng.randint(1, sizes.authors),
        publisher_id=rng.randint(1, sizes.publishers),
        status=status,
        price=Decimal(rng.randint(400, 4200)) / 100,
        pages=rng.randint(60, 900),
        published_on=published_on,
        views=min(int(60 * rng.paretovariate(0.9)), 250_000),
        description=prose.text(rng.randint(6, 12)),
        sample=prose.text(rng.randint(40, 70)),
    )


def _genres(rng: Random, books: list[Book]) -> None:
    Genre.objects.bulk_create(Genre(id=n, name=name, slug=slugify(name)) for n, name in enumerate(GENRES, 1))
    numbers = range(1, len(GENRES) + 1)
    link = Book.genres.through
    pairs = ((book.id, genre) for book in books for genre in sorted(rng.sample(numbers, rng.randint(1, 3))))
    link.objects.bulk_create(
        (link(id=n, book_id=book, genre_id=genre) for n, (book, genre) in enumerate(pairs, 1)),
        batch_size=BATCH,
    )


def _reviews(rng: Random, prose: Prose, books: list[Book], sizes: Sizes) -> None:
    readers = ["Mira Okafor", *islice(people(rng), sizes.readers)]
    end = datetime(LAST_DAY.year, LAST_DAY.month, LAST_DAY.day, tzinfo=UTC)
    reviews = []
    for n in range(1, sizes.reviews + 1):
        reader = rng.choice(readers)
        review = Review(
            id=n,
            book_id=rng.randint(1, len(books)),
            reader=reader,
            reader_slug=slugify(reader),
            stars=rng.choices((1, 2, 3, 4, 5), weights=(6, 8, 18, 34, 34))[0],
            title=rng.choice(PRAISE),
            text=prose.text(rng.randint(1, 5)),
            created_at=end - timedelta(seconds=rng.randint(0, 365 * 86_400)),
        )
        reviews.append(review)
    Review.objects.bulk_create(reviews, batch_size=BATCH)
