"""The same statement with the same values, asked again for a reason: what was written, locked, waited for, or validated."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.paginator import Paginator
from django.db import connections, transaction
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from demo.catalog.models import Author, Book, Country, Genre, Publisher, Review
from demo.orders.models import Cart, Customer, Order
from tests.corpus.case import silent
from tests.corpus.models import Entry, Summary, Thread, Topic
from tests.corpus.pages import page

Answer = Any


@silent("duplicate-query", "the row was written in between")
def read_write_read() -> tuple[bool, bool]:
    """A row is shown as it was and as it is."""
    before = Thread.objects.get(title="thread 3").pinned
    Thread.objects.filter(title="thread 3").update(pinned=True)
    return before, Thread.objects.get(title="thread 3").pinned


@silent("duplicate-query", "a database that replicates may be behind: the two answers are two facts")
def two_aliases() -> int:
    """The lag of a replica is measured by asking both."""
    connections.settings["replica"] = connections["default"].settings_dict.copy()
    try:
        here = Country.objects.order_by("pk").first()
        there = Country.objects.using("replica").order_by("pk").first()
        return int(here == there)
    finally:
        connections["replica"].close()
        del connections["replica"], connections.settings["replica"]


@silent("duplicate-query", "what was read inside a savepoint is gone with it")
def savepoint_taken_back() -> int:
    """A trial of an import, and the state after it."""
    found = 0
    for keep in (False, True):
        sid = transaction.savepoint()
        found += Topic.objects.filter(name__startswith="topic").count()
        if not keep:
            transaction.savepoint_rollback(sid)
    return found


@silent("duplicate-query", "refresh_from_db() asks for the values as they are now")
def refreshed() -> str:
    """A row that others may have changed is read again."""
    customer = Customer.objects.get(pk=1)
    customer.refresh_from_db()
    customer.refresh_from_db()
    return customer.name


@silent("duplicate-query", "the second one locks the row: what was read before the lock may be outdated")
def read_then_locked() -> str:
    """A check without a lock, and the same with one, inside one transaction."""
    with transaction.atomic():
        order = Order.objects.get(pk=1)
        if order.status == Order.Status.RETURNED:
            return order.number
        return Order.objects.select_for_update().get(pk=1).number


@silent("duplicate-query", "a random order gives other rows each time")
def drawn_twice() -> int:
    """Two authors of the day."""
    return len([Author.objects.order_by("?").first() for _ in ("morning", "evening")])


class GenreForm(forms.ModelForm):
    class Meta:
        model = Genre
        fields = ("name", "slug")


@silent("duplicate-query", "validation asks whether the value is free at the moment that it is saved")
def validated_again() -> list[bool]:
    """A form is validated, and the instance once more before it is saved."""
    genre = Genre.objects.get(pk=1)
    valid = GenreForm({"name": genre.name, "slug": genre.slug}, instance=genre).is_valid()
    genre.full_clean()
    return [valid]


@silent("duplicate-query", "get_or_create() must know at each call")
def asked_to_be_there() -> list[bool]:
    """Two steps of an import make sure of one row."""
    first = Publisher.objects.order_by("pk").values_list("name", "city")[0]
    made = []
    for _step in ("books", "prices"):
        made.append(Publisher.objects.get_or_create(name=first[0], defaults={"city": first[1]})[1])
    return made


@silent("duplicate-query", "only a new question tells whether another process is done")
def polled() -> bool:
    """A command waits for a row that a worker writes."""
    tries = 0
    while not Cart.objects.filter(token="ready").exists():
        tries += 1
        if tries > 3:
            break
    return tries > 3


@silent("duplicate-query", "the moment is another one, so the question is")
def by_the_clock() -> int:
    """What was written until now, before and after something slow."""
    found = 0
    for _part in ("before", "after"):
        found += Review.objects.filter(created_at__lte=timezone.now()).only("pk").exists()
    return found


@silent(
    "duplicate-query", "each chunk of an iterator prefetches by itself: its rows happen to have one parent"
)
def chunks_with_one_parent() -> set[str]:
    """A command streams the books of one author."""
    books = Book.objects.filter(author_id=Book.objects.values("author_id")[:1]).only("author", "title")
    again = Book.objects.filter(pk__in=list(books.values_list("pk", flat=True))).only("author", "title")
    streamed = again.prefetch_related("author").order_by("pk").iterator(chunk_size=1)
    return {book.author.name for book in streamed}


@silent("duplicate-query", "each batch of rows is completed by itself, as it comes in")
def batches_completed() -> list[str]:
    """``prefetch_related_objects`` for the batches of an export."""
    found = []
    for thread in Thread.objects.filter(pk__in=(1, 11)).order_by("pk"):
        prefetch_related_objects([thread], "first_entry__topic")
        found.append(thread.first_entry.topic.name)
    return found


@silent(
    "duplicate-query", "Django looks the type of a model up on its own account, and keeps it where it may"
)
def content_types() -> list[str]:
    """A cache of content types that is cleared between two databases of a tenant."""
    found = []
    for _tenant in ("a", "b"):
        ContentType.objects.clear_cache()
        found.append(ContentType.objects.get_by_natural_key("catalog", "book").model)
    return found


@silent(
    "duplicate-query",
    "inside the transaction the row must be read again: what was read before may be outdated",
)
def again_in_a_transaction() -> str:
    """A check outside, the work inside."""
    summary = Summary.objects.get(code="s1")
    with transaction.atomic():
        return Summary.objects.get(code=summary.code).thread_id and summary.code


@silent("duplicate-query", "each level asks for other parents, whoever they are")
def tree() -> list[str]:
    """A recursion over the children of a tree."""

    def below(parents: list[int]) -> list[str]:
        found = list(Topic.objects.filter(parent__in=parents).order_by("pk").values_list("pk", "name"))
        return [name for _, name in found] + (below([pk for pk, _ in found]) if found else [])

    return below(list(Topic.objects.filter(parent=None).values_list("pk", flat=True)))


@page
def genre_admin(request: HttpRequest) -> Any:
    class GenreAdmin(admin.ModelAdmin):
        list_display = ("name", "slug")
        ordering = ("name",)

    return GenreAdmin(Genre, admin.site).changelist_view(request).render()


@silent(
    "duplicate-query",
    "the admin counts twice, with and without its filters: no line of the application does",
    request=True,
)
def count_of_the_admin(client: Any) -> Answer:
    """A change list that nothing filters."""
    client.force_login(User.objects.get(username="admin"))
    return client.get("/corpus/genre_admin/")


@page
def entries_page(request: HttpRequest) -> JsonResponse:
    found = Paginator(Entry.objects.order_by("pk"), 10).get_page(request.GET.get("page"))
    user = str(request.user)
    return JsonResponse({"rows": [entry.text for entry in found], "of": found.paginator.count, "user": user})


@silent(
    "duplicate-query", "a paginator keeps the number, and the request its session and its user", request=True
)
def session_and_user(client: Any) -> Answer:
    """A visitor who is logged in asks for a page, whose number of rows is read three times."""
    client.force_login(User.objects.get(username="admin"))
    return client.get("/corpus/entries_page/?page=2")


@page
def ask_twice(request: HttpRequest) -> HttpResponse:
    return HttpResponse(Customer.objects.order_by("pk").values_list("name", flat=True)[0])


@silent("duplicate-query", "two requests are two units of work", request=True)
def requested_twice(client: Any) -> Answer:
    """A page is asked for by a browser, and again."""
    client.get("/corpus/ask_twice/")
    return client.get("/corpus/ask_twice/")


@silent("duplicate-query", "few of many rows follow the relation, and by chance two of them to the same row")
def same_row_by_chance() -> list[str]:
    """A note about two of forty reviews, which are of one book."""
    reviews = list(Review.objects.order_by("book_id", "pk")[:40])
    pair = next((one, other) for one, other in pairwise(reviews) if one.book_id == other.book_id)
    return [review.book.title for review in reviews if review in pair]
