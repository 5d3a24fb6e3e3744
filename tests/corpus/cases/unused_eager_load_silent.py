"""What querysets bring along for one row in a hundred, for a lock, for a cache: not for nothing."""

from __future__ import annotations

import copy
from operator import attrgetter
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import transaction
from django.db.models import Prefetch, prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.template import engines
from django.views.generic import DetailView

from demo.blog.models import Comment, Post
from demo.catalog.models import Author, Book, Review
from demo.orders.models import Order
from tests.corpus.case import silent
from tests.corpus.models import Summary, Thread
from tests.corpus.pages import page

Answer = Any


def rendered(request: HttpRequest, source: str, **context: Any) -> HttpResponse:
    """Return a page made of a template."""
    return HttpResponse(engines["django"].from_string(source).render(context, request))


@silent(
    "unused-eager-load", "one row of many needed it: loading it then, row by row, is what the join prevents"
)
def read_of_a_few_rows() -> list[str]:
    """A condition in the loop reads the author of a few books."""
    books = Book.objects.select_related("author").order_by("pk")
    return [book.author.name for number, book in enumerate(books) if number % 40 == 7]


@silent("unused-eager-load", "the code asked each row for it; that none had one is the data's doing")
def nothing_at_the_other_end() -> list[str]:
    """The relation may be empty, and is, for all rows."""
    threads = Thread.objects.select_related("last_entry")
    return [thread.last_entry.text if thread.last_entry else "-" for thread in threads]


@silent("unused-eager-load", "whoever takes the rows from the cache reads it")
def kept_in_a_cache() -> int:
    """A list is pickled for later requests, with all that belongs to it."""
    books = list(Book.objects.select_related("author").defer("description", "sample").order_by("pk")[:20])
    cache.set("corpus-shelf", books, 5)
    return len([book.title for book in books])


@silent("unused-eager-load", "a copy of a row has the same author, which is read there")
def read_from_copies() -> list[str]:
    """The loop works on copies of the rows."""
    books = Book.objects.select_related("author").order_by("pk")[:20]
    return [copied.author.name for copied in [copy.copy(book) for book in books]]


@silent("unused-eager-load", "the join is what locks the other table's rows too")
def joined_to_lock() -> list[str]:
    """Orders are locked with their customers while something is booked."""
    with transaction.atomic():
        orders = Order.objects.select_for_update().select_related("customer").filter(customer__isnull=False)
        return [order.number for order in orders.order_by("pk")[:5]]


@silent("unused-eager-load", "the attribute is a plain list, and was read")
def into_an_attribute() -> dict[str, list[str]]:
    """``to_attr`` puts the rows into a list of one's own."""
    best = Prefetch("reviews", queryset=Review.objects.filter(stars=5).order_by("pk"), to_attr="best")
    books = Book.objects.prefetch_related(best).order_by("pk")[:10]
    return {book.slug: [review.title for review in book.best] for book in books}


@silent(
    "unused-eager-load", "the loop goes past the prefetch: that is the problem to name", "prefetch-defeated"
)
def asked_again() -> dict[str, int]:
    """The prefetch is there, and a filter asks once more for each row."""
    books = Book.objects.prefetch_related("reviews").order_by("pk")[:10]
    return {book.slug: len([each.title for each in book.reviews.filter(stars=5)]) for book in books}


@silent("unused-eager-load", "exists() of what a prefetch brought looks at it")
def prefetched_for_exists() -> list[str]:
    """Rows are chosen by whether they have reviews."""
    books = Book.objects.prefetch_related("reviews").order_by("pk")[:20]
    return [book.title for book in books if book.reviews.exists()]


@silent("unused-eager-load", "count() of what a prefetch brought counts it in memory")
def prefetched_for_count() -> dict[str, int]:
    """The number of genres of each book, of those that are there."""
    return {
        book.slug: book.genres.count() for book in Book.objects.prefetch_related("genres").order_by("pk")[:20]
    }


@silent("unused-eager-load", "the first of ordered rows is taken from the prefetch")
def prefetched_for_first() -> list[str]:
    """The newest of the prefetched reviews, which come in an order."""
    newest = Prefetch("reviews", queryset=Review.objects.order_by("-created_at", "pk"))
    books = Book.objects.prefetch_related(newest).order_by("pk")[:20]
    return [review.title for book in books if (review := book.reviews.all().first()) is not None]


