"""Querysets that are used more than once and asked once, or asked again because the answer may be another one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.template import engines

from demo.blog.models import Comment
from demo.catalog.models import Author, Book, Country, Genre, Publisher, Review
from demo.orders.models import Customer, Order
from tests.corpus.case import silent
from tests.corpus.models import Entry, Thread, Topic
from tests.corpus.pages import page

Answer = Any


def rendered(request: HttpRequest, source: str, **context: Any) -> HttpResponse:
    """Return a page made of a template."""
    return HttpResponse(engines["django"].from_string(source).render(context, request))


@silent("evaluated-twice", "the rows stay with the queryset: len() and the loop share one query")
def length_then_loop() -> list[str]:
    """``len()`` before ``for``."""
    authors = Author.objects.order_by("pk")
    return [f"{len(authors)} {author.name}" for author in authors]


@silent("evaluated-twice", "the test loads what the loop goes through")
def test_then_loop() -> list[str]:
    """``if genres:`` before ``for``."""
    genres = Genre.objects.order_by("name")
    if not genres:
        return []
    return [genre.name for genre in genres]


@silent("evaluated-twice", "each filter makes another question")
def narrowed_differently() -> tuple[int, int]:
    """One queryset is the beginning of two lists."""
    reviews = Review.objects.only("stars").order_by("pk")
    good = [review.stars for review in reviews.filter(stars=5)]
    bad = [review.stars for review in reviews.filter(stars=1)]
    return len(good), len(bad)


@silent("evaluated-twice", "the rows were changed in between, and the page shows the new ones")
def read_write_read() -> list[tuple[str, bool]]:
    """A list before and after an update."""
    threads = Thread.objects.order_by("pk")
    before = [thread.title for thread in threads.all()]
    Thread.objects.filter(title=before[0]).update(pinned=True)
    return [(thread.title, thread.pinned) for thread in threads.all()]


@silent("evaluated-twice", "a savepoint was taken back: what was read in it may be gone")
def rolled_back() -> list[str]:
    """A trial inside a savepoint, and the state after it."""
    topics = Topic.objects.order_by("pk")
    found = []
    with transaction.atomic():
        sid = transaction.savepoint()
        found += [topic.name for topic in topics.all()]
        transaction.savepoint_rollback(sid)
        found += [topic.name for topic in topics.all()]
    return found


@silent("evaluated-twice", "other pages of one list are other questions")
def pages_of_one_list() -> list[str]:
    """An export goes through a paginator page by page."""
    paginator = Paginator(Publisher.objects.order_by("name"), 10)
    return [publisher.name for page in paginator for publisher in page]


@silent("evaluated-twice", "a random order is drawn anew each time, as it is wanted")
def two_random_samples() -> int:
    """Two prize draws among the customers."""
    customers = Customer.objects.order_by("?")
    first = {customer.pk for customer in customers[:3]}
    second = {customer.pk for customer in customers[:3]}
    return len(first) + len(second)


@silent("evaluated-twice", "the loop waits for another process: only a new question can tell")
def waits_for_an_order() -> int:
    """A worker polls for work."""
    waiting = Order.objects.filter(number="not there yet")
    found = 0
    for attempt in range(3):
        found += attempt * len(waiting.all())
    return found


@silent("evaluated-twice", "a long result is streamed twice so that it is never in memory as a whole")
def streamed_twice_on_purpose() -> tuple[int, int]:
    """Two passes over hundreds of rows by ``iterator()``."""
    rows = Review.objects.only("stars").order_by("pk")
    most = max(review.stars for review in rows.iterator(chunk_size=500))
    return most, sum(review.stars == most for review in rows.iterator(chunk_size=500))


@silent(
    "evaluated-twice", "each of them was built by itself: nothing holds the rows for both", "duplicate-query"
)
def built_twice() -> tuple[list[str], list[str]]:
    """The same expression is written in two places."""
    names = [country.name for country in Country.objects.order_by("code")]
    codes = [country.code for country in Country.objects.order_by("code")]
    return names, codes


@silent("evaluated-twice", "a queryset in a filter is a subquery and asks nothing")
def as_a_subquery() -> tuple[int, list[str]]:
    """The same rows are shown and filtered by."""
    entries = Entry.objects.filter(text__startswith="first").order_by("pk")
    threads = Thread.objects.filter(first_entry__in=entries).count()
    return threads, [entry.text for entry in entries]


@silent("evaluated-twice", "the prefetched rows answer all(): the relation is read twice and asked once")
def prefetched_relation() -> list[str]:
    """``author.books.all()`` in two places of a row."""
    authors = Author.objects.prefetch_related("books").order_by("pk")[:8]
    found = []
    for author in authors:
        found += [book.title for book in author.books.all()]
        found += [book.slug for book in author.books.all()]
    return found


@silent(
    "evaluated-twice",
    "inside the transaction the rows are those that it works with, which may differ from what was read before",
)
def fresh_in_a_transaction() -> int:
    """What was read before a transaction is read again under it."""
    comments = Comment.objects.filter(name__startswith="A").order_by("pk")
    names = {comment.name for comment in comments.all()}
    with transaction.atomic():
        again = {comment.name for comment in comments.all()}
        return len(names & again)


class GenreForm(forms.Form):
    """Two fields offer the same rows."""

    wanted = forms.ModelChoiceField(Genre.objects.order_by("name"))


@page
def two_genre_forms(request: HttpRequest) -> HttpResponse:
    forms_shown = [GenreForm(prefix=prefix) for prefix in ("mine", "yours")]
    return rendered(request, "{% for form in forms %}{{ form }}{% endfor %}", forms=forms_shown)


@silent(
    "evaluated-twice",
    "each form copies the field's queryset on purpose; that its options are asked for again is told by another rule",
    "duplicate-query",
    request=True,
)
def options_of_two_forms(client: Any) -> Answer:
    """One form class is shown twice."""
    return client.get("/corpus/two_genre_forms/")


@page
def genres_above_and_below(request: HttpRequest) -> HttpResponse:
    genres = Genre.objects.order_by("name")
    return rendered(
        request,
        "{% for g in genres %}<a>{{ g.name }}</a>{% endfor %}{{ genres|length }}"
        "{% for g in genres %}<b>{{ g.slug }}</b>{% endfor %}",
        genres=genres,
    )


@silent("evaluated-twice", "a template that goes through one object twice finds its rows kept", request=True)
def template_goes_through_twice(client: Any) -> Answer:
    """Two loops over one variable."""
    return client.get("/corpus/genres_above_and_below/")


@page
def book_matches(request: HttpRequest) -> HttpResponse:
    books = Book.objects.only("title").order_by("pk")
    shown = list(books[:5])
    return rendered(request, "{{ shown }} {{ more }}", shown=shown, more=books[5:10])


@silent("evaluated-twice", "two slices are two pieces of the list", request=True)
def two_slices(client: Any) -> Answer:
    """The first five are large, the next five small."""
    return client.get("/corpus/book_matches/")
