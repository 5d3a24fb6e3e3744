"""What the shop sells: books by authors from countries, sorted into genres, judged in reviews."""

from __future__ import annotations

from typing import Any, Self

from django.contrib.contenttypes.fields import GenericRelation
from django.db import models
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce

HEAVY = ("description", "sample")
"""The columns of a book that hold kilobytes; a list that does not show them defers them."""


def count_of(rows: models.QuerySet[Any], parent: str) -> Coalesce:
    """Return the number of ``rows`` whose ``parent`` is the outer row, counted for the rows of the page only."""
    counted = rows.filter(**{parent: OuterRef("pk")}).order_by().values(parent).annotate(count=Count("pk"))
    return Coalesce(Subquery(counted.values("count")), 0)


class Country(models.Model):
    code = models.CharField(max_length=2, unique=True)
    name = models.CharField(max_length=60)

    class Meta:
        verbose_name_plural = "countries"

    def __str__(self) -> str:
        return self.name


class Author(models.Model):
    name = models.CharField(max_length=120, db_index=True)
    country = models.ForeignKey(Country, on_delete=models.PROTECT, related_name="authors")
    born = models.PositiveSmallIntegerField()
    biography = models.TextField()

    def __str__(self) -> str:
        return self.name


class Publisher(models.Model):
    name = models.CharField(max_length=120, unique=True)
    city = models.CharField(max_length=60)

    def __str__(self) -> str:
        return self.name


class Genre(models.Model):
    name = models.CharField(max_length=60, unique=True)
    slug = models.SlugField(unique=True)

    def __str__(self) -> str:
        return self.name


class BookQuerySet(models.QuerySet["Book"]):
    def with_review_count(self) -> Self:
        """Add ``review_count``."""
        return self.annotate(review_count=count_of(Review.objects.all(), "book"))


class Book(models.Model):
    class Status(models.TextChoices):
        IN_PRINT = "in print"
        FORTHCOMING = "forthcoming"
        REMAINDERED = "remaindered"

    title = models.CharField(max_length=200, db_index=True)
    slug = models.SlugField(max_length=220, unique=True)
    isbn = models.CharField("ISBN", max_length=17, unique=True)
    author = models.ForeignKey(Author, on_delete=models.PROTECT, related_name="books")
    publisher = models.ForeignKey(Publisher, on_delete=models.PROTECT, related_name="books")
    genres = models.ManyToManyField(Genre, related_name="books")
    status = models.CharField(max_length=12, choices=Status, default=Status.IN_PRINT)
    price = models.DecimalField(max_digits=6, decimal_places=2)
    pages = models.PositiveSmallIntegerField()
    published_on = models.DateField()
    views = models.PositiveIntegerField(default=0)
    counted_on = models.DateField("last stock count", null=True, blank=True)
    description = models.TextField()
    sample = models.TextField("sample chapter")
    comments = GenericRelation("blog.Comment")

    objects = BookQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["-published_on", "-id"], name="book_newest"),
            models.Index(fields=["-views", "-id"], name="book_most_viewed"),
            models.Index(fields=["status", "-published_on", "-id"], name="book_status_newest"),
        ]

    def __str__(self) -> str:
        return self.title


class Review(models.Model):
    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="reviews")
    reader = models.CharField(max_length=80)
    """The name as printed; it has no index, ``reader_slug`` has one."""
    reader_slug = models.SlugField(max_length=80)
    stars = models.PositiveSmallIntegerField(db_index=True)
    title = models.CharField(max_length=120)
    text = models.TextField()
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["-created_at", "-id"], name="review_newest")]

    def __str__(self) -> str:
        return self.title
