"""Statements on which the database works for long, and time that passes elsewhere."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any

from asgiref.sync import sync_to_async
from django.core.cache import cache
from django.core.paginator import Paginator
from django.db import connection, transaction
from django.db.models import Max, OuterRef, Subquery, Sum
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.template import engines
from rest_framework import generics, serializers

from demo.blog.models import Comment, Post
from demo.catalog.models import Author, Book, Country, Genre, Publisher, Review
from demo.orders.models import Customer, Order
from tests.corpus.case import positive, silent
from tests.corpus.models import Entry, Topic
from tests.corpus.pages import PAGES, page
from tests.corpus.slow import Slow, slow_sql

Answer = Any
LONG = 0.4
"""Seconds: well above the limit."""


def rendered(request: HttpRequest, source: str, **context: Any) -> HttpResponse:
    """Return a page made of a template."""
    return HttpResponse(engines["django"].from_string(source).render(context, request))


def first(model: Any) -> Any:
    """Return a queryset of one row."""
    return model.objects.filter(pk=model.objects.order_by("pk").values_list("pk", flat=True)[0])


@positive("slow-query", advice=False)
def annotated() -> str:
    """A value computed for the one row of a page."""
    return str(first(Author).annotate(likeness=Slow(LONG))[0].name)


@positive("slow-query", advice=False)
def slow_for_each_row() -> list[int]:
    """Ten rows, each of which takes its part of the time."""
    return [row.likeness for row in Customer.objects.annotate(likeness=Slow(0.04)).order_by("pk")[:10]]


@positive("slow-query", advice=False)
def aggregated() -> Any:
    """One number that takes long to find."""
    return first(Author).aggregate(worst=Max(Slow(LONG)))["worst"]


@positive("slow-query", advice=False)
def counted() -> int:
    """A count whose condition is expensive."""
    return first(Publisher).alias(distance=Slow(LONG)).filter(distance=0).count()


@positive("slow-query", advice=False)
def only_whether() -> bool:
    """``exists()`` is not quick by itself."""
    return first(Country).alias(distance=Slow(LONG)).filter(distance=0).exists()


@positive("slow-query", advice=False)
def sorted_by_it() -> list[str]:
    """The order needs the value of each row."""
    few = Genre.objects.filter(pk__in=list(Genre.objects.order_by("pk").values_list("pk", flat=True)[:5]))
    return [genre.name for genre in few.order_by(Slow(0.08), "pk")]


@positive("slow-query", advice=False)
def in_a_subquery() -> list[Any]:
    """A subquery runs once for each row."""
    heaviest = Entry.objects.filter(topic=OuterRef("pk")).annotate(weight=Slow(0.1)).order_by("-weight")
    topics = Topic.objects.filter(name__startswith="topic").annotate(
        weight=Subquery(heaviest.values("weight")[:1])
    )
    return [topic.weight for topic in topics.order_by("pk")[:2]]


@positive("slow-query", advice=False)
def by_hand() -> Any:
    """A cursor and SQL of its own."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {slow_sql(LONG)}, %s", ["report"])
        return cursor.fetchone()[1]


@positive("slow-query", advice=False)
def with_a_table_of_its_own() -> Any:
    """What begins with WITH is a SELECT as well."""
    with connection.cursor() as cursor:
        cursor.execute(f"WITH slowest AS (SELECT {slow_sql(LONG)} AS place) SELECT place FROM slowest")
        return cursor.fetchone()[0]


@positive("slow-query", advice=False)
def raw() -> list[str]:
    """Rows of a model from SQL by hand."""
    sql = f"SELECT id, name, {slow_sql(LONG)} AS place FROM catalog_publisher ORDER BY id LIMIT 1"
    return [publisher.name for publisher in Publisher.objects.raw(sql)]


@positive("slow-query", advice=False)
def updated() -> int:
    """A rank that an UPDATE computes."""
    return int(first(Book).update(views=Slow(LONG)))


@positive("slow-query", advice=False)
def inserted() -> int:
    """INSERT of what a SELECT finds."""
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO corpus_topic (name) SELECT 'found' WHERE {slow_sql(LONG)} = 0")
        return int(cursor.rowcount)


@positive("slow-query", advice=False)
def twice() -> list[Any]:
    """The same statement for two conditions is one problem."""
    one = first(Customer).annotate(near=Slow(LONG)).values_list("near", flat=True)
    return [list(one.filter(name__gt=name)) for name in ("!", "0")]


@positive("slow-query", advice=False)
def in_a_transaction_that_reads() -> Any:
    """Reading keeps nobody waiting, and is slow all the same."""
    with transaction.atomic():
        return first(Order).annotate(near=Slow(LONG)).values_list("near", flat=True)[0]


@positive("slow-query", advice=False)
async def asynchronous() -> str:
    """A coroutine waits for it."""
    genre = await Genre.objects.annotate(near=Slow(0.04)).order_by("near", "pk").afirst()
    return str(genre.name)


@page
def nearest(request: HttpRequest) -> HttpResponse:
    author = first(Author).annotate(near=Slow(LONG))
    return rendered(request, "{% for author in authors %}{{ author.name }}{% endfor %}", authors=author)


