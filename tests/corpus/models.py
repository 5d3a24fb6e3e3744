"""Shapes of models that the bookshop does not have; their tables are made by whoever runs the cases."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from django.apps import AppConfig, apps
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from demo.catalog.models import Book, Review


class App:
    """The application label of all of them."""

    app_label = "corpus"


class Topic(models.Model):
    """A node of a tree, and what two relations lead to from one thread."""

    name = models.CharField(max_length=40)
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="children")

    class Meta(App):
        pass

    def __str__(self) -> str:
        return f"{self.parent.name} / {self.name}" if self.parent else self.name


class Entry(models.Model):
    """What a thread begins and ends with; the related names are Django's own."""

    text = models.CharField(max_length=40)
    topic = models.ForeignKey(Topic, models.CASCADE)

    class Meta(App):
        pass


class Thread(models.Model):
    """Two relations to one model, one of which may be empty, and a one-to-one from the other side."""

    title = models.CharField(max_length=40)
    first_entry = models.ForeignKey(Entry, models.CASCADE, related_name="+")
    last_entry = models.ForeignKey(Entry, models.CASCADE, related_name="last_of", null=True)
    pinned = models.BooleanField(default=False)

    class Meta(App):
        ordering = ("pk",)


class Summary(models.Model):
    """The side of a one-to-one with the column; its primary key is called otherwise."""

    code = models.CharField(max_length=10, primary_key=True)
    thread = models.OneToOneField(Thread, models.CASCADE, related_name="summary")

    class Meta(App):
        pass


class Place(models.Model):
    """The parent of a model with a table of its own."""

    name = models.CharField(max_length=40)

    class Meta(App):
        pass


class Shop(Place):
    """Multi-table inheritance: ``bulk_create`` cannot insert it."""

    street = models.CharField(max_length=40)

    class Meta(App):
        pass


class Note(models.Model):
    """A model whose manager has a name of its own: there is no ``objects``."""

    text = models.CharField(max_length=40)
    entry = models.ForeignKey(Entry, models.CASCADE, null=True, related_name="notes")
    seen = models.DateTimeField(auto_now=True)

    notes = models.Manager()

    class Meta(App):
        pass


class Present(models.Manager["Memo"]):
    """Leaves out what was removed."""

    def get_queryset(self) -> models.QuerySet[Memo]:
        return super().get_queryset().filter(removed_at=None)


class Memo(models.Model):
    """A row that is removed by a date: the default manager leaves it out, and there is no ``objects``."""

    thread = models.ForeignKey(Thread, models.CASCADE, related_name="memos")
    readers = models.ManyToManyField(Topic, related_name="memos_read")
    text = models.CharField(max_length=40)
    words = models.IntegerField(default=1)
    removed_at = models.DateTimeField(null=True)

    present = Present()
    everything = models.Manager()

    class Meta(App):
        pass


class Shown(models.Manager["Remark"]):
    """Shows one kind, by a value."""

    def get_queryset(self) -> models.QuerySet[Remark]:
        return super().get_queryset().filter(kind="shown")


class Remark(models.Model):
    """A row of which the default manager shows one kind only."""

    thread = models.ForeignKey(Thread, models.CASCADE, related_name="remarks")
    kind = models.CharField(max_length=10)

    objects = Shown()
    everything = models.Manager()

    class Meta(App):
        pass


class Shelved(Book):
    """A book with methods that ask, for templates to call."""

    class Meta(App):
        proxy = True

    def reviews_with(self, stars: int = 5) -> list[str]:
        """Return the titles of a few reviews."""
        return [review.title for review in Review.objects.filter(book=self, stars=stars).defer("text")[:5]]

    @property
    def neighbours(self) -> int:
        """Count the books of the same day."""
        return Book.objects.filter(published_on=self.published_on).count()


MODELS: tuple[type[models.Model], ...] = (Topic, Entry, Thread, Summary, Place, Shop, Note, Memo, Remark)


@contextmanager
def installed() -> Iterator[None]:
    """Let filters follow relations backwards, as they do for models of installed applications only."""
    config = AppConfig("tests.corpus", sys.modules["tests.corpus"])
    config.apps, config.models = apps, apps.all_models[App.app_label]
    apps.app_configs[config.label] = config
    apps.clear_cache()
    try:
        yield
    finally:
        del apps.app_configs[config.label]
        apps.clear_cache()


def create(connection: BaseDatabaseWrapper) -> None:
    """Make the tables and fill them: 30 threads with two entries each, on 10 topics in a tree of three levels."""
    with connection.schema_editor() as editor:
        for model in MODELS:
            editor.create_model(model)
    root = Topic.objects.create(name="all")
    halves = [Topic.objects.create(name=f"half {n}", parent=root) for n in range(3)]
    topics = [Topic.objects.create(name=f"topic {n}", parent=halves[n % 3]) for n in range(10)]
    for number in range(30):
        first, last = (
            Entry.objects.create(text=f"{when} {number}", topic=topics[number % 10])
            for when in ("first", "last")
        )
        thread = Thread.objects.create(title=f"thread {number}", first_entry=first, last_entry=last)
        Summary.objects.create(code=f"s{number}", thread=thread)
    for number in range(12):
        Note.notes.create(text=f"note {number}", entry=last if number % 2 else None)
    removed = datetime(2026, 1, 1, tzinfo=UTC)
    for number, thread in enumerate(Thread.objects.all()):
        # Threads with none, with removed ones only, and with both.
        for each in range(number % 4):
            gone = removed if each == 0 or number % 5 == 0 else None
            memo = Memo.everything.create(thread=thread, text=f"memo {each}", words=each + 1, removed_at=gone)
            memo.readers.add(topics[number % 10], topics[(number + each) % 10])
            Remark.everything.create(thread=thread, kind="hidden" if each == 1 else "shown")
    for number in range(8):
        Shop.objects.create(name=f"shop {number}", street=f"street {number}")


def drop(connection: BaseDatabaseWrapper) -> None:
    """Remove the tables."""
    with connection.schema_editor() as editor:
        for model in reversed(MODELS):
            editor.delete_model(model)
