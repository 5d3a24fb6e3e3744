"""Loops that write, which a diff can change as a whole, and those that do more than one statement would."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_save

from demo.catalog.models import Book, Country, Genre, Review
from demo.orders.models import Order
from tests.corpus.case import positive
from tests.corpus.models import Entry, Note, Topic


def _values(model: Any, *names: str) -> list[Any]:
    return list(model.objects.order_by(*names).values_list(*names))


@positive("write-in-loop")
def created_from_several_values() -> list[Any]:
    """What is created stands on lines of its own."""
    topic = Topic.objects.earliest("pk")
    for number, country in enumerate(Country.objects.order_by("code")):
        Entry.objects.create(
            topic=topic,
            text=f"{number}: {country.name}",
        )
    return _values(Entry, "text")


@positive("write-in-loop")
def created_after_some_thought() -> list[Any]:
    """A step makes more than the row."""
    total = 0
    for number in range(3, 12 + total):
        total += number
        name = f"sum {total}"
        # Named by the sum so far.
        Topic.objects.create(name=name)
    return _values(Topic, "name")


@positive(
    "write-in-loop",
    at="# One after the other.",
    reads=(("    for word in words:\n        await Topic.objects.acreate(name=word)\n", "\n"),),
)
async def created_by_a_coroutine() -> int:
    """Each row is waited for."""
    words = [f"awaited {number}" for number in range(7)]
    # One after the other.
    for word in words:
        await Topic.objects.acreate(name=word)
    return await Topic.objects.filter(name__in=words).acount()


@positive("write-in-loop")
def deleted_of_a_choice() -> list[Any]:
    """All rows of a queryset go."""
    Topic.objects.bulk_create([Topic(name=f"gone {number}") for number in range(8)])
    for topic in Topic.objects.filter(name__startswith="gone").order_by("pk"):
        topic.delete()
    return _values(Topic, "name")


@positive("write-in-loop")
def sent_all_that_were_paid() -> list[Any]:
    """What a choice of rows is given is the same for all of them."""
    Order.objects.filter(pk__gt=3).update(status=Order.Status.PAID)
    for order in Order.objects.filter(status=Order.Status.PAID).iterator():
        order.status = Order.Status.SENT
        order.save(update_fields=["status"])
    return _values(Order, "pk", "status")[:40]


@positive("write-in-loop")
def counted_up_by_an_iterator() -> list[Any]:
    """Rows are streamed, and each is given a value of its own."""
    for book in Book.objects.order_by("pk").iterator():
        book.views = book.pages * 2
        book.save(update_fields=["views"])
    return _values(Book, "pk", "views")


@positive("write-in-loop", advice=False)
def created_for_a_row() -> int:
    """The manager of a relation gives each row its parent, which bulk_create() of it would not."""
    book, number = Book.objects.earliest("pk"), Review.objects.count()
    day = Review.objects.earliest("pk").created_at
    for stars in range(1, 1 + min(number, 5)):
        book.reviews.create(stars=stars, reader=f"r{stars}", reader_slug=f"r{stars}", text="", created_at=day)
    return Review.objects.count() - number


@positive("write-in-loop")
def of_a_manager_with_a_name() -> list[Any]:
    """The model has no objects."""
    notes = list(Note.notes.filter(entry=None))
    for note in notes:
        note.text = f"{note.text} without"
        note.save(update_fields=["text"])
    return list(Note.notes.order_by("pk").values_list("text"))


@positive("write-in-loop", at="# Seen now.", reads=(("note.save()", "pass"),))
def saved_with_a_time_of_its_own() -> list[Any]:
    """save() notes the time, which bulk_update() does not: no diff takes that away."""
    notes = list(Note.notes.order_by("pk"))
    for note in notes:
        note.text = note.text.upper()
        note.save()
    # Seen now.
    return list(Note.notes.order_by("pk").values_list("text"))


def _told(sender: Any, instance: Any, **options: Any) -> None:
    Genre.objects.filter(pk=instance.pk).exists()


@positive("write-in-loop", "count-in-loop", advice=False)
def saved_while_others_listen() -> list[Any]:
    """A receiver of the signal asks something for each row: it is known that somebody listens."""
    genres = list(Genre.objects.order_by("pk"))
    post_save.connect(_told, sender=Genre)
    try:
        for genre in genres:
            genre.name = genre.name.title()
            genre.save(update_fields=["name"])
    finally:
        post_save.disconnect(_told, sender=Genre)
    return _values(Genre, "name")
