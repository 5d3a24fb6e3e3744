"""Writes in loops of which other writers must lose nothing, and in code that waits for them."""

from __future__ import annotations

from django.db.models import F

from demo.catalog.models import Book
from demo.orders.models import OrderLine
from tests.corpus.case import positive


@positive("write-in-loop", advice=False)
def booked_out_in_the_database() -> list[int]:
    """The database counts: a value that is read and written back would lose what others book meanwhile."""
    for line in OrderLine.objects.order_by("pk")[:15]:
        Book.objects.filter(pk=line.book_id).update(pages=F("pages") + line.quantity)
    return list(Book.objects.order_by("pk").values_list("pages", flat=True))


@positive("write-in-loop", advice=False)
def changed_only_as_expected() -> int:
    """Each row is written only while it is as it was read."""
    done = 0
    for book in list(Book.objects.order_by("pk").only("pages")[:12]):
        done += Book.objects.filter(pk=book.pk, pages=book.pages).update(pages=book.pages + 1)
    return done


@positive("write-in-loop")
async def saved_in_code_that_waits() -> list[str]:
    """What is waited for there has to be waited for in its place."""
    async for book in Book.objects.order_by("pk")[:15]:
        book.sample = "read again"
        await book.asave()
    return [each async for each in Book.objects.order_by("pk").values_list("sample", flat=True)]
