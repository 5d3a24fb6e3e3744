"""Rows that are counted and loaded, or loaded to be counted."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import engines
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from demo.blog.models import Comment, Post
from demo.catalog.models import Author, Book, Country, Genre, Publisher, Review
from demo.orders.models import Customer, Order, OrderLine
from tests.corpus.case import positive
from tests.corpus.models import Entry, Thread, Topic
from tests.corpus.pages import PAGES, page

Answer = Any


def rendered(request: HttpRequest, source: str, **context: Any) -> HttpResponse:
    """Return a page made of a template."""
    return HttpResponse(engines["django"].from_string(source).render(context, request))


@positive("count-then-load")
def count_and_list() -> tuple[int, list[str]]:
    """A number for the heading, the rows for the list."""
    genres = Genre.objects.order_by("name")
    number = genres.count()
    return number, [genre.name for genre in genres]


@positive("count-then-load")
def guarded_by_a_count() -> list[str]:
    """``if books.count():`` before a loop over the same rows."""
    found = []
    authors = Author.objects.filter(born__gt=1900).order_by("pk")
    if authors.count() > 0:
        for author in authors:
            found.append(author.name)
    return found


@positive("count-then-load")
def load_and_count_apart() -> str:
    """The rows are there when another expression counts them."""
    names = [publisher.name for publisher in Publisher.objects.filter(city__gt="A").order_by("name")]
    total = Publisher.objects.filter(city__gt="A").count()
    return f"{total}: {names[0]}"


@positive("count-then-load", at="len(Review.objects.filter(stars=5))", reads=())
def length_of_a_queryset() -> int:
    """``len()`` of what nobody reads."""
    return len(Review.objects.filter(stars=5))


@positive("count-then-load")
def length_in_a_text() -> str:
    """A message names a number."""
    orders = Order.objects.filter(status=Order.Status.PAID)
    return f"{len(orders)} orders are waiting"


@positive("count-then-load")
def length_of_a_relation() -> int:
    """How many books one author has."""
    author = Author.objects.filter(books__isnull=False).order_by("pk").first()
    return len(author.books.all())


@positive("count-then-load")
def length_compared() -> bool:
    """A condition compares a length."""
    return len(Comment.objects.filter(name__gt="")) > 3


@positive("count-then-load", advice=False)
def tested_and_measured() -> str:
    """``if lines`` and its length, and no line."""
    lines = OrderLine.objects.filter(quantity__gt=0, order__number__gt="")
    return f"{len(lines)} lines" if lines else "no lines"


@positive("count-then-load")
def with_a_join() -> dict[str, Any]:
    """The load joins what the count need not."""
    books = Book.objects.filter(author__born__gt=1900).select_related("publisher").order_by("pk")
    return {"count": books.count(), "results": [f"{book.title}, {book.publisher.name}" for book in books]}


@positive("count-then-load")
def of_distinct_rows() -> tuple[int, list[str]]:
    """Distinct countries of authors, counted and listed."""
    countries = Country.objects.filter(authors__born__gt=1900).distinct().order_by("name")
    return countries.count(), [country.name for country in countries]


@positive("count-then-load")
def of_values() -> tuple[list[str], int]:
    """A flat list of values, whose number is asked for first."""
    emails = Customer.objects.filter(city__gt="").order_by("pk").values_list("email", flat=True)
    number = emails.count()
    return list(emails), number


@positive("count-then-load")
def of_a_relation() -> str:
    """A related manager is kept in a name, counted, then gone through."""
    book = Book.objects.filter(reviews__isnull=False).order_by("pk").first()
    reviews = book.reviews.order_by("pk")
    return f"{reviews.count()}: " + ", ".join(review.title for review in reviews)


def number_of(rows: QuerySet[Any]) -> int:
    """Return how many rows there are."""
    return rows.count()


@positive("count-then-load", at="return rows.count()")
def counted_in_another_function() -> tuple[int, list[str]]:
    """The count stands in a function of its own, and the rows are loaded here."""
    posts = Post.objects.filter(editor__gt="").order_by("pk")
    return number_of(posts), [post.title for post in posts]


class Shelf:
    """What a view keeps in attributes."""

    def __init__(self) -> None:
        self.threads = Thread.objects.filter(pinned=False)

    def head(self) -> str:
        total = self.threads.count()
        return f"{total}: " + ", ".join(thread.title for thread in self.threads)


@positive("count-then-load")
def of_an_attribute() -> str:
    """The queryset lies in an attribute."""
    return Shelf().head()


@page
def entry_list(request: HttpRequest) -> HttpResponse:
    rows = Entry.objects.filter(text__startswith="first").order_by("pk")
    return rendered(
        request,
        "<h1>{{ rows.count }} entries</h1>{% for row in rows %}{{ row.text }}\n{% endfor %}",
        rows=rows,
    )


@positive("count-then-load", request=True, advice=False)
def template_counts_and_shows(client: Any) -> Answer:
    """The heading of a template counts what its list shows; it has no file, so that its words are not to be had."""
    return client.get("/corpus/entry_list/")


@page
def basket_badge(request: HttpRequest) -> HttpResponse:
    orders = Order.objects.filter(status=Order.Status.SENT)
    return rendered(request, "<b>{{ orders|length }}</b>", orders=orders)


@positive("count-then-load", request=True, advice=False)
def template_takes_the_length(client: Any) -> Answer:
    """A template shows a length and no row."""
    return client.get("/corpus/basket_badge/")


class CountrySerializer(serializers.ModelSerializer):
    class Meta:
        model = Country
        fields = ("code", "name")


class Countries(APIView):
    """An API that gives a number along with all rows."""

    def get(self, request: Any) -> Response:
        countries = Country.objects.order_by("code")
        total = countries.count()
        return Response({"total": total, "results": CountrySerializer(countries, many=True).data})


PAGES["countries_with_a_total"] = Countries.as_view()


@positive("count-then-load", request=True)
def api_with_a_total(client: Any) -> Answer:
    """The serializer goes through what the view has counted."""
    return client.get("/corpus/countries_with_a_total/")


@page
async def topic_json(request: HttpRequest) -> JsonResponse:
    topics = Topic.objects.order_by("pk")
    total = await topics.acount()
    return JsonResponse({"total": total, "names": [topic.name async for topic in topics]})


@positive("count-then-load", request=True, advice=False)
def asynchronous_view(client: Any) -> Answer:
    """``acount()``, then ``async for``."""
    return client.get("/corpus/topic_json/")


class CountryNames(APIView):
    """An API whose encoder evaluates the rows when the view has returned."""

    def get(self, request: Any) -> Response:
        countries = Country.objects.order_by("code")
        return Response({"total": countries.count(), "names": countries.values_list("name", flat=True)})


PAGES["country_names"] = CountryNames.as_view()


@positive(
    "count-then-load",
    request=True,
    at='return Response({"total": countries.count(), "names": countries.values_list("name", flat=True)})',
)
def evaluated_by_an_encoder(client: Any) -> Answer:
    """No line of the application is on the stack when the rows are loaded."""
    return client.get("/corpus/country_names/")


@positive("count-then-load")
def counted_first_and_loaded_by_other_words() -> str:
    """Each of both is written out; neither has a name."""
    total = Country.objects.filter(code__gt="B").count()
    text = f"{total} of them: "
    for country in Country.objects.filter(code__gt="B").order_by("code"):
        text += country.name
    return text


@positive("count-then-load")
def counted_beside_a_name() -> tuple[int, list[str]]:
    """What is counted is written out again, though the rows have a name by then."""
    genres = Genre.objects.filter(slug__gt="a").order_by("slug")
    names = [genre.name for genre in genres]
    return Genre.objects.filter(slug__gt="a").count(), names


@page
def author_heading(request: HttpRequest) -> HttpResponse:
    authors = Author.objects.filter(born__lt=1950).order_by("pk")
    context = {"number": authors.count()}
    return rendered(
        request,
        "{{ number }}: {% for author in authors %}{{ author.name }} {% endfor %}",
        **context,
        authors=authors,
    )


@positive("count-then-load", request=True, at='context = {"number": authors.count()}')
def view_counts_and_its_template_shows(client: Any) -> Answer:
    """The view counts, and the template goes through the same queryset."""
    return client.get("/corpus/author_heading/")