@positive("slow-query", request=True, advice=False)
def in_a_template(client: Any) -> Answer:
    """The loop of a template has the view's queryset run."""
    return client.get("/corpus/nearest/")


class NearGenre(serializers.ModelSerializer):
    class Meta:
        model = Genre
        fields = ("slug",)


class NearGenres(generics.ListAPIView):
    queryset = Genre.objects.order_by(Slow(0.04), "pk")
    serializer_class = NearGenre
    pagination_class = None


PAGES["near_genres"] = NearGenres.as_view()


@positive("slow-query", request=True, advice=False)
def in_an_api(client: Any) -> Answer:
    """An API sorts by what is expensive."""
    return client.get("/corpus/near_genres/")


@silent("slow-query", "a statement below the limit is quick enough")
def quick() -> str:
    """One value that takes a little."""
    return str(first(Author).annotate(near=Slow(0.01))[0].name)


@silent("slow-query", "each statement is quick; together they are another question")
def many_quick_ones() -> list[Any]:
    """Five different questions, 350 ms together."""
    models = (Author, Publisher, Country, Genre, Customer)
    return [first(model).annotate(near=Slow(0.07)).values_list("near", flat=True)[0] for model in models]


@silent("slow-query", "Python was slow, between the statements")
def slow_python() -> int:
    """Work on what was loaded."""
    names = [author.name for author in Author.objects.defer("biography").order_by("pk")[:5]]
    time.sleep(LONG)
    return len(names) + Country.objects.count()


class Weighed(Customer):
    """A row that takes its time to come into being."""

    class Meta:
        proxy = True
        app_label = "corpus"

    @classmethod
    def from_db(cls, db: Any, field_names: Any, values: Any) -> Any:
        time.sleep(0.03)
        return super().from_db(db, field_names, values)


@silent("slow-query", "making instances is the work of Python")
def slow_instances() -> list[str]:
    """A model whose ``from_db`` decrypts something."""
    return [customer.name for customer in Weighed.objects.order_by("pk")[:15]]


@silent("slow-query", "the loop takes its time between two rows, and the cursor waits")
def slow_consumer() -> int:
    """An iterator whose rows are sent somewhere."""
    number = 0
    for review in Review.objects.only("stars").order_by("pk")[:12].iterator(chunk_size=3):
        time.sleep(0.03)
        number += review.stars > 0
    return number


@silent("slow-query", "an answer of so many rows is long, not slow", "large-result")
def many_rows() -> int:
    """A cross join of everything with everything."""
    pairs = 0
    sql = "SELECT a.id AS id, b.stars AS other FROM catalog_review a, catalog_review b LIMIT 100000"
    for _ in Review.objects.raw(sql):
        pairs += 1
    return pairs


@silent("slow-query", "nothing was asked")
def never_evaluated() -> str:
    """A queryset that nobody goes through."""
    first_author = Author.objects.annotate(near=Slow(LONG)).order_by("near")
    return "descending" if not first_author.query.standard_ordering else "ascending"


@silent("slow-query", "the answer is in the cache")
def cached() -> Any:
    """The second time it is not asked for."""
    return cache.get_or_set("corpus-slow", lambda: first(Author).aggregate(worst=Max(Slow(LONG))), 60)


@silent("slow-query", "each of them waited for the thread of the others, not for the database")
async def gathered() -> list[int]:
    """Three coroutines share the thread that asks, and something else keeps it."""
    found = await asyncio.gather(
        Author.objects.acount(),
        sync_to_async(time.sleep)(LONG),
        Book.objects.acount(),
        Country.objects.acount(),
    )
    return [number for number in found if number]


@silent("slow-query", "tables are made by migrations, in their own time")
def definition() -> int:
    """A temporary table of what takes long to find."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE corpus_found AS SELECT {slow_sql(LONG)} AS place")
        cursor.execute("DROP TABLE corpus_found")
    return 1


@page
def slow_rows(request: HttpRequest) -> StreamingHttpResponse:
    def rows() -> Iterator[str]:
        for post in Post.objects.defer("body").order_by("pk")[:8].iterator():
            time.sleep(0.05)
            yield f"{post.title}\n"

    return StreamingHttpResponse(rows(), content_type="text/plain")


@silent("slow-query", "the client takes the rows slowly", request=True)
def streamed(client: Any) -> Answer:
    """A file is sent row by row."""
    return client.get("/corpus/slow_rows/")


@page
def slow_page(request: HttpRequest) -> HttpResponse:
    found = Paginator(Comment.objects.order_by("-created_at", "-pk"), 10).get_page(1)
    time.sleep(LONG)
    return rendered(request, "{% for c in page %}<p>{{ c.name }}{% endfor %}", page=found)


@silent("slow-query", "the view is slow, its statements are not", request=True)
def slow_view(client: Any) -> Answer:
    """A page that waits for something else."""
    return client.get("/corpus/slow_page/")


@page
def totals(request: HttpRequest) -> JsonResponse:
    books = Book.objects.aggregate(pages=Sum("pages"), views=Sum("views"))
    with transaction.atomic():
        Topic.objects.create(name="seen")
    return JsonResponse(books)


@silent("slow-query", "a few hundred rows are added up in no time", request=True)
def sums(client: Any) -> Answer:
    """Aggregates over a whole table."""
    return client.get("/corpus/totals/")
