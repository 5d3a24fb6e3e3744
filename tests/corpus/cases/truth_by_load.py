"""Rows that are loaded for a yes or no."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async
from django import forms
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.template import engines
from rest_framework import generics, permissions, serializers

from demo.blog.models import Post
from demo.catalog.models import Author, Book, Genre, Review
from demo.orders.models import Customer, Order
from tests.corpus.case import positive
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
