"""What querysets bring along for nothing."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.views.generic import ListView
from rest_framework import generics, serializers

from demo.blog.models import Comment, Post
from demo.catalog.models import Author, Book, Publisher, Review
from demo.orders.models import OrderLine
from tests.corpus.case import positive
from tests.corpus.models import Summary
from tests.corpus.pages import PAGES, page

Answer = Any


def rendered(request: HttpRequest, source: str, **context: Any) -> HttpResponse:
    """Return a page made of a template."""
    return HttpResponse(engines["django"].from_string(source).render(context, request))


@positive("unused-eager-load")
def one_join_of_two() -> list[str]:
    """The author is shown, the publisher was joined for a column that the table lost."""
    books = Book.objects.select_related("author", "publisher").order_by("pk")[:20]
    return [f"{book.title} by {book.author.name}" for book in books]


@positive("unused-eager-load")
def prefetch_nobody_reads() -> list[str]:
    """The genres came with a statement of their own."""
    return [book.title for book in Book.objects.prefetch_related("genres").order_by("pk")[:20]]


@positive("unused-eager-load")
def one_prefetch_of_two() -> dict[str, list[str]]:
    """A call names two relations, one of which is read."""
    books = Book.objects.filter(pages__gt=0).prefetch_related("genres", "reviews").order_by("pk")[:20]
    return {book.slug: sorted(genre.name for genre in book.genres.all()) for book in books}


@positive("unused-eager-load")
def a_step_too_far() -> list[str]:
    """``author__country`` is joined, the author is all that is read."""
    books = Book.objects.select_related("author__country").order_by("-published_on", "pk")[:20]
    return [book.author.name for book in books]


@positive("unused-eager-load")
def a_prefetch_too_far() -> dict[str, list[str]]:
    """``books__genres`` is prefetched, the books are all that is read."""
    authors = Author.objects.prefetch_related("books__genres").order_by("pk")[:10]
    return {author.name: sorted(book.title for book in author.books.all()) for author in authors}


@positive("unused-eager-load")
def a_join_within_a_prefetch() -> dict[str, list[str]]:
    """The queryset of a ``Prefetch`` joins what nobody reads."""
    books = Prefetch("books", queryset=Book.objects.select_related("publisher").order_by("pk"))
    authors = Author.objects.prefetch_related(books).order_by("pk")[:15]
    return {author.name: [book.title for book in author.books.all()] for author in authors}


@positive("unused-eager-load")
def joins_without_names() -> list[str]:
    """``select_related()`` follows whatever is not nullable; only the book is read."""
    lines = OrderLine.objects.select_related().order_by("pk")[:20]
    return [f"{line.quantity} × {line.book.title}" for line in lines]


@positive("unused-eager-load")
def joined_to_filter() -> list[str]:
    """A filter joins by itself; whoever wrote ``select_related()`` for it loads the rows as well."""
    books = Book.objects.select_related("author").filter(author__born__gt=1900).order_by("pk")
    return [book.title for book in books]


@positive("unused-eager-load")
def only_the_key_is_read() -> list[tuple[str, int]]:
    """``author_id`` is a column of the book itself."""
    return [
        (book.title, book.author_id) for book in Book.objects.select_related("author").order_by("pk")[:20]
    ]


@positive("unused-eager-load")
def generic_relation_prefetched() -> list[str]:
    """The comments on posts, on a page that lists the posts alone."""
    posts = Post.objects.prefetch_related("comments").order_by("pk")
    return [f"{post.published_at:%Y} {post.title}" for post in posts]


@positive("unused-eager-load")
def generic_key_prefetched() -> list[str]:
    """What comments are about, two statements for two kinds of it."""
    comments = Comment.objects.order_by("pk").prefetch_related("about")[:30]
    return [f"{comment.name}: {comment.text}" for comment in comments]


@positive("unused-eager-load")
def one_to_one_with_the_column() -> list[str]:
    """The thread of each summary is joined, its key is no number."""
    return [summary.code for summary in Summary.objects.select_related("thread").order_by("code")]


@positive("unused-eager-load")
async def asynchronous() -> list[str]:
    """A coroutine goes through rows that bring a relation along."""
    return [author.name async for author in Author.objects.prefetch_related("books").order_by("pk")[:12]]


@positive("unused-eager-load")
def chunk_by_chunk() -> list[str]:
    """The prefetch runs once for each chunk of an iterator."""
    books = Book.objects.order_by("pk").prefetch_related("genres")
    return [book.title for book in books.iterator(chunk_size=30)]


@positive("unused-eager-load")
def a_single_row() -> str:
    """One row of a detail page is enough to be seen."""
    review = Review.objects.select_related("book").get(pk=Review.objects.order_by("pk").values("pk")[:1])
    return review.title


def with_everything() -> Any:
    """Return books with all that any page may want."""
    return Book.objects.select_related("author").prefetch_related("genres").order_by("pk")


@positive("unused-eager-load")
def a_selector_for_all() -> list[str]:
    """A function builds the queryset of many pages; this one reads the author alone."""
    return [f"{book.title} ({book.author.name})" for book in with_everything()[:20]]


class PublisherList(ListView):
    """A list that says nothing of books."""

    queryset = Publisher.objects.prefetch_related("books__genres").filter(pk__lte=4).order_by("name")

    def render_to_response(self, context: dict[str, Any], **options: Any) -> HttpResponse:
        return rendered(
            self.request, "{% for p in object_list %}{{ p }}, {{ p.city }}\n{% endfor %}", **context
        )


class ReviewKeySerializer(serializers.ModelSerializer):
    """A review with the key of its book, for which Django REST framework asks no row."""

    class Meta:
        model = Review
        fields = ("title", "book")


class ReviewKeys(generics.ListAPIView):
    """An API that joins what it gives the key of."""

    serializer_class = ReviewKeySerializer
    pagination_class = None

    def get_queryset(self) -> models.QuerySet[Review]:
        return Review.objects.select_related("book").defer("text").order_by("pk")[:20]


PAGES["publisher_list"] = PublisherList.as_view()
PAGES["review_keys"] = ReviewKeys.as_view()


@positive("unused-eager-load", request=True)
def list_view(client: Any) -> Answer:
    """The queryset is an attribute of a generic view."""
    return client.get("/corpus/publisher_list/")


class PagedAuthors(ListView):
    """A list in pages: what a page brings along, nobody reads."""

    model = Author
    paginate_by = 20

    def get_queryset(self) -> models.QuerySet[Author]:
        return Author.objects.select_related("country").defer("biography").order_by("name", "pk")

    def render_to_response(self, context: dict[str, Any], **options: Any) -> HttpResponse:
        return rendered(self.request, "{% for author in page_obj %}{{ author }}\n{% endfor %}", **context)


PAGES["paged_authors"] = PagedAuthors.as_view()


@positive("unused-eager-load", request=True)
def paginated(client: Any) -> Answer:
    """A paginator cuts a queryset that joins too much."""
    return client.get("/corpus/paged_authors/")


@positive("unused-eager-load", request=True)
def serializer_of_keys(client: Any) -> Answer:
    """A related field of a serializer needs the key alone."""
    return client.get("/corpus/review_keys/")


@page
def plain_shelf(request: HttpRequest) -> HttpResponse:
    books = (
        Book.objects.select_related("author", "publisher").defer("description", "sample").order_by("pk")[:20]
    )
    return rendered(
        request, "{% for book in books %}<p>{{ book }} {{ book.publisher.city }}{% endfor %}", books=books
    )


@positive("unused-eager-load", request=True)
def template_reads_one_of_two(client: Any) -> Answer:
    """What a template no longer shows is still joined in the view."""
    return client.get("/corpus/plain_shelf/")


@positive("unused-eager-load")
def two_querysets_of_which_one_is_read() -> list[str]:
    """Two shelves bring their genres along; those of the second one are not shown."""
    newest = Book.objects.prefetch_related("genres").order_by("-published_on", "pk")[:5]
    oldest = Book.objects.prefetch_related("genres").order_by("published_on", "pk")[:5]
    found = [f"{book.title}: {sorted(genre.name for genre in book.genres.all())}" for book in newest]
    return found + [book.title for book in oldest]
