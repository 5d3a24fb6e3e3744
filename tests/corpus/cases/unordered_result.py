"""Parts of a list that are cut from rows in no order: page by page, with all the ways in which a queryset loses its order."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db import connection
from django.db.models import Count, F, OuterRef, Subquery, Window
from django.db.models.functions import RowNumber
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import engines
from django.views.generic import ListView
from rest_framework import generics, pagination, serializers

from demo.blog.models import Comment
from demo.catalog.models import Author, Book, Country, Publisher, Review
from demo.orders.models import Customer
from tests.corpus.case import positive, silent
from tests.corpus.models import Entry, Summary, Thread
from tests.corpus.pages import PAGES, page

Answer = Any


def rendered(request: HttpRequest, source: str, **context: Any) -> HttpResponse:
    """Return a page made of a template."""
    return HttpResponse(engines["django"].from_string(source).render(context, request))


@positive("unordered-result")
def second_slice() -> int:
    """The second ten of what a search finds."""
    return len([customer.email for customer in Customer.objects.filter(city__gt="")[10:20]])


@positive("unordered-result")
def order_taken_away() -> int:
    """``order_by()`` takes the model's own order away, for a distinct() that has gone since."""
    return len([thread.title for thread in Thread.objects.order_by()[10:20]])


@positive("unordered-result")
def of_a_related_manager() -> int:
    """A page of one publisher's books."""
    publisher = Publisher.objects.annotate(n=Count("books")).order_by("-n", "pk").first()
    return len([book.title for book in publisher.books.defer("description", "sample")[1:3]])


@positive("unordered-result")
def rest_of_a_list() -> int:
    """All but the first twenty: a LIMIT that each database writes in its own way."""
    return len([entry.text for entry in Entry.objects.filter(text__startswith="last")[20:]])


@positive("unordered-result")
def of_values() -> int:
    """Values instead of rows."""
    return len(list(Author.objects.values_list("pk", "name")[20:40]))


@positive("unordered-result", advice=False)
def of_groups() -> int:
    """Groups have no order either, although MySQL is told so by an ORDER BY of its own."""
    return len(list(Review.objects.values_list("reader").annotate(number=Count("pk")).order_by()[5:10]))


@positive("unordered-result", advice=False)
def of_distinct_values() -> int:
    """Which cities are the second five is left to the database."""
    return len(list(Customer.objects.values_list("city", flat=True).distinct()[1:5]))


@positive("unordered-result", advice=False)
def of_a_union() -> int:
    """Two lists in one, a page of both."""
    names = Author.objects.values_list("name", flat=True)
    return len(list(names.union(Publisher.objects.values_list("name", flat=True))[10:20]))


@positive("unordered-result")
def ordered_inside_only() -> int:
    """The order is that of a subquery: the newest review of each book."""
    newest = Review.objects.filter(book=OuterRef("pk")).order_by("-created_at", "-pk").values("title")[:1]
    books = Book.objects.annotate(newest=Subquery(newest)).only("slug")
    return len([(book.slug, book.newest) for book in books[10:20]])


@positive("unordered-result")
def ordered_in_a_window() -> int:
    """A window numbers the rows by date, and nothing sorts them by it."""
    place = Window(RowNumber(), order_by=F("created_at").asc())
    reviews = Review.objects.annotate(place=place).only("stars")
    return len([(review.place, review.stars) for review in reviews[50:60]])


