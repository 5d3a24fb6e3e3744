"""Many rows in memory at once, and the ways in which many rows are handed on, cut or counted where they lie."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.core import serializers as formats
from django.core.cache import cache
from django.core.paginator import Paginator
from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.template import engines
from rest_framework import generics, serializers

from demo.catalog.models import Book, Review
from demo.orders.models import OrderLine
from tests.corpus.case import positive, silent
from tests.corpus.models import Topic
from tests.corpus.pages import PAGES, page

Answer = Any


def rendered(request: HttpRequest, source: str, **context: Any) -> HttpResponse:
    """Return a page made of a template."""
    return HttpResponse(engines["django"].from_string(source).render(context, request))


@positive("large-result")
def loop_of_a_command() -> dict[str, int]:
    """A nightly command goes through all reviews."""
    words: dict[str, int] = {}
    for review in Review.objects.defer("text").order_by("pk"):
        words[review.reader] = words.get(review.reader, 0) + len(review.title.split())
    return words


@positive("large-result")
def comprehension() -> int:
    """A sum of a property, over all lines of all orders."""
    return int(sum(line.amount for line in OrderLine.objects.all()))


@positive("large-result")
def filtered_in_python() -> list[str]:
    """What the loop throws away, the database could have left out."""
    return [
        review.title
        for review in Review.objects.order_by("-created_at", "pk")
        if review.title.startswith("A")
    ]


@positive("large-result")
def of_values() -> dict[int, int]:
    """Values are lighter than rows; these are all of them."""
    stars = Counter[int]()
    for row in Review.objects.order_by("pk").values("stars", "reader"):
        stars[row["stars"]] += 1
    return dict(stars)


@positive("large-result")
def pairs_of_values() -> dict[str, int]:
    """``values_list`` of a whole table fills a dictionary."""
    return {
        slug: stars * 2 for slug, stars in Review.objects.values_list("reader_slug", "stars").order_by("pk")
    }


@positive("large-result")
async def asynchronous() -> int:
    """``async for`` loads all rows, and then goes through them."""
    longest = 0
    async for review in Review.objects.only("title").order_by("pk"):
        longest = max(longest, len(review.title))
    return longest


@positive("large-result")
def of_one_parent() -> list[str]:
    """All reviews are of one book."""
    book = Book.objects.order_by("pk")[:1].get()
    Review.objects.update(book=book)
    return [review.title for review in book.reviews.order_by("pk")]


@positive("large-result")
def with_a_join() -> set[str]:
    """The books of all reviews are joined to them."""
    found = set()
    for review in Review.objects.select_related("book").only("title", "book__title").order_by("pk"):
        found.add(f"{review.book.title}: {review.title}")
    return found


@positive("large-result")
def with_a_prefetch() -> int:
    """An iterator prefetches chunk by chunk."""
    pages = 0
    for line in OrderLine.objects.prefetch_related("order").order_by("pk"):
        pages += line.quantity if line.order.currency else 0
    return pages


@positive("large-result")
def of_several_conditions() -> list[str]:
    """A chain over several lines ends in the loop."""
    return sorted(
        {
            review.reader
            for review in Review.objects.filter(stars__gte=1)
            .exclude(title="")
            .defer("text")
            .order_by("reader", "pk")
        }
    )


@positive("large-result", advice=False)
def kept_in_a_list() -> tuple[int, str]:
    """A list of all rows is gone through twice."""
    reviews = list(Review.objects.defer("text").order_by("pk"))
    return max(review.stars for review in reviews), min(review.title for review in reviews)


@positive("large-result", advice=False)
def by_a_prefetch() -> dict[str, int]:
    """All reviews of all books, for the best of each: an ``info``, for a prefetch follows what asked for it."""
    books = Book.objects.defer("description", "sample").prefetch_related("reviews").order_by("pk")
    return {book.slug: max((review.stars for review in book.reviews.all()), default=0) for book in books}


@positive("large-result", advice=False)
def of_raw_sql() -> list[str]:
    """SQL by hand brings as many."""
    return [each.title for each in Review.objects.raw("SELECT id, title FROM catalog_review ORDER BY id")]


@page
def star_counts(request: HttpRequest) -> JsonResponse:
    return JsonResponse(dict(sorted(Counter(Review.objects.values_list("stars", flat=True)).items())))


@positive("large-result", request=True, advice=False)
def counted_in_python(client: Any) -> Answer:
    """Six hundred values become five numbers."""
    return client.get("/corpus/star_counts/")


@page
def tested_pages(request: HttpRequest) -> HttpResponse:
    reviews = Review.objects.defer("text").order_by("pk")
    if not reviews:
        return HttpResponse("none")
    return rendered(
        request, "{% for review in page %}{{ review }}\n{% endfor %}", page=Paginator(reviews, 20).get_page(2)
    )


@positive("large-result", request=True, advice=False)
def paginated_away(client: Any) -> Answer:
    """A test before the paginator loads all rows, and twenty are shown."""
    return client.get("/corpus/tested_pages/")


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


class LineSerializer(serializers.ModelSerializer):
    class Meta:
        model = OrderLine
        fields = ("quantity", "unit_price")


class AllLines(generics.ListAPIView):
    """An API without pages."""

    queryset = OrderLine.objects.order_by("pk")
    serializer_class = LineSerializer
    pagination_class = None


PAGES["all_lines"] = AllLines.as_view()


@positive("large-result", request=True, advice=False)
def api_without_pages(client: Any) -> Answer:
    """An API returns a whole table: low, for it may have to."""
    return client.get("/corpus/all_lines/")


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
