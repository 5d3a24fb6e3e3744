"""Rows that are asked for a yes or no: loaded for nothing else, or used after it."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async
from django import forms
from django.core.cache import cache
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_list_or_404
from django.template import engines
from rest_framework import generics, permissions, serializers

from demo.blog.models import Comment, Post
from demo.catalog.models import Author, Book, Genre, Publisher, Review
from demo.orders.models import Customer, Order
from tests.corpus.case import positive, silent
from tests.corpus.models import Thread
from tests.corpus.pages import PAGES, page

Answer = Any


def rendered(request: HttpRequest, source: str, **context: Any) -> HttpResponse:
    """Return a page made of a template."""
    return HttpResponse(engines["django"].from_string(source).render(context, request))


@positive("truth-by-load", at="Review.objects.filter(stars=5)")
def condition() -> str:
    """An ``if`` evaluates the queryset."""
    if Review.objects.filter(stars=5):
        return "some are happy"
    return "nobody is"


@positive("truth-by-load", at="Order.objects.filter(status=Order.Status.RETURNED)")
def call_of_bool() -> bool:
    """``bool()`` of a queryset."""
    return bool(Order.objects.filter(status=Order.Status.RETURNED))


@positive("truth-by-load", at='Author.objects.filter(name__startswith="A")')
def negated() -> str:
    """``not`` asks for the truth as well."""
    return "none" if not Author.objects.filter(name__startswith="A") else "some"


@positive("truth-by-load", at="author.books.all()")
def of_a_related_manager() -> str:
    """One author's books, before the author may be removed."""
    author = Author.objects.filter(books__isnull=False).order_by("pk").first()
    if author.books.all():
        return "keep"
    return "remove"


@positive("truth-by-load", at="Customer.objects.filter(Q(city=city) | Q(name=city))")
def in_an_expression() -> tuple[bool, bool]:
    """The right side of an ``and``."""
    city = Customer.objects.order_by("pk").values_list("city", flat=True)[0]
    return bool(city and Customer.objects.filter(Q(city=city) | Q(name=city))), True


@positive("truth-by-load", at='Book.objects.values_list("pk", flat=True)')
def of_values() -> str:
    """Values are lighter than rows, and still all of them."""
    return "open" if Book.objects.values_list("pk", flat=True) else "closed"


@positive("truth-by-load", at='Genre.objects.filter(books__pages__gt=0).distinct().order_by("name")')
def a_guard() -> str:
    """An assertion at the beginning of an import."""
    assert Genre.objects.filter(books__pages__gt=0).distinct().order_by("name")
    return "ready"


def forthcoming() -> Any:
    """Return the books of which there will be more."""
    return Book.objects.exclude(status="remaindered").order_by("pk")


@positive(
    "truth-by-load",
    at="books = forthcoming()",
    reads=(("books = forthcoming()", "books = forthcoming()"),),
    advice=False,
)
def built_elsewhere() -> int:
    """Another function builds the queryset, and a name holds it."""
    books = forthcoming()
    return 1 if books else 0


@positive("truth-by-load", at="Review.objects.filter(book=book, stars__gt=0)")
def in_a_loop_once() -> list[str]:
    """A check for the first row of something else."""
    book = Book.objects.filter(reviews__isnull=False).order_by("pk").first()
    reviewed = []
    if Review.objects.filter(book=book, stars__gt=0):
        reviewed.append(book.slug)
    return reviewed


@positive("truth-by-load", advice=False)
def tested_then_a_subquery() -> int:
    """A queryset in another one's filter is a subquery: what was loaded for the test is not used."""
    books = Book.objects.filter(pages__gt=100)
    if books:
        return Review.objects.filter(book__in=books).count()
    return 0


@positive("truth-by-load", at="Post.objects.all()")
async def asynchronous() -> str:
    """A coroutine has a worker thread ask."""

    def published() -> bool:
        return bool(Post.objects.all())

    return "blog" if await sync_to_async(published)() else "shop"


