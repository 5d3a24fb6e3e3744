"""Books and their authors: as many of each, so that a loop over books asks for an author each time."""

from __future__ import annotations

from django.db import models


class Author(models.Model):
    """Loaded one at a time by the page of many queries."""

    name = models.CharField(max_length=100)
    country = models.CharField(max_length=2)

    class Meta:
        app_label = "bookshelf"


class Book(models.Model):
    """Loaded all at once."""

    title = models.CharField(max_length=200)
    author = models.ForeignKey(Author, models.CASCADE)
    price = models.DecimalField(max_digits=7, decimal_places=2)
    published = models.DateField()

    class Meta:
        app_label = "bookshelf"
