"""Many rows that are handed on, cut or counted where they lie."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.core import serializers as formats
from django.core.cache import cache
from django.core.paginator import Paginator
from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.template import engines

from demo.catalog.models import Book, Review
from tests.corpus.case import silent
from tests.corpus.models import Topic
from tests.corpus.pages import page

Answer = Any


def rendered(request: HttpRequest, source: str, **context: Any) -> HttpResponse:
    """Return a page made of a template."""
    return HttpResponse(engines["django"].from_string(source).render(context, request))


@silent("large-result", "a chunk at a time is in memory")
def iterator() -> int:
    """``iterator()`` is what the rule would advise."""
    return sum(review.stars for review in Review.objects.defer("text").iterator(chunk_size=100))


@silent("large-result", "a chunk at a time is in memory")
async def asynchronous_iterator() -> int:
    """``aiterator()`` likewise."""
    return sum([review.stars async for review in Review.objects.defer("text").aiterator(chunk_size=100)])


@silent("large-result", "a number came back")
def aggregated() -> Any:
    """The database sums up all rows."""
    return Review.objects.aggregate(all=Count("pk"), stars=Sum("stars"))["stars"]


@silent("large-result", "groups came back")
def grouped() -> list[Any]:
    """The database groups all rows."""
    return list(Review.objects.values_list("stars").annotate(number=Count("pk")).order_by("stars"))


@silent("large-result", "the slice is a LIMIT")
def sliced() -> list[str]:
    """Fifty rows of six hundred."""
    return [review.title for review in Review.objects.order_by("pk")[100:150]]


@silent("large-result", "each page is a LIMIT")
def page_by_page() -> int:
    """A job goes through pages of a hundred, by the last key it has seen."""
    last, number = 0, 0
    while True:
        reviews = list(Review.objects.filter(pk__gt=last).order_by("pk")[:100])
        if not reviews:
            return number
        last, number = reviews[-1].pk, number + len(reviews)


@silent("large-result", "rows below the limit are not many")
def few_rows() -> list[str]:
    """A table of a hundred books."""
    return [book.title for book in Book.objects.defer("description", "sample").order_by("title", "pk")]


@silent("large-result", "nothing is loaded by a statement that writes")
def written_in_one_statement() -> int:
    """All rows are written to."""
    return int(Review.objects.update(stars=5))


@silent("large-result", "rows that are written do not come back")
def inserted() -> int:
    """Four hundred rows go into a table."""
    Topic.objects.bulk_create([Topic(name=f"new {number}") for number in range(400)])
    return Topic.objects.filter(name__startswith="new").count()


@silent("large-result", "the subquery stays in the database")
def subquery() -> int:
    """The keys of all reviews choose books."""
    return Book.objects.filter(pk__in=Review.objects.values("book")).count()


@silent("large-result", "Django collects what it is about to delete, as cascades demand")
def deleted() -> int:
    """The reviews of all books go."""
    Topic.objects.bulk_create([Topic(name=f"old {number}") for number in range(400)])
    return int(Topic.objects.filter(name__startswith="old").delete()[0])


@silent("large-result", "the cache holds them for later requests, which load nothing")
def cached() -> int:
    """All pairs of a table that seldom changes."""
    reviews = list(Review.objects.only("stars").order_by("pk"))
    cache.set("corpus-reviews", reviews, 5)
    return len([review.stars for review in reviews])


@silent("large-result", "rows that are only counted are another problem", "count-then-load")
def only_counted() -> int:
    """``len()`` of a table."""
    return len(Review.objects.defer("text"))


@silent("large-result", "rows that are only tested are another problem", "truth-by-load")
def only_tested() -> bool:
    """``bool()`` of a table."""
    return bool(Review.objects.defer("text"))


@silent("large-result", "the serializer is given an iterator")
def dumped() -> int:
    """A dump goes through an iterator, as ``dumpdata`` does."""
    return len(formats.serialize("json", Review.objects.order_by("pk").iterator(chunk_size=200)))


@page
def all_reviews_csv(request: HttpRequest) -> StreamingHttpResponse:
    def rows() -> Iterator[str]:
        for review in Review.objects.order_by("pk").values_list("title", "stars").iterator(chunk_size=200):
            yield f"{review[0]};{review[1]}\n"

    return StreamingHttpResponse(rows(), content_type="text/csv")


@silent("large-result", "an export is streamed", request=True)
def exported(client: Any) -> Answer:
    """A file of all reviews."""
    return client.get("/corpus/all_reviews_csv/")


@page
def review_pages(request: HttpRequest) -> HttpResponse:
    found = Paginator(Review.objects.defer("text").order_by("pk"), 25).get_page(3)
    return rendered(
        request,
        "{% for review in page %}{{ review }}\n{% endfor %} of {{ page.paginator.count }}",
        page=found,
    )


@silent("large-result", "the paginator slices the queryset", request=True)
def paginated(client: Any) -> Answer:
    """The third page of many."""
    return client.get("/corpus/review_pages/")


class AllReviews(admin.ModelAdmin):
    """A change list that shows everything on one page, as its owner wants it."""

    list_display = ("title", "stars")
    list_per_page = 1000
    ordering = ("pk",)
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("text")


@page
def all_reviews_admin(request: HttpRequest) -> Any:
    return AllReviews(Review, admin.site).changelist_view(request).render()


@silent("large-result", "list_per_page says how many the admin shows", request=True)
def change_list(client: Any) -> Answer:
    """The admin was told to show a thousand rows."""
    client.force_login(User.objects.get(username="admin"))
    return client.get("/corpus/all_reviews_admin/")
