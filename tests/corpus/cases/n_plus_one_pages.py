"""Relations that pages load row by row: templates, class-based views, the admin, serializers, forms, streams."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.db import models
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.template import engines
from django.views.generic import ListView
from rest_framework import generics, serializers

from demo.blog.models import Comment
from demo.catalog.models import Author, Book, Publisher, Review
from tests.corpus.case import positive
from tests.corpus.models import Entry, Thread
from tests.corpus.pages import PAGES, page

Answer = Any


def rendered(request: HttpRequest, source: str, **context: Any) -> HttpResponse:
    """Return a page made of a template."""
    return HttpResponse(engines["django"].from_string(source).render(context, request))


@page
def book_table(request: HttpRequest) -> HttpResponse:
    books = Book.objects.order_by("title", "pk")[:20]
    return rendered(
        request,
        "<table>{% for book in books %}<tr><td>{{ book }}<td>{{ book.author.name }}</tr>{% endfor %}</table>",
        books=books,
    )


@positive("n-plus-one", request=True)
def template(client: Any) -> Answer:
    """A line of a template reads the author of each book."""
    return client.get("/corpus/book_table/")


@page
def shelf(request: HttpRequest) -> HttpResponse:
    context = {"books": Book.objects.filter(pages__gt=0).order_by("pk")[:20]}
    return rendered(
        request,
        "{% for book in books %}<p>{{ book.title }}"
        "{% with home=book.author.country %}<b>{{ home.name }}</b>{% endwith %}\n{% endfor %}",
        **context,
    )


@positive("n-plus-one", request=True)
def template_two_steps(client: Any) -> Answer:
    """A template follows two relations in one breath."""
    return client.get("/corpus/shelf/")


@page
def genre_cloud(request: HttpRequest) -> HttpResponse:
    return rendered(
        request,
        "{% for book in books %}<p>{{ book }}: {% for genre in book.genres.all %}{{ genre }} {% endfor %}{% endfor %}",
        books=Book.objects.only("title").order_by("pk")[:20],
    )


@positive("n-plus-one", request=True)
def template_many_to_many(client: Any) -> Answer:
    """An inner loop of a template goes through a related manager, of rows that ``only()`` cut."""
    return client.get("/corpus/genre_cloud/")


class AuthorList(ListView):
    """A list whose queryset Django builds from ``model``."""

    model = Author
    paginate_by = 20
    ordering = ("name", "pk")

    def render_to_response(self, context: dict[str, Any], **options: Any) -> HttpResponse:
        return rendered(
            self.request, "{% for a in page_obj %}{{ a }}: {{ a.country.name }}\n{% endfor %}", **context
        )


class ReviewList(ListView):
    """A list that chooses its rows in ``get_queryset``."""

    paginate_by = 15

    def get_queryset(self) -> models.QuerySet[Review]:
        return Review.objects.filter(stars__gte=1).order_by("-created_at", "pk")

    def render_to_response(self, context: dict[str, Any], **options: Any) -> HttpResponse:
        return rendered(
            self.request, "{% for r in object_list %}{{ r }} of {{ r.book.title }}\n{% endfor %}", **context
        )


class ThreadSerializer(serializers.ModelSerializer):
    """A thread with the text of its first entry."""

    opening = serializers.CharField(source="first_entry.text")

    class Meta:
        model = Thread
        fields = ("title", "opening")


class Threads(generics.ListAPIView):
    """An API whose queryset is an attribute of the class."""

    queryset = Thread.objects.order_by("pk")
    serializer_class = ThreadSerializer
    pagination_class = None


class CountryOfSerializer(serializers.ModelSerializer):
    class Meta:
        model = Author
        fields = ("name", "country")
        depth = 1


class NestedBookSerializer(serializers.ModelSerializer):
    """A book with its author, who has a country."""

    author = CountryOfSerializer()
    genres = serializers.SlugRelatedField("slug", many=True, read_only=True)

    class Meta:
        model = Book
        fields = ("title", "author", "genres")


class NestedBooks(generics.ListAPIView):
    """An API whose serializer nests two levels and lists related rows by a field of theirs."""

    serializer_class = NestedBookSerializer
    pagination_class = None

    def get_queryset(self) -> models.QuerySet[Book]:
        return Book.objects.filter(pk__lte=30).order_by("pk")


PAGES["author_list"] = AuthorList.as_view()
PAGES["review_list"] = ReviewList.as_view()
PAGES["threads"] = Threads.as_view()
PAGES["nested_books"] = NestedBooks.as_view()


@positive("n-plus-one", request=True)
def list_view_with_a_model(client: Any) -> Answer:
    """A generic view has ``model =`` and no queryset."""
    return client.get("/corpus/author_list/")


@positive("n-plus-one", request=True)
def list_view_with_get_queryset(client: Any) -> Answer:
    """A generic view builds its queryset in ``get_queryset``."""
    return client.get("/corpus/review_list/")


@positive("n-plus-one", request=True)
def serializer_field(client: Any) -> Answer:
    """A field of a serializer has a dotted source."""
    return client.get("/corpus/threads/")


@positive("n-plus-one", "unused-columns", request=True)
def nested_serializer(client: Any) -> Answer:
    """A serializer in a serializer, and a list of slugs: two findings, each with a call of its own."""
    return client.get("/corpus/nested_books/")


class ReviewAdmin(admin.ModelAdmin):
    """A change list whose queryset leaves the text out."""

    list_display = ("title", "of_author")
    list_per_page = 20
    ordering = ("-created_at", "pk")
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Review]:
        return super().get_queryset(request).select_related("book").defer("text")

    def of_author(self, review: Review) -> str:
        return review.book.author.name


class BookChoice(forms.ModelChoiceField):
    """Options that name the author."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.title} by {obj.author.name}"


