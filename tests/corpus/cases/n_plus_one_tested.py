"""Related rows that each row of a loop loads to learn whether there is one."""

from __future__ import annotations

from django.db.models import QuerySet
from django.shortcuts import get_list_or_404

from demo.catalog.models import Author, Book, Genre, Publisher
from tests.corpus.case import positive
from tests.corpus.models import Note


@positive("n-plus-one")
def tested_by_bool() -> list[bool]:
    """A choice of the related rows, loaded for a yes or no."""
    authors = Author.objects.order_by("pk")[:20]
    return [bool(author.books.filter(status=Book.Status.IN_PRINT)) for author in authors]


@positive("n-plus-one")
def tested_by_a_condition() -> list[str]:
    """All related rows of each, for an if."""
    found = []
    for publisher in Publisher.objects.order_by("pk"):
        if publisher.books.all():
            found.append(publisher.name)
    return found


@positive("n-plus-one")
def tested_in_a_comprehension() -> list[str]:
    """Rows of a many-to-many relation decide who is named."""
    return [genre.name for genre in Genre.objects.order_by("name") if not genre.books.filter(pages__lt=100)]


@positive("n-plus-one", advice=False)
def tested_of_a_function() -> list[bool]:
    """The rows that are tested come from a function, which may serve others: it reads what it read before."""
    return [bool(in_print(author)) for author in Author.objects.order_by("pk")[:12]]


def in_print(author: Author) -> QuerySet[Book]:
    """Return the books of an author that can be bought."""
    return author.books.filter(status=Book.Status.IN_PRINT)


@positive("n-plus-one")
def loaded_by_a_shortcut_of_a_model_without_objects() -> list[str]:
    """The model that the shortcut is given has a manager of another name, which another line tells."""
    keys = Note.notes.exclude(entry=None).values_list("pk", flat=True)[:1]
    notes = get_list_or_404(Note, pk__gte=keys[0], entry__isnull=False)
    return [note.entry.text for note in notes if note.entry]
