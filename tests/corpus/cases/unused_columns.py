"""Pages that show little of what was read."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import (
    HttpRequest,
    HttpResponse,
    JsonResponse,
)
from django.template import engines
from django.views.generic import ListView
from rest_framework import generics, serializers

from demo.catalog.models import Author, Book, Publisher
from tests.corpus.case import positive
from tests.corpus.pages import PAGES, page

Answer = Any


def rendered(request: HttpRequest, source: str, **context: Any) -> HttpResponse:
    """Return a page made of a template."""
    return HttpResponse(engines["django"].from_string(source).render(context, request))


@page
def title_list(request: HttpRequest) -> HttpResponse:
    books = Book.objects.order_by("title", "pk")[:60]
    return rendered(request, "{% for book in books %}{{ book.title }}\n{% endfor %}", books=books)


@positive("unused-columns", request=True, advice=False)
def titles(client: Any) -> Answer:
    """A list of titles reads the sample chapters."""
    return client.get("/corpus/title_list/")


@page
def price_json(request: HttpRequest) -> JsonResponse:
    books = Book.objects.filter(pages__gt=0).order_by("pk")
    return JsonResponse({book.slug: float(book.price) for book in books})


@positive("unused-columns", request=True, advice=False)
def prices(client: Any) -> Answer:
    """An API of two columns."""
    return client.get("/corpus/price_json/")


class BookTable(ListView):
    """A generic view of a model with long texts."""

    model = Book
    ordering = ("pk",)
    paginate_by = 50

    def render_to_response(self, context: dict[str, Any], **options: Any) -> HttpResponse:
        return rendered(self.request, "{% for book in page_obj %}{{ book.isbn }} {% endfor %}", **context)


class TitleSerializer(serializers.ModelSerializer):
    class Meta:
        model = Book
        fields = ("title", "slug")


class TitlesApi(generics.ListAPIView):
    """An API whose serializer names two fields."""

    queryset = Book.objects.order_by("pk")
    serializer_class = TitleSerializer
    pagination_class = None


PAGES["book_table_of_a_model"] = BookTable.as_view()
PAGES["titles_api"] = TitlesApi.as_view()


@positive("unused-columns", request=True, advice=False)
def list_view(client: Any) -> Answer:
    """A generic view has ``model =`` and reads whole rows."""
    return client.get("/corpus/book_table_of_a_model/")


@positive("unused-columns", request=True, advice=False)
def serializer(client: Any) -> Answer:
    """The serializer names two fields, the queryset brings all."""
    return client.get("/corpus/titles_api/")


@page
def paged_titles(request: HttpRequest) -> HttpResponse:
    found = Paginator(Book.objects.order_by("title", "pk"), 40).get_page(2)
    return rendered(request, "{% for book in page %}{{ book.pages }} {% endfor %}", page=found)


@positive("unused-columns", request=True, advice=False)
def paginated(client: Any) -> Answer:
    """A paginator cuts the rows, not the columns."""
    return client.get("/corpus/paged_titles/")


@page
def titles_by_author(request: HttpRequest) -> HttpResponse:
    authors = Author.objects.defer("biography").prefetch_related("books").order_by("pk")[:40]
    return rendered(
        request,
        "{% for author in authors %}{{ author }}: {% for b in author.books.all %}{{ b }}, {% endfor %}\n{% endfor %}",
        authors=authors,
    )


@positive("unused-columns", request=True, advice=False)
def through_a_prefetch(client: Any) -> Answer:
    """The books of authors come whole, for their titles."""
    return client.get("/corpus/titles_by_author/")


@page
def shelf_of_one(request: HttpRequest) -> HttpResponse:
    publisher = Publisher.objects.order_by("pk").first()
    Book.objects.filter(pk__gt=0).exclude(publisher=publisher).update(publisher=publisher)
    return HttpResponse(", ".join(book.slug for book in publisher.books.order_by("pk")))


@positive("unused-columns", request=True, advice=False)
def of_a_related_manager(client: Any) -> Answer:
    """The books of one publisher, for their slugs."""
    return client.get("/corpus/shelf_of_one/")


@page
def joined_names(request: HttpRequest) -> HttpResponse:
    books = Book.objects.select_related("author").order_by("pk")[:50]
    return HttpResponse("\n".join(book.author.name for book in books))


@positive("unused-columns", request=True, advice=False)
def joined(client: Any) -> Answer:
    """Books and their authors come whole, for the names."""
    return client.get("/corpus/joined_names/")


@page
async def isbn_text(request: HttpRequest) -> HttpResponse:
    return HttpResponse(" ".join([book.isbn async for book in Book.objects.order_by("pk")]))


@positive("unused-columns", request=True, advice=False)
def asynchronous(client: Any) -> Answer:
    """``async for`` in an asynchronous view."""
    return client.get("/corpus/isbn_text/")


@page
def newest_as_text(request: HttpRequest) -> HttpResponse:
    books = list(Book.objects.order_by("-published_on", "-pk"))
    return HttpResponse("\n".join(str(book) for book in books[:30]), content_type="text/plain")


@positive("unused-columns", request=True, advice=False)
def of_a_list(client: Any) -> Answer:
    """A list of whole rows, of which some titles are shown."""
    return client.get("/corpus/newest_as_text/")


@page
def found_titles(request: HttpRequest) -> HttpResponse:
    word = request.GET["q"]
    books = Book.objects.filter(Q(title__icontains=word) | Q(description__icontains=word)).order_by(
        "title", "pk"
    )
    return rendered(request, "<ol>{% for book in books %}<li>{{ book }}{% endfor %}</ol>", books=books)


@positive("unused-columns", request=True, advice=False)
def searched(client: Any) -> Answer:
    """A search looks into long texts in the database, and shows titles."""
    return client.get("/corpus/found_titles/?q=e")
