"""Loads that look like a relation followed row by row and are right as they are."""

from __future__ import annotations

import copy
import json
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import transaction
from django.db.models import Count, Prefetch, prefetch_related_objects
from django.http import HttpRequest, JsonResponse

from demo.blog.models import Comment, Post
from demo.catalog.models import Author, Book, Country, Genre, Publisher, Review
from demo.orders.models import Order, OrderLine
from tests.corpus.case import silent
from tests.corpus.models import Shop, Thread, Topic
from tests.corpus.pages import page


@silent("n-plus-one", "the relation is joined already")
def joined() -> list[str]:
    return [book.author.name for book in Book.objects.select_related("author").order_by("pk")[:20]]


@silent("n-plus-one", "both steps are joined")
def joined_two_steps() -> list[str]:
    books = Book.objects.select_related("author__country").order_by("pk")[:20]
    return [book.author.country.name for book in books]


@silent("n-plus-one", "a prefetch answers all() of every row")
def prefetched() -> list[list[str]]:
    authors = Author.objects.prefetch_related("books").order_by("pk")
    return [[book.title for book in author.books.all()] for author in authors]


@silent("n-plus-one", "a prefetch answers a generic relation as well")
def prefetched_generic_relation() -> list[list[str]]:
    posts = Post.objects.prefetch_related("comments").order_by("pk")
    return [sorted(comment.text for comment in post.comments.all()) for post in posts]


@silent("n-plus-one", "one statement for each type behind a generic key is all that a prefetch can do")
def prefetched_generic_key() -> list[str]:
    comments = Comment.objects.prefetch_related("about").order_by("pk")[:30]
    return [str(comment.about) for comment in comments]


@silent("n-plus-one", "prefetch_related_objects brought the relation for the whole list")
def prefetched_by_hand() -> list[str]:
    books = list(Book.objects.order_by("pk")[:20])
    prefetch_related_objects(books, "author", "genres")
    return [f"{book.author.name}: {sorted(genre.slug for genre in book.genres.all())}" for book in books]


@silent("n-plus-one", "rows of a related manager know the row that they were asked from")
def known_from_the_other_side() -> list[str]:
    author = Author.objects.get(pk=Author.objects.earliest("pk").pk)
    return [f"{book.title} by {book.author.name}" for book in author.books.all()]


@silent("n-plus-one", "the key is enough: author_id is a column of the book")
def only_the_key() -> list[int]:
    return [book.author_id for book in Book.objects.order_by("pk")[:20]]


@silent("n-plus-one", "one row is no loop, however many relations are followed from it")
def a_page_of_one_row() -> tuple[Any, ...]:
    book = Book.objects.order_by("pk").first()
    assert book is not None
    return (
        book.author.name,
        book.author.country.name,
        book.publisher.city,
        sorted(genre.slug for genre in book.genres.all()),
    )


@silent(
    "n-plus-one", "two of a hundred rows follow the relation, by a condition: a join would read all of them"
)
def a_few_of_many() -> list[str]:
    books = list(Book.objects.order_by("pk")[:100])
    return [book.author.name for number, book in enumerate(books) if number in {17, 71}]


@silent(
    "n-plus-one",
    "nobody knows how deep the tree is, so no eager load serves it; that parents are asked for again is another finding",
    "duplicate-query",
)
def up_the_tree() -> list[str]:
    def trail(topic: Topic) -> list[str]:
        return [*(trail(topic.parent) if topic.parent else []), topic.name]

    return [" / ".join(trail(leaf)) for leaf in Topic.objects.filter(name__startswith="topic").order_by("pk")]


@silent("n-plus-one", "a recursion over the children of the children has no depth that one could name")
def down_the_tree() -> Any:
    def below(topic: Topic) -> Any:
        return {child.name: below(child) for child in topic.children.all()}

    return below(Topic.objects.get(parent=None))


@silent("n-plus-one", "the prefetch runs once for each chunk of the iterator, which is what chunks are for")
def prefetched_per_chunk() -> int:
    reviews = Review.objects.prefetch_related("book").order_by("pk")[:100]
    return sum(len(review.book.title) for review in reviews.iterator(chunk_size=10))


@silent("n-plus-one", "values name the column of the related row: the join is in the statement")
def values_across_the_relation() -> list[Any]:
    return list(Book.objects.order_by("pk").values_list("title", "author__name", "publisher__city")[:20])