class Reviewed:
    """A book as a page sees it."""

    def __init__(self, book: Book) -> None:
        self.book = book

    @property
    def is_reviewed(self) -> bool:
        return bool(self.book.reviews.all())


@positive("truth-by-load", at="self.book.reviews.all()")
def property_of_an_object() -> bool:
    """A property answers by the rows of a relation."""
    book = Book.objects.filter(reviews__isnull=False).order_by("pk").first()
    return Reviewed(book).is_reviewed


@page
def blog_link(request: HttpRequest) -> HttpResponse:
    posts = Post.objects.filter(editor__gt="").defer("body")
    return rendered(request, "{% if posts %}<a href='/blog/'>Blog</a>{% endif %}", posts=posts)


@positive("truth-by-load", request=True, at='Post.objects.filter(editor__gt="").defer("body")')
def template_shows_a_link(client: Any) -> Answer:
    """A template has an ``if`` and no loop."""
    return client.get("/corpus/blog_link/")


class IsbnForm(forms.Form):
    """A form that refuses what is there already."""

    isbn = forms.CharField()

    def clean_isbn(self) -> str:
        if Book.objects.filter(isbn=self.cleaned_data["isbn"]):
            raise forms.ValidationError("There is such a book.")
        return str(self.cleaned_data["isbn"])


@page
def new_book(request: HttpRequest) -> HttpResponse:
    form = IsbnForm(request.POST)
    return HttpResponse("ok" if form.is_valid() else form.errors.as_text())


@positive("truth-by-load", request=True, at='Book.objects.filter(isbn=self.cleaned_data["isbn"])')
def cleaning_of_a_form(client: Any) -> Answer:
    """``clean_isbn`` loads the book, with its sample chapter, to refuse it."""
    isbn = Book.objects.order_by("pk").values_list("isbn", flat=True)[0]
    return client.post("/corpus/new_book/", {"isbn": isbn})


class HasOrders(permissions.BasePermission):
    """Who has ordered may see."""

    def has_permission(self, request: Any, view: Any) -> bool:
        return bool(Order.objects.filter(ship_to__gt=""))


class GenreSerializer(serializers.ModelSerializer):
    class Meta:
        model = Genre
        fields = ("slug",)


class Genres(generics.ListAPIView):
    queryset = Genre.objects.order_by("slug")
    serializer_class = GenreSerializer
    permission_classes = (HasOrders,)
    pagination_class = None


PAGES["genres"] = Genres.as_view()


@positive("truth-by-load", request=True, at='Order.objects.filter(ship_to__gt="")')
def permission_of_an_api(client: Any) -> Answer:
    """A permission is a yes or no."""
    return client.get("/corpus/genres/")


@silent("truth-by-load", "one query serves the test and the loop")
def then_gone_through() -> list[str]:
    """``if reviews:`` before ``for review in reviews``."""
    reviews = Review.objects.filter(stars=5).order_by("pk")[:20]
    if reviews:
        return [review.title for review in reviews]
    return []


@silent("truth-by-load", "exists() is what the rule would advise")
def asks_exists() -> bool:
    """``if wanted and reviews.exists()``."""
    wanted = True
    reviews = Review.objects.filter(stars=1)
    return bool(wanted and reviews.exists())


@silent("truth-by-load", "no row was loaded; exists() would have cost the same")
def nothing_there() -> str:
    """The search finds nothing, so nothing was loaded for it."""
    return "found" if Book.objects.filter(title="?") else "nothing"


@silent("truth-by-load", "one row is what exists() would look at")
def a_slice_of_one() -> bool:
    """``[:1]`` is the older way to write it."""
    return bool(Review.objects.filter(stars=5).order_by("pk")[:1])


@silent("truth-by-load", "the first row is taken from the rows that the test loaded")
def then_indexed() -> str:
    """A list of candidates, of which the first is used."""
    authors = Author.objects.filter(name__lt="M").order_by("pk")
    return authors[0].name if authors else ""


