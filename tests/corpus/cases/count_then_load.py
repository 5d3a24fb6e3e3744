"""Rows that are counted and loaded, or loaded to be counted; counts that stand for themselves."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import engines
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from demo.blog.models import Comment, Post
from demo.catalog.models import Author, Book, Country, Genre, Publisher, Review
from demo.orders.models import Customer, Order, OrderLine
from tests.corpus.case import positive, silent
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


@positive("count-then-load", advice=False)
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


@positive("count-then-load", advice=False)
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


@positive("count-then-load", request=True, at="{{ rows.count }}")
def template_counts_and_shows(client: Any) -> Answer:
    """The heading of a template counts what its list shows."""
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


PAGES["countries"] = Countries.as_view()


@positive("count-then-load", request=True)
def api_with_a_total(client: Any) -> Answer:
    """The serializer goes through what the view has counted."""
    return client.get("/corpus/countries/")


@page
async def topic_json(request: HttpRequest) -> JsonResponse:
    topics = Topic.objects.order_by("pk")
    total = await topics.acount()
    return JsonResponse({"total": total, "names": [topic.name async for topic in topics]})


@positive("count-then-load", request=True, advice=False)
def asynchronous_view(client: Any) -> Answer:
    """``acount()``, then ``async for``."""
    return client.get("/corpus/topic_json/")


@silent("count-then-load", "the rows are gone through, their length costs nothing")
def length_then_loop() -> tuple[int, list[str]]:
    """``len(qs)`` and then a loop is one query."""
    genres = Genre.objects.order_by("name")
    return len(genres), [genre.name for genre in genres]


@silent("count-then-load", "exists() decides whether to load")
def exists_then_load() -> list[str]:
    """``if wanted and books.exists()`` before a load."""
    wanted, genres = True, Genre.objects.order_by("name")
    return [genre.name for genre in genres] if wanted and genres.exists() else []


@silent("count-then-load", "only a page of the rows is loaded; nothing else tells how many there are")
def a_page_of_them() -> tuple[int, list[str]]:
    """The number of all, and ten of them."""
    customers = Customer.objects.order_by("pk")
    return customers.count(), [customer.name for customer in customers[:10]]


@silent("count-then-load", "a paginator counts and loads a page")
def paginated() -> list[str]:
    """``Paginator`` counts all."""
    found = Paginator(Customer.objects.order_by("pk"), 10).page(2)
    return [f"{customer.name} of {found.paginator.count}" for customer in found]


@silent("count-then-load", "a paginator counts, also where all rows fit on one page")
def paginated_on_one_page() -> list[str]:
    """The only page holds all rows."""
    found = Paginator(Genre.objects.order_by("name"), 500).page(1)
    return [f"{genre.name} of {found.paginator.count}" for genre in found]


@silent("count-then-load", "other rows are counted than loaded")
def other_conditions() -> tuple[int, list[str]]:
    """The number of all beside those that were chosen."""
    authors = Author.objects.filter(born__gt=1950).order_by("pk")
    return Author.objects.count(), [author.name for author in authors]


@silent("count-then-load", "the values of the conditions differ")
def other_values() -> tuple[int, list[str]]:
    """Sent orders are counted, paid ones are listed."""
    sent = Order.objects.filter(status=Order.Status.SENT).count()
    return sent, [order.number for order in Order.objects.filter(status=Order.Status.PAID).order_by("pk")]


@silent("count-then-load", "the rows were written to in between, the count is of what is there now")
def counted_after_a_write() -> tuple[list[str], int]:
    """A check after a deletion."""
    comments = [comment.name for comment in Comment.objects.order_by("pk")]
    Comment.objects.filter(pk__in=Comment.objects.order_by("pk").values_list("pk", flat=True)[:1]).update(
        name="-"
    )
    return comments, Comment.objects.count()


@silent("count-then-load", "the count protects from loading too many")
def limited_by_a_count() -> list[str]:
    """A report is refused beyond a limit."""
    posts = Post.objects.order_by("pk").defer("body")
    if posts.count() > 500:
        return ["too many"]
    return [post.title for post in posts]


@silent("count-then-load", "rows of an iterator have no length, and a progress bar needs the number first")
def progress_of_an_iterator() -> list[str]:
    """A command shows how far it is."""
    books = Book.objects.order_by("pk").defer("description", "sample")
    total = books.count()
    return [f"{number}/{total} {book.title}" for number, book in enumerate(books.iterator(chunk_size=50))]


@silent("count-then-load", "groups are loaded, rows are counted")
def groups_beside_a_count() -> tuple[int, list[Any]]:
    """A total above a table of groups."""
    groups = (
        Author.objects.values_list("country__code").annotate(number=Count("pk")).order_by("country__code")
    )
    return Author.objects.count(), list(groups)


@silent("count-then-load", "a count alone is what the rule would advise")
def count_alone() -> int:
    """The number is all that is wanted."""
    return Review.objects.filter(stars=5).count()


@silent("count-then-load", "the prefetch brought the rows, and count() counts them in memory")
def count_of_a_prefetch() -> list[str]:
    """The number of each author's books and their titles, from one prefetch."""
    authors = Author.objects.prefetch_related("books").order_by("pk")[:10]
    return [f"{a.books.count()}: " + ", ".join(sorted(b.title for b in a.books.all())) for a in authors]


@silent("count-then-load", "after the loop count() asks nothing: the rows are there")
def loop_then_count() -> tuple[list[str], int]:
    """``qs.count()`` of loaded rows is their length."""
    genres = Genre.objects.order_by("name")
    names = [genre.name for genre in genres]
    return names, genres.count()


@silent("count-then-load", "the count is of distinct rows, the load brings some of them twice")
def distinct_beside_plain() -> tuple[int, list[str]]:
    """How many countries there are among all that are listed."""
    countries = Country.objects.filter(authors__born__gt=1900)
    return countries.distinct().count(), sorted(country.name for country in countries)


@silent("count-then-load", "no row was there: loading nothing costs what counting costs")
def length_of_nothing() -> int:
    """``len()`` of an empty answer."""
    return len(Book.objects.filter(title="?"))


@page
def review_page(request: HttpRequest) -> HttpResponse:
    reviews = Review.objects.filter(stars=4).defer("text").order_by("pk")
    return rendered(
        request,
        "{{ all.count }} in all{% for review in some %}{{ review }}\n{% endfor %}",
        all=reviews,
        some=reviews[:10],
    )


@silent("count-then-load", "a template shows the first ten and how many there are", request=True)
def template_shows_a_part(client: Any) -> Answer:
    """The heading counts all, the list is a slice."""
    return client.get("/corpus/review_page/")


@page
def genre_badge(request: HttpRequest) -> HttpResponse:
    genres = Genre.objects.order_by("name")
    return rendered(
        request, "{{ genres|length }}: {% for genre in genres %}{{ genre }} {% endfor %}", genres=genres
    )


@silent("count-then-load", "the length filter fills what the loop goes through", request=True)
def template_length_then_loop(client: Any) -> Answer:
    """``{{ genres|length }}`` above the list."""
    return client.get("/corpus/genre_badge/")
