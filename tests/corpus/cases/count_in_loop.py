"""Numbers, answers yes or no and single rows that are asked for row by row, and questions that are right one by one."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.contrib.auth.models import Group
from django.db import connection
from django.db.models import Avg, Count, Exists, F, OuterRef, Prefetch, Q, Sum  # noqa: F401 - what advice names
from django.http import HttpRequest, HttpResponse
from django.template import engines
from rest_framework import generics, serializers

from demo.blog.models import Post
from demo.catalog.models import Author, Book, Genre, Publisher
from demo.orders.models import Cart, CartLine, Customer, Order
from tests.corpus.case import positive
from tests.corpus.pages import PAGES, page


def _keys(model: Any, number: int = 12) -> list[Any]:
    return list(model.objects.order_by("pk").values_list("pk", flat=True)[:number])


@positive("count-in-loop")
def counted() -> list[tuple[str, int]]:
    """The number of books of each author."""
    authors = Author.objects.order_by("name", "pk")
    return [(author.name, author.books.count()) for author in authors]


@positive(
    "count-in-loop",
    at='return {group.name: group.user_set.count() for group in Group.objects.order_by("pk")}',
    reads=(("group.user_set.count()", "group.user_count"),),
)
def counted_behind_an_accessor_of_its_own() -> dict[str, int]:
    """The accessor has another name than the relation has in queries: ``user_set`` and ``user``."""
    Group.objects.bulk_create([Group(name=f"readers {n}") for n in range(12)], ignore_conflicts=True)
    return {group.name: group.user_set.count() for group in Group.objects.order_by("pk")}


@positive("count-in-loop")
def counted_many_to_many() -> list[int]:
    """The number of genres of each book."""
    found = []
    for book in Book.objects.only("title").order_by("title", "pk")[:20]:
        found.append(book.genres.count())
    return found


@positive("count-in-loop")
def counted_generic() -> dict[str, int]:
    """The number of comments on each post."""
    return {post.slug: post.comments.count() for post in Post.objects.defer("body").order_by("pk")}


@positive(
    "count-in-loop",
    at='books = Book.objects.defer("description", "sample").order_by("pk")[:20]',
    reads=(("book.reviews.filter(stars=5).count()", "book.reviews_count"),),
)
def counted_by_a_choice() -> list[tuple[str, int]]:
    """Only some of the related rows count."""
    books = Book.objects.defer("description", "sample").order_by("pk")[:20]
    return [(book.title, book.reviews.filter(stars=5).count()) for book in books]


@positive(
    "count-in-loop",
    at='authors = Author.objects.order_by("pk")',
    reads=(("author.books.exists()", "author.has_books"),),
)
def there_is_one() -> list[str]:
    """Whether an author has any book."""
    authors = Author.objects.order_by("pk")
    return [author.name for author in authors if author.books.exists()]


@positive(
    "count-in-loop",
    at='Publisher.objects.order_by("pk")',
    reads=(('publisher.books.filter(status="forthcoming").exists()', "publisher.has_books"),),
)
def there_is_one_of_them() -> list[bool]:
    """Whether a publisher has any book of a status."""
    found = []
    for publisher in Publisher.objects.order_by("pk"):
        found.append(publisher.books.filter(status="forthcoming").exists())
    return found


@positive(
    "count-in-loop",
    at='Author.objects.order_by("pk")[:20]',
    reads=(
        ('author.books.order_by("-published_on", "-pk").first()', "next(iter(author.first_books), None)"),
    ),
)
def the_newest() -> list[str]:
    """The newest book of each author."""
    found = []
    for author in Author.objects.order_by("pk")[:20]:
        newest = author.books.order_by("-published_on", "-pk").first()
        found.append(newest.title if newest else "none yet")
    return found


@positive("count-in-loop", advice=False)
def the_latest() -> list[str]:
    """``latest()`` raises where there is none, which only a person can put otherwise."""
    books = Book.objects.filter(reviews__isnull=False).distinct().order_by("pk").only("title")[:15]
    return [book.reviews.latest("created_at").title for book in books]


@positive(
    "count-in-loop",
    at='orders = Order.objects.order_by("pk")[:25]',
    reads=(('order.lines.aggregate(total=Sum("quantity"))["total"]', "order.lines_quantity"),),
)
def summed_up() -> list[Any]:
    """The sum over the lines of each order."""
    orders = Order.objects.order_by("pk")[:25]
    return [order.lines.aggregate(total=Sum("quantity"))["total"] for order in orders]


@positive("count-in-loop", advice=False)
def averaged_twice() -> list[Any]:
    """Two numbers of the related rows in one statement."""
    books = Book.objects.only("title").order_by("pk")[:15]
    return [book.reviews.aggregate(mean=Avg("stars"), number=Count("pk")) for book in books]


@page
def author_counts(request: HttpRequest) -> HttpResponse:
    authors = Author.objects.only("name").order_by("name", "pk")[:20]
    template = engines["django"].from_string(
        "{% for a in authors %}<li>{{ a }}: {{ a.books.count }}{% endfor %}"
    )
    return HttpResponse(template.render({"authors": authors}, request))


@positive(
    "count-in-loop",
    request=True,
    at='authors = Author.objects.only("name").order_by("name", "pk")[:20]',
    reads=(("{{ a.books.count }}", "{{ a.books_count }}"),),
)
def in_a_template(client: Any) -> Any:
    """A template counts on each line."""
    return client.get("/corpus/author_counts/")


class PublisherWithNumber(serializers.ModelSerializer):
    """A publisher with the number of its books, by a method."""

    number = serializers.SerializerMethodField()

    class Meta:
        model = Publisher
        fields = ("name", "number")

    def get_number(self, publisher: Publisher) -> int:
        return publisher.books.count()


class PublisherNumbers(generics.ListAPIView):
    queryset = Publisher.objects.order_by("name")
    serializer_class = PublisherWithNumber
    pagination_class = None


PAGES["publisher_numbers"] = PublisherNumbers.as_view()


@positive("count-in-loop", request=True)
def in_a_serializer(client: Any) -> Any:
    """A method field of a serializer counts for each object."""
    return client.get("/corpus/publisher_numbers/")


@positive(
    "count-in-loop",
    at="# For each of the keys.",
    reads=(("Book.objects.filter(author_id=pk).count()", "counts.get(pk, 0)"),),
)
def counted_by_key() -> dict[int, int]:
    """No row stands behind the question, only its key."""
    keys, found = _keys(Author), {}
    # For each of the keys.
    for pk in keys:
        found[pk] = Book.objects.filter(author_id=pk).count()
    return found


@positive(
    "count-in-loop",
    at="# Who is left?",
    reads=(("Order.objects.filter(customer_id=pk).exists()", "pk in known"),),
)
def checked_by_key() -> list[int]:
    """A key is left out where no row has it."""
    keys, found = _keys(Customer), []
    # Who is left?
    for pk in keys:
        if not Order.objects.filter(customer_id=pk).exists():
            found.append(pk)
    return found


@positive(
    "count-in-loop",
    at="# Known already?",
    reads=(("Book.objects.filter(isbn=isbn).exists()", "isbn in known"),),
)
def import_that_checks() -> int:
    """Each line of a file is looked for before it is taken in."""
    isbns = [*Book.objects.order_by("pk").values_list("isbn", flat=True)[:10], "978-0", "978-1", "978-2"]
    new = 0
    # Known already?
    for isbn in isbns:
        if not Book.objects.filter(isbn=isbn).exists():
            new += 1
    return new


@positive("count-in-loop", advice=False)
def raw_count() -> list[int]:
    """A cursor counts for one key after the other."""
    found = []
    with connection.cursor() as cursor:
        for pk in _keys(Publisher, 10):
            cursor.execute("SELECT COUNT(*) FROM catalog_book WHERE publisher_id = %s", [pk])
            found.append(cursor.fetchone()[0])
    return found


@positive(
    "count-in-loop",
    at='return [await author.books.acount() async for author in Author.objects.order_by("pk")[:12]]',
    reads=(
        (
            'await author.books.acount() async for author in Author.objects.order_by("pk").annotate',
            'author.books_count async for author in Author.objects.order_by("pk").annotate',
        ),
    ),
)
async def counted_in_a_coroutine() -> list[int]:
    """A coroutine awaits a number for each row."""
    return [await author.books.acount() async for author in Author.objects.order_by("pk")[:12]]


@positive("count-in-loop", advice=False)
def counted_two_steps_away() -> list[int]:
    """The publisher is joined, its books are counted."""
    books = Book.objects.select_related("publisher").only("title", "publisher__name").order_by("pk")[:12]
    return [book.publisher.books.count() for book in books]


def is_popular(book: Book) -> bool:
    """Return whether a book has more than two reviews."""
    return book.reviews.count() > 2


@positive("count-in-loop")
def counted_in_a_helper() -> list[str]:
    """A function counts for the row it is given."""
    return [book.title for book in Book.objects.only("title").order_by("pk")[:20] if is_popular(book)]


@positive("count-in-loop", advice=False)
def first_of_each_key() -> list[str]:
    """``filter(...).first()`` of one word after the other, of which some have no row."""
    words = [
        *Genre.objects.order_by("pk").values_list("slug", flat=True)[:9],
        "none-such",
        "nor-this",
        "nor-that",
    ]
    found = []
    for word in words:
        genre = Genre.objects.filter(slug=word).first()
        found.append(genre.name if genre else word)
    return found


@positive(
    "count-in-loop",
    at='Publisher.objects.order_by("pk")[:12]',
    reads=(
        (
            'book = publisher.books.order_by("published_on", "pk").last()',
            "book = next(iter(publisher.first_books), None)",
        ),
    ),
)
def last_of_them() -> list[str]:
    """``last()`` of the related rows."""
    found = []
    for publisher in Publisher.objects.order_by("pk")[:12]:
        book = publisher.books.order_by("published_on", "pk").last()
        found.append(book.title if book else "")
    return found


@positive("count-in-loop")
def contained() -> list[bool]:
    """Whether one row is among the related rows of each."""
    genre = Genre.objects.earliest("pk")
    return [book.genres.contains(genre) for book in Book.objects.order_by("pk").only("title")[:15]]


@positive("count-in-loop", advice=False)
def by_drawn_keys() -> int:
    """Keys that were drawn at random stand in no code, so that a few of them are no fixed words."""
    tokens = [Cart.objects.create(token=uuid4().hex).token for _ in "abcd"] + [str(uuid4()) for _ in "ef"]
    return sum(CartLine.objects.filter(cart__token=token).count() for token in tokens)