@silent("truth-by-load", "the rows go through a slice of the loaded list")
def then_sliced() -> list[str]:
    """Three of those that are there."""
    authors = Author.objects.order_by("name", "pk")
    return [author.name for author in authors[:3]] if authors else []


@silent("truth-by-load", "a prefetch brought the rows: the test asks nothing")
def of_a_prefetch() -> list[str]:
    """``if author.books.all()`` for each author of a list."""
    authors = Author.objects.prefetch_related("books").order_by("pk")[:10]
    return [author.name for author in authors if author.books.all()]


@silent("truth-by-load", "the rows are kept for later requests")
def then_cached() -> bool:
    """Only an answer that is not empty goes into the cache."""
    genres = Genre.objects.order_by("name")
    if genres:
        cache.set("corpus-genres", genres, 5)
    return True


@silent("truth-by-load", "or gives the rows on, they are gone through")
def with_a_fallback() -> list[str]:
    """``first or second`` chooses a queryset."""
    found = Publisher.objects.filter(city="?") or Publisher.objects.order_by("name")[:5]
    return [publisher.name for publisher in found]


@silent("truth-by-load", "a shortcut tests the list, the code goes through it")
def list_or_404() -> list[str]:
    """``get_list_or_404`` makes a list and tests that."""
    return [thread.title for thread in get_list_or_404(Thread, pinned=False)]


@silent("truth-by-load", "the rows are counted as well", "count-then-load")
def tested_and_counted() -> int:
    """``if qs: len(qs)`` is a load that a count replaces."""
    comments = Comment.objects.filter(name__gt="")
    return len(comments) if comments else 0


@silent(
    "truth-by-load",
    "count() of loaded rows asks nothing: another rule tells that they were loaded to be counted",
    "count-then-load",
)
def tested_and_counted_by_count() -> int:
    """``if qs: qs.count()`` asks once."""
    comments = Comment.objects.filter(name__gt="")
    return comments.count() if comments else 0


@silent("truth-by-load", "the rows are compared with another list")
def looked_up_in() -> bool:
    """``in`` goes through the rows after the test."""
    authors = Author.objects.order_by("pk")
    return bool(authors) and Author(pk=authors[0].pk) in authors


@page
def happy_readers(request: HttpRequest) -> HttpResponse:
    reviews = Review.objects.filter(stars=5).defer("text").order_by("pk")[:10]
    return rendered(
        request,
        "{% if reviews %}<ul>{% for review in reviews %}<li>{{ review }}{% endfor %}</ul>{% endif %}",
        reviews=reviews,
    )


@silent("truth-by-load", "a heading and its list are one query", request=True)
def template_tests_and_shows(client: Any) -> Answer:
    """A template shows a list only where there is one."""
    return client.get("/corpus/happy_readers/")


@page
def happy_or_not(request: HttpRequest) -> HttpResponse:
    reviews = Review.objects.filter(stars=5).defer("text").order_by("pk")[:10]
    if reviews:
        raise Http404
    return rendered(request, "{% for review in reviews %}{{ review }}{% endfor %}", reviews=reviews)


@silent("truth-by-load", "the loop that the rows were for was not reached", request=True)
def ended_before_the_loop(client: Any) -> Answer:
    """A view refuses after the test."""
    return client.get("/corpus/happy_or_not/")


@page
def first_of_all(request: HttpRequest) -> HttpResponse:
    authors = Author.objects.order_by("pk").defer("biography")[:10]
    return rendered(
        request,
        "{% if authors %}{{ authors.0.name }}{% with a=authors|last %} to {{ a }}{% endwith %}{% endif %}",
        authors=list(authors),
    )


@silent("truth-by-load", "a list is tested, and the database is not asked for it", request=True)
def template_tests_a_list(client: Any) -> Answer:
    """The view hands a list over."""
    return client.get("/corpus/first_of_all/")