@silent("n-plus-one", "an annotation counts in the statement of the rows")
def counted_along() -> list[tuple[str, int]]:
    authors = Author.objects.annotate(number=Count("books")).order_by("pk")
    return [(author.name, author.number) for author in authors]


@silent("n-plus-one", "the rows were put together by hand: the relation was given to each of them")
def assigned_by_hand() -> list[str]:
    publishers = {publisher.pk: publisher for publisher in Publisher.objects.all()}
    books = list(Book.objects.order_by("pk")[:20])
    for book in books:
        book.publisher = publishers[book.publisher_id]
    return [book.publisher.name for book in books]


@silent("n-plus-one", "the prefetch went to an attribute, which the loop reads")
def prefetched_to_an_attribute() -> list[int]:
    best = Prefetch("reviews", queryset=Review.objects.filter(stars=5), to_attr="best")
    return [len(book.best) for book in Book.objects.prefetch_related(best).order_by("pk")[:30]]


@silent("n-plus-one", "the parent of a table of its own comes with the row")
def inherited() -> list[tuple[str, str]]:
    return [(shop.name, shop.street) for shop in Shop.objects.order_by("pk")]


@silent("n-plus-one", "a copy of a row keeps what was joined")
def copied_rows() -> list[str]:
    books = Book.objects.select_related("author").order_by("pk")[:12]
    return [copy.copy(book).author.name for book in books]


@silent(
    "n-plus-one",
    "each row is locked and read again on purpose before it is changed, in a transaction of its own",
)
def read_again_under_a_lock() -> list[str]:
    names = []
    for order in Order.objects.order_by("pk")[:12]:
        with transaction.atomic():
            fresh = Order.objects.select_for_update().get(pk=order.pk)
            names.append(fresh.number)
    return names


@silent("n-plus-one", "three coroutines ask for one row each, of different tables")
async def gathered() -> list[str]:
    genre = await Genre.objects.order_by("pk").afirst()
    country = await Country.objects.order_by("pk").afirst()
    publisher = await Publisher.objects.order_by("pk").afirst()
    return [str(genre), str(country), str(publisher)]


@silent("n-plus-one", "two aget() of one model are two lookups by two lines, and no loop")
async def two_lookups() -> list[str]:
    first = await sync_to_async(Author.objects.earliest)("pk")
    again = await Author.objects.select_related("country").aget(pk=first.pk)
    other = await Author.objects.select_related("country").aget(pk=first.pk + 1)
    return [again.country.name, other.country.name]


@page
def my_reviews(request: HttpRequest) -> JsonResponse:
    found = Review.objects.select_related("book").order_by("pk")[:20]
    return JsonResponse({"user": request.user.username, "books": [review.book.title for review in found]})


@silent(
    "n-plus-one",
    "the session and the user of the request are looked up once; the heavy columns of the books are another finding",
    "unused-columns",
    request=True,
)
def signed_in(client: Any) -> Any:
    client.force_login(User.objects.get(username="admin"))
    return client.get("/corpus/my_reviews/")


@silent(
    "n-plus-one", "what a cache holds was loaded by another request, and only that one could have joined it"
)
def rows_from_a_cache() -> list[str]:
    books = cache.get("corpus-books")
    if books is None:
        books = list(Book.objects.select_related("publisher").order_by("pk")[:12])
        cache.set("corpus-books", books)
    return [book.publisher.name for book in books]


@silent(
    "n-plus-one",
    "the encoder goes through values of one statement: no line of the application is on the stack",
)
def encoded_values() -> str:
    lines = OrderLine.objects.order_by("pk").values("quantity", "book__title")[:30]
    return json.dumps(list(lines))


@silent("n-plus-one", "both relations to one model are joined, the one that may be empty by its name")
def both_relations_joined() -> list[str]:
    threads = Thread.objects.select_related("first_entry", "last_entry")
    return [t.first_entry.text + (t.last_entry.text if t.last_entry else "") for t in threads]


@silent(
    "n-plus-one", "the text form asks wherever a line is shown: query-everywhere names it", "query-everywhere"
)
def text_form_of_a_row() -> list[str]:
    return [str(line) for line in OrderLine.objects.order_by("pk")[:25]]