class LineForm(forms.Form):
    book = BookChoice(Book.objects.filter(pk__lte=40).order_by("title", "pk"))


@page
def review_admin(request: HttpRequest) -> Any:
    return ReviewAdmin(Review, admin.site).changelist_view(request).render()


@positive("n-plus-one", request=True)
def admin_list_display(client: Any) -> Answer:
    """A method of the admin reads behind what ``get_queryset`` joins."""
    client.force_login(User.objects.get(username="admin"))
    return client.get("/corpus/review_admin/")


@page
def line_form(request: HttpRequest) -> HttpResponse:
    return rendered(request, "<form>{{ form.as_p }}</form>", form=LineForm())


@positive(
    "n-plus-one", "unused-columns", request=True, at='Book.objects.filter(pk__lte=40).order_by("title", "pk")'
)
def options_of_a_form(client: Any) -> Answer:
    """The label of each option of a select reads a relation."""
    return client.get("/corpus/line_form/")


@page
def export(request: HttpRequest) -> StreamingHttpResponse:
    def rows() -> Iterator[str]:
        for review in Review.objects.order_by("pk")[:40].iterator(chunk_size=10):
            yield f"{review.title};{review.book.isbn}\n"

    return StreamingHttpResponse(rows(), content_type="text/csv")


@positive("n-plus-one", request=True)
def streamed(client: Any) -> Answer:
    """The body is made while it is sent, after the view has returned."""
    return client.get("/corpus/export/")


@page
async def latest(request: HttpRequest) -> JsonResponse:
    found = []
    async for publisher in Publisher.objects.order_by("name")[:12]:
        titles = [book.title async for book in publisher.books.all()]
        found.append({"name": publisher.name, "titles": sorted(titles)})
    return JsonResponse({"publishers": found})


@positive("n-plus-one", request=True)
def asynchronous_view(client: Any) -> Answer:
    """An asynchronous view goes through a related manager for each row."""
    return client.get("/corpus/latest/")


@page
def second_page(request: HttpRequest) -> HttpResponse:
    comments = Comment.objects.order_by("-created_at", "pk")
    found = Paginator(comments, 20).get_page(request.GET.get("page"))
    return rendered(
        request,
        "{% for c in page %}<p>{{ c.name }} on {{ c.about }}{% endfor %} of {{ page.paginator.count }}",
        page=found,
    )


@positive("n-plus-one", request=True)
def paginated(client: Any) -> Answer:
    """A paginator stands between the queryset and the template, and the relation is generic."""
    return client.get("/corpus/second_page/?page=2")


class EntryQuerySet(models.QuerySet):
    """A queryset of the application's own."""

    def opening(self) -> models.QuerySet[Entry]:
        return self.filter(text__startswith="first").order_by("pk")


@page
def openings(request: HttpRequest) -> JsonResponse:
    entries = EntryQuerySet(Entry).opening()
    return JsonResponse([[entry.text, entry.topic.name] for entry in entries], safe=False)


@positive("n-plus-one", request=True)
def manager_method(client: Any) -> Answer:
    """A method of the application's own queryset builds what the view reads."""
    return client.get("/corpus/openings/")
