"""Prefetched relations that the loop asks the database for again, and prefetches that are read as they are."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Prefetch, Sum, prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.template import engines
from rest_framework import generics, serializers

from demo.blog.models import Comment, Post  # noqa: F401 - what advice names
from demo.catalog.models import Author, Book, Genre, Publisher, Review
from demo.orders.models import Order
from tests.corpus.case import positive, silent
from tests.corpus.pages import PAGES, page


def light() -> Any:
    """Return books without their heavy columns."""
    return Book.objects.defer("description", "sample")


@positive("prefetch-defeated")
def filtered() -> list[list[str]]:
    """``filter()`` of a prefetched relation asks again for each row."""
    books = Book.objects.prefetch_related("reviews").order_by("pk")[:20]
    return [sorted(review.title for review in book.reviews.filter(stars=5)) for book in books]


@positive("prefetch-defeated")
def excluded() -> list[list[str]]:
    """So does ``exclude()``."""
    authors = Author.objects.prefetch_related("books").order_by("pk")[:20]
    found = []
    for author in authors:
        found.append(sorted(book.title for book in author.books.exclude(status="remaindered")))
    return found


@positive("prefetch-defeated")
def ordered() -> list[list[str]]:
    """Another order is another statement."""
    authors = Author.objects.prefetch_related("books").order_by("pk")[:20]
    return [[book.title for book in author.books.order_by("-published_on", "pk")] for author in authors]


@positive("prefetch-defeated", at='book.genres.values_list("slug", flat=True)')
def values_taken() -> list[list[str]]:
    """``values_list()`` makes a queryset of its own."""
    books = Book.objects.prefetch_related("genres").order_by("pk")[:20]
    return [sorted(book.genres.values_list("slug", flat=True)) for book in books]


@positive(
    "prefetch-defeated",
    at='Author.objects.prefetch_related("books").order_by("pk")[:15]',
    reads=(("book = author.books.first()", "book = next(iter(author.first_books), None)"),),
)
def first_of_them() -> list[str]:
    """``first()`` orders and limits."""
    found = []
    for author in Author.objects.prefetch_related("books").order_by("pk")[:15]:
        book = author.books.first()
        found.append(book.title if book else "-")
    return found


@positive(
    "prefetch-defeated",
    at='Author.objects.prefetch_related("books").order_by("pk")[:15]',
    reads=(
        (
            'book = author.books.order_by("-published_on", "-pk").first()',
            "book = next(iter(author.first_books), None)",
        ),
    ),
)
def newest_of_them() -> list[str]:
    """The newest one by an order of its own."""
    found = []
    for author in Author.objects.prefetch_related("books").order_by("pk")[:15]:
        book = author.books.order_by("-published_on", "-pk").first()
        found.append(book.title if book else "-")
    return found


@positive("prefetch-defeated")
def counted_by_a_choice() -> list[int]:
    """A count of some of the rows that are there."""
    books = Book.objects.prefetch_related("reviews").order_by("pk")[:20]
    return [book.reviews.filter(stars=5).count() for book in books]


@positive("prefetch-defeated")
def checked_by_a_choice() -> list[bool]:
    """Whether one of the rows that are there fits."""
    books = Book.objects.prefetch_related("reviews").order_by("pk")[:20]
    return [book.reviews.filter(stars=1).exists() for book in books]


@positive(
    "prefetch-defeated",
    at='orders = Order.objects.prefetch_related("lines").order_by("pk")[:20]',
    reads=(('order.lines.aggregate(total=Sum("quantity"))["total"]', "order.lines_quantity"),),
)
def summed_up() -> list[Any]:
    """An aggregate of the rows that are there."""
    orders = Order.objects.prefetch_related("lines").order_by("pk")[:20]
    return [order.lines.aggregate(total=Sum("quantity"))["total"] for order in orders]


@positive("prefetch-defeated")
def joined_again() -> list[list[str]]:
    """``select_related()`` on the related manager belongs into the prefetch."""
    authors = Author.objects.prefetch_related("books").order_by("pk")[:15]
    found = []
    for author in authors:
        found.append(sorted(book.publisher.name for book in author.books.select_related("publisher")))
    return found


@positive("prefetch-defeated", advice=False)
def by_a_value_of_the_row() -> list[int]:
    """What is chosen depends on the row: no single prefetch can say it."""
    books = Book.objects.prefetch_related("reviews").order_by("pk")[:20]
    return [
        len([r.pk for r in book.reviews.filter(created_at__year__gte=book.published_on.year)])
        for book in books
    ]


@positive("prefetch-defeated")
def read_as_it_is_and_chosen() -> list[tuple[int, int]]:
    """The prefetch is read by one half of the loop and passed over by the other."""
    books = Book.objects.prefetch_related("reviews").order_by("pk")[:20]
    found = []
    for book in books:
        stars = sum(review.stars for review in book.reviews.all())
        best = [review.title for review in book.reviews.filter(stars=5)]
        found.append((stars, len(best)))
    return found


@positive("prefetch-defeated")
def nested() -> list[list[str]]:
    """The second step of a nested prefetch is asked for again."""
    found = []
    for author in Author.objects.prefetch_related("books__reviews").order_by("pk")[:10]:
        for book in author.books.all():
            found.append(sorted(review.title for review in book.reviews.filter(stars=4)))
    return found


@positive("prefetch-defeated")
def generic() -> list[list[str]]:
    """A generic relation is chosen from again."""
    posts = Post.objects.prefetch_related("comments").order_by("pk")
    return [[comment.text for comment in post.comments.order_by("-created_at", "pk")] for post in posts]


def best_reviews(book: Book) -> list[str]:
    """Return the titles of the best reviews."""
    return sorted(review.title for review in book.reviews.filter(stars=5))


@positive("prefetch-defeated")
def in_a_helper() -> dict[str, list[str]]:
    """The function that chooses knows nothing of the prefetch."""
    return {
        book.slug: best_reviews(book) for book in Book.objects.prefetch_related("reviews").order_by("pk")[:20]
    }


@page
def genres_of_books(request: HttpRequest) -> HttpResponse:
    books = Book.objects.only("title").prefetch_related("genres").order_by("title", "pk")[:20]
    template = engines["django"].from_string(
        "{% for b in books %}<li>{{ b }} {{ b.genres.first.name }}\n{% endfor %}"
    )
    return HttpResponse(template.render({"books": books}, request))


@positive(
    "prefetch-defeated",
    request=True,
    at='books = Book.objects.only("title").prefetch_related("genres").order_by("title", "pk")[:20]',
    reads=(("{{ b.genres.first.name }}", "{{ b.first_genres.0.name }}"),),
)
def in_a_template(client: Any) -> Any:
    """A template takes the first of what was prefetched."""
    return client.get("/corpus/genres_of_books/")


class BestReviewsSerializer(serializers.ModelSerializer):
    """A book with the titles of its best reviews."""

    best = serializers.SerializerMethodField()

    class Meta:
        model = Book
        fields = ("title", "best")

    def get_best(self, book: Book) -> list[str]:
        return sorted(review.title for review in book.reviews.filter(stars__gte=4))


class BestReviews(generics.ListAPIView):
    queryset = light().prefetch_related("reviews").filter(pk__lte=25).order_by("pk")
    serializer_class = BestReviewsSerializer
    pagination_class = None


PAGES["best_reviews"] = BestReviews.as_view()


@positive("prefetch-defeated", request=True)
def in_a_serializer(client: Any) -> Any:
    """A method field chooses from what the view prefetched."""
    return client.get("/corpus/best_reviews/")


@positive("prefetch-defeated")
def prefetched_by_hand() -> list[list[str]]:
    """``prefetch_related_objects`` is passed over as well."""
    books = list(Book.objects.order_by("pk")[:15])
    prefetch_related_objects(books, "genres")
    return [[genre.name for genre in book.genres.order_by("name")] for book in books]


@positive("prefetch-defeated", advice=False)
def last_of_all() -> list[str]:
    """``all().last()`` looks as if it asked the rows that are there."""
    books = [
        author.books.all().last() for author in Author.objects.prefetch_related("books").order_by("pk")[:15]
    ]
    return [book.title for book in books if book is not None]


@positive("prefetch-defeated", at="author.books.iterator()")
def streamed_again() -> int:
    """``iterator()`` of a prefetched relation asks again."""
    number = 0
    for author in Author.objects.prefetch_related("books").order_by("pk")[:15]:
        for book in author.books.iterator():
            number += book.pages
    return number


@silent("prefetch-defeated", "all() is what a prefetch answers")
def read_as_it_is() -> list[list[str]]:
    authors = Author.objects.prefetch_related("books").order_by("pk")
    return [[book.title for book in author.books.all()] for author in authors]


@silent("prefetch-defeated", "the loop chooses in Python, from rows that are there")
def chosen_in_python() -> list[list[str]]:
    books = Book.objects.prefetch_related("reviews").order_by("pk")[:20]
    return [[r.title for r in book.reviews.all() if r.stars == 5] for book in books]


@silent("prefetch-defeated", "count() and exists() of a prefetched relation ask nothing")
def counted() -> list[int]:
    books = Book.objects.prefetch_related("genres").order_by("pk")[:20]
    return [book.genres.count() for book in books if book.genres.exists()]


@silent("prefetch-defeated", "the choice itself was prefetched, into an attribute that the loop reads")
def chosen_by_the_prefetch() -> list[int]:
    best = Prefetch("reviews", queryset=Review.objects.filter(stars=5), to_attr="best")
    return [len(book.best) for book in Book.objects.prefetch_related(best).order_by("pk")[:20]]


@silent("prefetch-defeated", "the prefetch brings the rows in the order that the loop wants")
def ordered_by_the_prefetch() -> list[list[str]]:
    books = Prefetch("books", queryset=Book.objects.order_by("-published_on", "pk"))
    authors = Author.objects.prefetch_related(books).order_by("pk")[:20]
    return [[book.title for book in author.books.all()] for author in authors]


@silent("prefetch-defeated", "the relation was never prefetched: count-in-loop tells it", "count-in-loop")
def never_prefetched() -> list[int]:
    books = Book.objects.prefetch_related("genres").order_by("pk")[:20]
    return [len(book.genres.all()) + book.reviews.filter(stars=5).count() for book in books]


@silent("prefetch-defeated", "one row out of all is asked for more: that is no loop")
def one_of_them() -> list[str]:
    authors = list(Author.objects.prefetch_related("books").order_by("pk")[:20])
    names = [f"{author.name} {sum(book.pages for book in author.books.all())}" for author in authors]
    return names + [book.title for book in authors[3].books.order_by("title", "pk")]


@silent("prefetch-defeated", "a slice of the prefetched rows is taken from what is there")
def sliced() -> list[list[str]]:
    authors = Author.objects.prefetch_related("books").order_by("pk")[:20]
    return [[book.title for book in list(author.books.all())[:2]] for author in authors]


@silent("prefetch-defeated", "two querysets prefetch the same relation, and each is read as it is")
def two_querysets() -> int:
    first = Book.objects.filter(pages__gt=300).prefetch_related("genres")
    others = Book.objects.filter(pages__lte=300).prefetch_related("genres")
    return sum(len(list(book.genres.all())) + len(book.title) for books in (first, others) for book in books)


@silent("prefetch-defeated", "a chunk of an iterator is prefetched at a time, and read as it is")
def in_chunks() -> int:
    books = Book.objects.prefetch_related("genres").order_by("pk")
    return sum(len(genre.name) for book in books.iterator(chunk_size=25) for genre in book.genres.all())


@silent("prefetch-defeated", "the numbers come by an annotation, and the prefetch is read besides")
def annotated_and_prefetched() -> list[tuple[int, list[str]]]:
    genres = Genre.objects.annotate(number=Count("books")).prefetch_related("books").order_by("pk")
    return [(genre.number, sorted(book.slug for book in genre.books.all())) for genre in genres]


@silent(
    "prefetch-defeated",
    "another relation of the same rows is chosen from, which was not prefetched",
    "n-plus-one",
)
def another_relation() -> list[Any]:
    publishers = Publisher.objects.prefetch_related("books").order_by("pk")[:10]
    found: list[Any] = []
    for publisher in publishers:
        for book in publisher.books.all():
            found.append(sorted(genre.name for genre in book.genres.filter(name__gt="D")))
    return found


@silent("prefetch-defeated", "contains() asks the rows that are there")
def contained() -> list[bool]:
    genre = Genre.objects.earliest("pk")
    return [
        book.genres.contains(genre) for book in Book.objects.prefetch_related("genres").order_by("pk")[:20]
    ]