@silent("unused-eager-load", "contains() looks into what the prefetch brought")
def prefetched_for_contains() -> list[str]:
    """Books that have a genre, asked of each."""
    books = list(Book.objects.prefetch_related("genres").order_by("pk")[:20])
    wanted = next(genre for book in books[:1] for genre in book.genres.all())
    return [book.title for book in books if book.genres.contains(wanted)]


@silent("unused-eager-load", "indexing reads the rows of the prefetch")
def prefetched_for_an_index() -> list[str]:
    """Each row's first genre, by its place."""
    books = Book.objects.prefetch_related("genres").order_by("pk")[:20]
    return [book.genres.all()[0].name if book.genres.all()[:1] else "-" for book in books]


@silent("unused-eager-load", "the property reads it")
def through_a_method() -> list[str]:
    """``Order.total()`` goes through the lines; no line here names them."""
    orders = Order.objects.prefetch_related("lines").order_by("number")[:20]
    return [str(order.total()) for order in orders]


@silent("unused-eager-load", "values bring no instances and join nothing for them")
def then_values() -> list[str]:
    """``values_list`` after ``select_related`` drops it."""
    return list(Book.objects.select_related("author").order_by("pk").values_list("title", flat=True)[:20])


@silent("unused-eager-load", "there was no row, and so no prefetch")
def no_rows() -> list[str]:
    """A search that finds nothing."""
    return [
        book.title
        for book in Book.objects.filter(title="?").select_related("author").prefetch_related("genres")
    ]


@silent("unused-eager-load", "a path was read through to its end")
def read_to_the_end() -> set[str]:
    """Each step of the path is needed for the last one."""
    books = Book.objects.select_related("author__country", "publisher").order_by("pk")[:20]
    return {book.author.country.name + book.publisher.city for book in books}


@silent("unused-eager-load", "the one-to-one was read from its other side")
def read_backwards() -> list[str]:
    """A summary is asked for its thread, and the thread for what it begins with."""
    summaries = Summary.objects.select_related("thread__first_entry").order_by("code")
    return [summary.thread.first_entry.text for summary in summaries]


@page
def moved(request: HttpRequest) -> HttpResponse:
    books = Book.objects.select_related("author").defer("description", "sample").order_by("pk")[:20]
    slugs = [book.slug for book in books]
    return HttpResponseRedirect(f"/books/{slugs[0]}/")


@silent("unused-eager-load", "the page that shows them was not reached", request=True)
def redirected(client: Any) -> Answer:
    """The view decides by the rows to go elsewhere."""
    return client.get("/corpus/moved/")


@page
def missing(request: HttpRequest) -> HttpResponse:
    books = Book.objects.select_related("author").defer("description", "sample").order_by("pk")[:20]
    if not any(book.slug == request.GET.get("slug") for book in books):
        raise Http404
    return rendered(request, "{% for book in books %}{{ book.author }}{% endfor %}", books=books)


@silent("unused-eager-load", "the page that shows them was not reached", request=True)
def not_found(client: Any) -> Answer:
    """The view ends in a 404 before the template."""
    return client.get("/corpus/missing/?slug=none")


@page
def author_lines(request: HttpRequest) -> StreamingHttpResponse:
    books = Book.objects.select_related("author").defer("description", "sample").order_by("pk")[:20]
    shown = [book for book in books if book.pages]
    return StreamingHttpResponse(
        (f"{book.title};{book.author.name}\n" for book in shown), content_type="text/csv"
    )


@silent("unused-eager-load", "the body reads it after the view has returned", request=True)
def read_while_streaming(client: Any) -> Answer:
    """The relation is read while the response is sent."""
    return client.get("/corpus/author_lines/")


class AuthorPage(DetailView):
    """One author, with what the template shows of them."""

    queryset = Author.objects.select_related("country").prefetch_related("books")

    def render_to_response(self, context: dict[str, Any], **options: Any) -> HttpResponse:
        return rendered(
            self.request,
            "{{ author }} {% with home=author.country %}{{ home }}{% endwith %}{{ author.books.all|length }}",
            **context,
        )