@positive("unordered-result", advice=False)
def by_hand() -> int:
    """A report in SQL of its own."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, city FROM orders_customer LIMIT %s OFFSET %s", [10, 20])
        return len(cursor.fetchall())


@positive("unordered-result")
async def asynchronous() -> int:
    """A page in a coroutine."""
    return len([summary.code async for summary in Summary.objects.all()[10:20]])


@page
def customer_pages(request: HttpRequest) -> HttpResponse:
    found = Paginator(Customer.objects.exclude(city=""), 10).get_page(request.GET.get("page"))
    return rendered(
        request, "{% for customer in page %}<li>{{ customer.name|slice:':0' }}{% endfor %}", page=found
    )


@positive("unordered-result", request=True)
def paginator(client: Any) -> Answer:
    """A paginator warns of it, in a log that nobody reads."""
    return client.get("/corpus/customer_pages/?page=2")


@positive("unordered-result", request=True)
def first_page_of_a_paginator(client: Any) -> Answer:
    """The first page has no OFFSET: the paginator in the stack tells."""
    return client.get("/corpus/customer_pages/")


class Publishers(ListView):
    """A list view without ``ordering``."""

    model = Publisher
    paginate_by = 3

    def render_to_response(self, context: Any, **options: Any) -> HttpResponse:
        return rendered(self.request, "{% for p in page_obj %}<li>{% endfor %}", **context)


PAGES["publishers"] = Publishers.as_view()


@positive("unordered-result", request=True, advice=False)
def list_view(client: Any) -> Answer:
    """``paginate_by`` of a generic view."""
    return client.get("/corpus/publishers/?page=2")


class CountrySerializer(serializers.ModelSerializer):
    class Meta:
        model = Country
        fields = ()


class Countries(generics.ListAPIView):
    """An API that takes ``limit`` and ``offset``."""

    queryset = Country.objects.filter(code__gt="")
    serializer_class = CountrySerializer
    pagination_class = pagination.LimitOffsetPagination


PAGES["countries"] = Countries.as_view()


@positive("unordered-result", request=True)
def api(client: Any) -> Answer:
    """A client goes through an API by its offset."""
    return client.get("/corpus/countries/?limit=2&offset=2")


@page
def newest_comments(request: HttpRequest) -> JsonResponse:
    comments = Comment.objects.filter(object_id__gt=0)
    shown = [len(comment.name) > 0 for comment in comments[:10]]
    return JsonResponse({"all": comments.count(), "shown": shown})


@positive("unordered-result", request=True)
def pages_by_hand(client: Any) -> Answer:
    """Ten of them and the number of all: the first page of a list, an ``info``."""
    return client.get("/corpus/newest_comments/")


@silent("unordered-result", "the order names a column that differs in every row")
def ordered() -> list[str]:
    """A page of ordered rows."""
    return [customer.name for customer in Customer.objects.order_by("name", "pk")[10:20]]


@silent("unordered-result", "Meta.ordering orders every list of the model")
def ordered_by_the_model() -> list[str]:
    """Nothing is written at the query."""
    return [thread.title for thread in Thread.objects.all()[10:20]]


@silent("unordered-result", "three of many are an example, and no page")
def sample() -> int:
    """Any three rows, to see what the data is like."""
    return len([customer.name for customer in Customer.objects.all()[:3]])


@silent("unordered-result", "get() asks for more than one row to be able to complain")
def one_row() -> str:
    """``get()`` has a LIMIT of 21 on some databases."""
    return str(
        Book.objects.defer("description", "sample").get(isbn=Book.objects.values("isbn").order_by("pk")[:1])
    )


@silent("unordered-result", "whether there is a row does not depend on an order")
def is_there() -> bool:
    """``exists()`` has a LIMIT of 1."""
    return Customer.objects.filter(city__gt="").exists()


@silent("unordered-result", "first() orders by the key, latest() by a column")
def first_and_latest() -> tuple[str, str]:
    """What looks for one end of a list."""
    return Customer.objects.first().name, Review.objects.only("title").latest("created_at", "pk").title


@silent("unordered-result", "all rows were asked for")
def not_cut() -> int:
    """A list without pages may come in any order."""
    return len({country.code for country in Country.objects.all()})


@silent("unordered-result", "a list in memory keeps its order")
def paginated_list() -> list[str]:
    """A paginator of names that are sorted already."""
    names = sorted(Publisher.objects.values_list("name", flat=True))
    return list(Paginator(names, 5).page(2).object_list)


@silent("unordered-result", "each batch is deleted: what is left does not depend on an order")
def batches() -> int:
    """A worker takes ten at a time, whichever they are, until there is none."""
    done = 0
    while keys := list(Summary.objects.values_list("pk", flat=True)[:15]):
        done += Summary.objects.filter(pk__in=keys).delete()[0]
    return done


@silent("unordered-result", "the next page begins behind the last key")
def by_key() -> list[str]:
    """Keyset pagination, the second page."""
    last = Customer.objects.order_by("pk").values_list("pk", flat=True)[9]
    return [customer.name for customer in Customer.objects.filter(pk__gt=last).order_by("pk")[:10]]


@silent("unordered-result", "a random order is what was asked for")
def by_chance() -> int:
    """Five books to look at."""
    return len(list(Book.objects.order_by("?").values_list("title", flat=True)[:5]))


@silent("unordered-result", "the statement ends in an ORDER BY")
def ordered_by_hand() -> int:
    """SQL of its own, ordered behind a join."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.name FROM catalog_author a JOIN catalog_country c ON c.id = a.country_id "
            "ORDER BY c.name, a.id LIMIT 10 OFFSET 20"
        )
        return len(cursor.fetchall())


@silent("unordered-result", "the union is ordered as a whole")
def ordered_union() -> list[str]:
    """Two lists in one, sorted by name."""
    names = Author.objects.values_list("name", flat=True)
    return list(names.union(Publisher.objects.values_list("name", flat=True)).order_by("name")[10:20])


@page
def all_publishers(request: HttpRequest) -> HttpResponse:
    publishers = Publisher.objects.all()
    return rendered(
        request,
        "{% for p in shown %}<li>{% endfor %} of {{ number }}",
        shown=publishers[:500],
        number=publishers.count(),
    )


@silent("unordered-result", "the limit is a safeguard: all rows came", request=True)
def only_page(client: Any) -> Answer:
    """Fewer rows than the limit, and their number."""
    return client.get("/corpus/all_publishers/")


@page
def author_admin(request: HttpRequest) -> Any:
    from django.contrib import admin

    class AuthorAdmin(admin.ModelAdmin):
        list_per_page = 10

    return AuthorAdmin(Author, admin.site).changelist_view(request).render()


@silent("unordered-result", "the admin ends every order with the key", request=True)
def change_list(client: Any) -> Answer:
    """An admin without an ``ordering``."""
    from django.contrib.auth.models import User

    client.force_login(User.objects.get(username="admin"))
    return client.get("/corpus/author_admin/?p=2")


class ByCursor(pagination.CursorPagination):
    """Pages that begin behind a row."""

    page_size = 3
    ordering = "code"


class CountriesByCursor(Countries):
    queryset = Country.objects.all()
    pagination_class = ByCursor


PAGES["countries_by_cursor"] = CountriesByCursor.as_view()


@silent("unordered-result", "a cursor pagination orders by itself", request=True)
def api_by_cursor(client: Any) -> Answer:
    """The view's queryset has no order, its pagination has."""
    return client.get("/corpus/countries_by_cursor/")
