"""Many rows in memory at once."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import engines
from rest_framework import generics, serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from demo.catalog.models import Book, Review
from demo.orders.models import OrderLine
from tests.corpus.case import positive
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


@positive("large-result")
def numbered() -> str:
    """A loop that numbers its rows."""
    last = ""
    for number, line in enumerate(OrderLine.objects.order_by("pk"), 1):
        last = f"{number}: {line.quantity}"
    return last


@positive("large-result")
def into_a_dictionary() -> dict[str, int]:
    """``dict()`` of pairs."""
    return dict(Review.objects.order_by("pk").values_list("reader", "stars"))


@positive("large-result")
def into_a_set() -> set[str]:
    """``set()`` does what ``distinct()`` would do."""
    return set(Review.objects.values_list("reader", flat=True))


@positive("large-result")
def greatest() -> int:
    """``max()`` over a column."""
    return max(OrderLine.objects.values_list("quantity", flat=True))


@positive("large-result")
def counted_by_a_counter() -> list[tuple[int, int]]:
    """A command counts in Python."""
    return sorted(Counter(Review.objects.values_list("stars", flat=True)).items())


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


class ReviewPairs(APIView):
    """An API that hands the values of a table to its encoder."""

    def get(self, request: Any) -> Response:
        return Response(Review.objects.order_by("pk").values("title", "stars"))


PAGES["review_pairs"] = ReviewPairs.as_view()


@positive("large-result", request=True, advice=False)
def evaluated_by_an_encoder(client: Any) -> Answer:
    """No line of the application is on the stack when the rows are loaded."""
    return client.get("/corpus/review_pairs/")
