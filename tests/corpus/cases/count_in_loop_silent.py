"""Questions that are right one by one, and answers that come with the rows."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Avg, Count, Exists, F, OuterRef, Prefetch, Q, Sum  # noqa: F401 - what advice names
from django.utils.text import slugify

from demo.blog.models import Comment
from demo.catalog.models import Author, Book, Country, Genre, Publisher, Review
from demo.orders.models import Customer, Order
from tests.corpus.case import silent
from tests.corpus.models import Entry, Topic


def _keys(model: Any, number: int = 12) -> list[Any]:
    return list(model.objects.order_by("pk").values_list("pk", flat=True)[:number])


@silent("count-in-loop", "the numbers come with the rows")
def annotated() -> list[tuple[str, int]]:
    authors = Author.objects.annotate(number=Count("books")).order_by("pk")
    return [(author.name, author.number) for author in authors]


@silent("count-in-loop", "count() of prefetched rows asks nothing")
def counted_from_a_prefetch() -> list[int]:
    return [author.books.count() for author in Author.objects.prefetch_related("books").order_by("pk")]


@silent("count-in-loop", "exists() of prefetched rows asks nothing")
def checked_from_a_prefetch() -> list[bool]:
    return [book.genres.exists() for book in Book.objects.prefetch_related("genres").order_by("pk")[:30]]


@silent("count-in-loop", "an annotation answers yes or no with the rows")
def annotated_exists() -> list[bool]:
    books = Book.objects.filter(publisher=OuterRef("pk"), status="forthcoming")
    return [p.soon for p in Publisher.objects.annotate(soon=Exists(books)).order_by("pk")]


@silent("count-in-loop", "three numbers of three models are a summary, not a loop")
def numbers_of_a_dashboard() -> dict[str, int]:
    return {
        model.__name__: model.objects.count() for model in (Author, Book, Publisher, Genre, Review, Order)
    }


@silent("count-in-loop", "the states are written down: their number does not grow with the data")
def numbers_of_each_state() -> dict[str, int]:
    return {status: Book.objects.filter(status=status).count() for status, _ in Book.Status.choices}


@silent("count-in-loop", "a name that is free is looked for: each step needs the answer of the one before")
def a_free_slug() -> list[str]:
    found = []
    for title in ("Fantasy", "Crime"):
        slug, number = slugify(title), 1
        while Genre.objects.filter(slug=slug).exists():
            number += 1
            slug = f"{slugify(title)}-{number}"
        found.append(slug)
    return found


@silent("count-in-loop", "a form asks whether a value is taken, by Django's own check")
def validated() -> int:
    wrong = 0
    for number in range(8):
        try:
            Country(code=f"{number}x", name="nowhere").full_clean()
        except ValidationError:
            wrong += 1
    return wrong


@silent("count-in-loop", "a paginator counts once, however many rows its page has")
def paginated() -> list[str]:
    found = Paginator(Customer.objects.order_by("pk"), 20).page(2)
    return [customer.name for customer in found] + [str(found.paginator.count)]


@silent("count-in-loop", "`if wanted and rows.exists()` asks at most once")
def asked_where_wanted() -> list[str]:
    titles = []
    books = Book.objects.filter(status="in print")
    for wanted in (True, False):
        if wanted and books.exists():
            titles.append("there are some")
    return titles


@silent("count-in-loop", "the depth of a tree is found step by step, and no annotation knows it")
def depth_of_a_tree() -> int:
    depth, topic = 0, Topic.objects.order_by("-pk").first()
    while topic is not None and Topic.objects.filter(pk=topic.parent_id).exists():
        depth, topic = depth + 1, Topic.objects.select_related("parent").get(pk=topic.pk).parent
    return depth


@silent("count-in-loop", "one row is no loop, whatever is counted of it")
def numbers_of_one_row() -> tuple[int, int, bool]:
    book = Book.objects.order_by("pk")[0]
    return book.genres.count(), book.reviews.count(), book.order_lines.exists()


@silent("count-in-loop", "the groups are counted by one statement")
def grouped() -> dict[int, int]:
    return dict(Review.objects.order_by("stars").values_list("stars").annotate(number=Count("pk")))


@silent("count-in-loop", "two numbers of one table by two lines")
def two_numbers() -> tuple[int, int, int]:
    comments = Comment.objects.count()
    entries = Entry.objects.filter(text__startswith="first").count()
    others = Entry.objects.filter(text__startswith="last").count()
    return comments, entries, others


@silent("count-in-loop", "one statement raises the number of all: nothing is asked before it")
def raised() -> int:
    return Book.objects.filter(pk__in=_keys(Book)).update(views=F("views") + 1)