@page
def first_author(request: HttpRequest) -> Any:
    return AuthorPage.as_view()(request, pk=Author.objects.order_by("pk").values_list("pk", flat=True)[0])


@silent("unused-eager-load", "the template reads both", request=True)
def detail_view(client: Any) -> Answer:
    """A template takes the length of one relation and names the other by a tag."""
    return client.get("/corpus/first_author/")


class BookAdmin(admin.ModelAdmin):
    """A change list that shows the author."""

    list_display = ("title", "author")
    list_per_page = 20
    ordering = ("title", "pk")
    show_full_result_count = False
    list_select_related = ("author", "publisher")


@page
def book_admin(request: HttpRequest) -> Any:
    return BookAdmin(Book, admin.site).changelist_view(request).render()


@silent(
    "unused-eager-load", "the admin's list serves searches, filters and actions by one queryset", request=True
)
def change_list(client: Any) -> Answer:
    """``list_select_related`` names a relation that no column shows at the moment."""
    client.force_login(User.objects.get(username="admin"))
    return client.get("/corpus/book_admin/")


def shelf_of(status: str) -> Any:
    """Return books of a status with their genres."""
    return Book.objects.filter(status=status).prefetch_related("genres").order_by("pk")[:5]


@silent("unused-eager-load", "the line that builds it serves a caller who reads it")
def one_line_for_two_readers() -> list[str]:
    """One function builds the queryset of two shelves, and one of them shows the genres."""
    found = [
        f"{book.title}: {sorted(genre.name for genre in book.genres.all())}" for book in shelf_of("in print")
    ]
    return found + [book.title for book in shelf_of("remaindered")]


@silent("unused-eager-load", "the generic key is read from what the prefetch brought")
def generic_key_read() -> list[str]:
    """What comments are about."""
    comments = Comment.objects.prefetch_related("about").order_by("pk")[:20]
    return [str(comment.about) for comment in comments]


@silent("unused-eager-load", "the generic relation is read from what the prefetch brought")
def generic_relation_read() -> dict[str, int]:
    """How many comments each post has."""
    return {
        post.slug: post.comments.count() for post in Post.objects.prefetch_related("comments").order_by("pk")
    }


@silent("unused-eager-load", "the key of a sort reads it")
def read_by_a_sort() -> list[str]:
    """An ``attrgetter`` follows the relation."""
    books = Book.objects.select_related("author").order_by("pk")[:20]
    return [book.title for book in sorted(books, key=attrgetter("author.name", "pk"))]


@silent("unused-eager-load", "what is prefetched by hand is read")
def prefetched_by_hand() -> dict[str, int]:
    """A list is given its relations later."""
    books = list(Book.objects.order_by("pk")[:20])
    prefetch_related_objects(books, "genres")
    return {book.slug: len(book.genres.all()) for book in books}


@silent("unused-eager-load", "the instance was read again, and the relation asked for after it")
def read_again() -> str:
    """``refresh_from_db`` forgets what was joined."""
    review = Review.objects.select_related("book").order_by("pk")[0]
    review.refresh_from_db()
    return str(review.book.title)


@silent("unused-eager-load", "an inner prefetch is read through the outer one")
def read_through_a_join() -> list[str]:
    """The books of the author that is joined."""
    books = Book.objects.select_related("author").prefetch_related("author__books").order_by("pk")[:10]
    return [f"{book.title}: {len(book.author.books.all())}" for book in books]


class BookCard(DetailView):
    """Two methods of a view ask for its object, which a third one knows how to build."""

    def get_queryset(self) -> Any:
        return Book.objects.select_related("publisher").prefetch_related("genres")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not self.get_object().pages:
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def render_to_response(self, context: dict[str, Any], **options: Any) -> HttpResponse:
        source = "{{ book.publisher }} {% for genre in book.genres.all %}{{ genre }}{% endfor %}"
        return rendered(self.request, source, **context)


@page
def checked_book(request: HttpRequest) -> Any:
    return BookCard.as_view()(request, pk=Book.objects.earliest("pk").pk)


@silent(
    "unused-eager-load",
    "one method builds the queryset, for a check that reads no relation and for the page that does",
    "duplicate-query",
    request=True,
)
def built_for_two(client: Any) -> Answer:
    """A view whose ``dispatch`` asks for the object as well."""
    return client.get("/corpus/checked_book/")
