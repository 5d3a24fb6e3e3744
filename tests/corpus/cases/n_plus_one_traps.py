"""Traps that real applications set: what was joined is forgotten, statements are shared, nobody is on the stack."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db import models
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.template import engines
from rest_framework.decorators import api_view
from rest_framework.response import Response

from demo.blog.models import Comment
from demo.catalog.models import Author, Book, Genre, Review
from demo.orders.models import Order, OrderLine
from tests.corpus.case import positive, silent
from tests.corpus.models import Thread
from tests.corpus.pages import PAGES, page


@positive("n-plus-one", advice=False)
def read_again_after_the_join() -> list[str]:
    """``refresh_from_db()`` forgets the author that was joined."""
    names = []
    for book in Book.objects.select_related("author").order_by("pk")[:15]:
        book.refresh_from_db()
        names.append(book.author.name)
    return names


@positive("n-plus-one", advice=False)
def rebuilt_from_its_columns() -> list[str]:
    """A copy made of the columns of a row has none of the rows that were joined to it."""
    names = []
    for book in Book.objects.select_related("publisher").order_by("pk")[:15]:
        fields = {field.attname: getattr(book, field.attname) for field in Book._meta.concrete_fields}
        twin = Book.from_db(book._state.db, list(fields), list(fields.values()))
        names.append(twin.publisher.name)
    return names


@positive("n-plus-one", advice=False)
def two_of_each() -> dict[str, list[str]]:
    """A slice for each row: a LIMIT in each statement."""
    found = {}
    for author in Author.objects.order_by("pk")[:20]:
        found[author.name] = [book.title for book in author.books.order_by("-published_on", "pk")[:2]]
    return found


@positive("n-plus-one")
def type_of_each() -> list[str]:
    """The content type of a row is a foreign key like any other."""
    return [
        f"{comment.content_type.model} {comment.object_id}" for comment in Comment.objects.order_by("pk")[:20]
    ]


@positive("n-plus-one")
def chosen_for_each() -> list[list[str]]:
    """A choice of the related rows for each row, which was never prefetched."""
    orders = Order.objects.order_by("pk")[:20]
    return [[str(line.unit_price) for line in order.lines.filter(quantity=1)] for order in orders]


@api_view(["GET"])
def books_with_genre_names(request: Any) -> Response:
    books = Book.objects.only("title").order_by("pk")[:20]
    return Response(
        [{"title": book.title, "genres": book.genres.values_list("name", flat=True)} for book in books]
    )


PAGES["books_with_genre_names"] = books_with_genre_names


@positive("n-plus-one", request=True, advice=False)
def evaluated_by_the_encoder(client: Any) -> Any:
    """The encoder of the response goes through lazy values: no line of the application is on the stack."""
    return client.get("/corpus/books_with_genre_names/")


@page
def line_list(request: HttpRequest) -> HttpResponse:
    lines = OrderLine.objects.order_by("pk")[:20]
    template = engines["django"].from_string("{% for line in lines %}<li>{{ line }}\n{% endfor %}")
    return HttpResponse(template.render({"lines": lines}, request))


@silent(
    "n-plus-one",
    "a template shows the text form, which asks wherever a line is shown: query-everywhere names it",
    "query-everywhere",
    request=True,
)
def text_form_in_a_template(client: Any) -> Any:
    return client.get("/corpus/line_list/")


@page
def log(request: HttpRequest) -> HttpResponse:
    entries = LogEntry.objects.order_by("pk")[:12]
    template = engines["django"].from_string(
        "{{ request.user.username }}{% for e in entries %}<li>{{ e.object_repr }} by {{ e.user.username }}{% endfor %}"
    )
    return HttpResponse(template.render({"entries": entries}, request))


@positive("n-plus-one", request=True)
def shares_its_statement_with_the_user(client: Any) -> Any:
    """The user of the request is asked for by the same SQL as that of each row."""
    user, kind = User.objects.get(username="admin"), ContentType.objects.get_for_model(Book)
    LogEntry.objects.all().delete()
    for number in range(12):
        LogEntry.objects.create(
            user=user,
            content_type=kind,
            object_id=str(number),
            object_repr=f"book {number}",
            action_flag=ADDITION,
        )
    client.force_login(user)
    return client.get("/corpus/log/")


@positive("n-plus-one")
def counted_by_loading() -> list[int]:
    """``len()`` of all related rows of each row loads them."""
    return [len(author.books.all()) for author in Author.objects.order_by("pk")]


@positive("n-plus-one")
def tested_by_loading() -> list[str]:
    """``if rows`` of all related rows of each row loads them."""
    return [author.name for author in Author.objects.order_by("pk")[:30] if author.books.all()]


@silent(
    "n-plus-one",
    "each row came alone: the lookup is the loop, and its advice is to bring the author too",
    "get-in-loop",
)
def from_rows_that_were_looked_up() -> list[str]:
    names = []
    for slug in list(Book.objects.order_by("pk").values_list("slug", flat=True)[:10]):
        book = Book.objects.get(slug=slug)
        names.append(book.author.name)
    return names


@silent("n-plus-one", "rows that a prefetch brought know the row they hang on, also in an attribute")
def back_from_an_attribute() -> list[str]:
    best = Prefetch("reviews", queryset=Review.objects.filter(stars=5), to_attr="best")
    books = Book.objects.prefetch_related(best).order_by("pk")[:20]
    return [f"{review.book.title}: {review.title}" for book in books for review in book.best]


@silent("n-plus-one", "the fetch mode loads the relation of all rows when the first one asks", django=(6, 1))
def peers() -> list[str]:
    books = Book.objects.order_by("pk").fetch_mode(models.FETCH_PEERS)[:20]
    return [book.author.name for book in books]


@positive("n-plus-one", django=(6, 1))
def peers_under_an_iterator() -> list[str]:
    """A row of an iterator has no peers."""
    books = Book.objects.order_by("pk").fetch_mode(models.FETCH_PEERS)
    return [book.author.name for book in books[:20].iterator()]


@positive("n-plus-one", django=(6, 1))
def peers_of_many() -> list[int]:
    """The fetch mode does nothing for relations to many."""
    books = Book.objects.order_by("pk").fetch_mode(models.FETCH_PEERS)[:20]
    return [len([genre.name for genre in book.genres.all()]) for book in books]


@silent("n-plus-one", "genres are few, and kept in a dictionary that is filled once")
def from_a_dictionary() -> list[str]:
    names = dict(Genre.objects.values_list("pk", "name"))
    pairs = Book.genres.through.objects.order_by("pk")[:30]
    return [names[pair.genre_id] for pair in pairs]


@silent("n-plus-one", "each of two threads is shown with what it begins with: two rows by two lines")
def two_rows_apart() -> list[str]:
    first, second = Thread.objects.get(title="thread 0"), Thread.objects.get(title="thread 1")
    return [first.first_entry.text, second.first_entry.text]


@silent(
    "n-plus-one", "what a cache gives back was loaded in another request, with all that is read of it here"
)
def kept_between_requests() -> int:
    authors = cache.get_or_set(
        "corpus-authors", lambda: list(Author.objects.prefetch_related("books").order_by("pk")[:20])
    )
    return sum(len([book.title for book in author.books.all()]) for author in authors)
