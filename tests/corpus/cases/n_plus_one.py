"""Relations that plain code loads row by row, each by another way to reach them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.db.models import F, Prefetch, prefetch_related_objects

from demo.blog.models import Comment, Post
from demo.catalog.models import Author, Book, Publisher, Review
from demo.orders.models import Order, OrderLine
from tests.corpus.case import positive
from tests.corpus.models import Entry, Summary, Thread, Topic


@positive("n-plus-one")
def forward() -> list[str]:
    """A foreign key of each row."""
    return [book.author.name for book in Book.objects.order_by("pk")[:20]]


@positive("n-plus-one")
def reverse_foreign_key() -> dict[str, list[str]]:
    """The rows that point to each row, all of them."""
    found = {}
    for author in Author.objects.order_by("name"):
        found[author.name] = sorted(book.title for book in author.books.all())
    return found


@positive("n-plus-one")
def one_to_one_with_the_column() -> list[str]:
    """A one-to-one from the side that has the column, of a model whose key is no number."""
    return [summary.thread.title for summary in Summary.objects.order_by("code")]


@positive("n-plus-one")
def one_to_one_without_the_column() -> list[str]:
    """A one-to-one from the other side."""
    return [thread.summary.code for thread in Thread.objects.all()]


@positive("n-plus-one")
def many_to_many() -> list[tuple[str, list[str]]]:
    """The genres of each book."""
    shelf = Book.objects.filter(pages__gt=0).order_by("title", "pk")[:25]
    return [(book.title, sorted(genre.name for genre in book.genres.all())) for book in shelf]


@positive("n-plus-one")
def generic_foreign_key() -> list[str]:
    """What each comment is about: books and posts, by one statement for each row."""
    comments = Comment.objects.order_by("pk")[:30]
    return [f"{comment.name} on {comment.about}" for comment in comments]


@positive("n-plus-one")
def generic_relation() -> dict[str, list[str]]:
    """The comments on each post."""
    return {
        post.slug: sorted(each.text for each in post.comments.all()) for post in Post.objects.order_by("pk")
    }


@positive("n-plus-one")
def column_left_out_by_only() -> list[tuple[str, int]]:
    """A column that ``only()`` does not name, read all the same."""
    books = Book.objects.only("title").order_by("title", "pk")[:20]
    return [(book.title, book.pages) for book in books]


@positive("n-plus-one")
def column_left_out_by_defer() -> list[str]:
    """A long text was put off because another page does not show it."""
    posts = Post.objects.defer("body", "summary").order_by("published_at", "pk")
    return [post.body[:80] for post in posts]


@positive("n-plus-one")
def nested() -> list[str]:
    """Two steps from row to row are one finding: ``author__country``."""
    books = Book.objects.order_by("-published_on", "pk")[:20]
    return [f"{book.title}, {book.author.name} ({book.author.country.code})" for book in books]


@positive("n-plus-one")
def all_point_to_one_parent() -> set[str]:
    """Every row points to the same publisher, so that the statements are equal to the last value."""
    publisher = Publisher.objects.order_by("pk")[:1].get()
    Book.objects.update(publisher=publisher)
    return {book.publisher.city for book in Book.objects.filter(status="in print").order_by("pk")[:20]}


@positive("n-plus-one")
def two_relations_share_one_statement() -> list[tuple[str, str]]:
    """``first_entry`` and ``last_entry`` lead to one model by one SQL text."""
    return [(t.first_entry.text, t.last_entry.text if t.last_entry else "") for t in Thread.objects.all()]


@positive("n-plus-one")
def behind_a_join() -> list[str]:
    """The joined author is there, its country is not."""
    books = Book.objects.select_related("author").order_by("pk")[:20]
    return [f"{book.author.name}: {book.author.country.name}" for book in books]


@positive("n-plus-one")
def behind_a_prefetch() -> dict[str, set[str]]:
    """The books came with a prefetch, their publishers did not."""
    found = {}
    for author in Author.objects.prefetch_related("books").order_by("pk")[:20]:
        found[author.name] = {book.publisher.name for book in author.books.all()}
    return found


@positive("n-plus-one")
def column_of_a_joined_row() -> list[int]:
    """The author was joined for its name, then another column of it is read."""
    books = Book.objects.select_related("author").only("title", "author__name").order_by("pk")[:20]
    return [book.author.born for book in books]


@positive("n-plus-one", "unused-eager-load")
def selects_without_names() -> list[str]:
    """``select_related()`` without names passes over a foreign key that may be empty."""
    threads = Thread.objects.select_related().order_by("pk")
    return [t.first_entry.text + (t.last_entry.text if t.last_entry is not None else "-") for t in threads]


def described(books: Iterable[Book]) -> list[str]:
    """Return lines about books; that it reads the publisher does not show where it is called."""
    return [f"{book.title} ({book.publisher.name}, {book.publisher.city})" for book in books]


@positive("n-plus-one")
def queryset_through_a_helper() -> list[str]:
    """The queryset is built here and read in another function."""
    return described(Book.objects.filter(price__gt=1).order_by("pk")[:15])


def newest_books(status: str) -> Any:
    """Return the newest books of a status."""
    return Book.objects.filter(status=status).order_by("-published_on", "pk")


@positive("n-plus-one")
def queryset_from_a_selector() -> list[str]:
    """The queryset is built in another function and refined here."""
    return [book.author.name for book in newest_books("in print").filter(pages__gte=1)[:20]]


@positive("n-plus-one")
def method_of_the_model() -> dict[str, str]:
    """``Order.total()`` reads the lines."""
    return {order.number: str(order.total()) for order in Order.objects.order_by("number")[:30]}


@positive("n-plus-one")
def in_batches_of_an_iterator() -> list[str]:
    """A stream of rows, with the relation of each."""
    return [review.book.title for review in Review.objects.order_by("pk")[:40].iterator(chunk_size=20)]


@positive("n-plus-one")
async def asynchronous() -> list[str]:
    """A related manager gone through in a coroutine: worker threads know no line of it."""
    found = []
    async for author in Author.objects.order_by("pk")[:12]:
        found.append(author.name + ", ".join(sorted([book.title async for book in author.books.all()])))
    return found


@positive("n-plus-one")
def every_row_twice() -> list[str]:
    """One list is gone through twice; the first pass fills what the second one reads."""
    books = list(Book.objects.order_by("pk")[:12])
    cities = sorted({book.publisher.city for book in books})
    return cities + [book.publisher.name for book in books]


@positive("n-plus-one")
def same_function_for_each_parent() -> list[str]:
    """One author after the other, by one function: the same line builds a queryset each time."""
    names = []
    for author in Author.objects.prefetch_related("books").order_by("pk")[:8]:
        for book in author.books.all():
            names.append(f"{author.name}: {book.publisher.name}")
    return names


@positive("n-plus-one")
def two_querysets_reach_one_loop() -> list[str]:
    """Forthcoming and remaindered books go through one loop; each queryset needs the fix."""
    forthcoming = Book.objects.filter(pk__lte=20).order_by("pk")
    others = Book.objects.filter(pk__gt=20).order_by("pk")[:20]
    return [book.publisher.city for books in (forthcoming, others) for book in books]


@positive("n-plus-one")
def annotated_and_sliced() -> list[tuple[str, int]]:
    """An annotation, an order by an expression and a slice stand behind the place of the fix."""
    reviews = Review.objects.annotate(double=F("stars") * 2).order_by(F("created_at").desc(), "pk")[5:25]
    return [(review.book.slug, review.double) for review in reviews]


@positive("n-plus-one")
def values_through_a_property() -> str:
    """The encoder of a list calls a property of each line, which reads the book."""
    lines = OrderLine.objects.order_by("pk")[:20]
    return json.dumps([{"book": line.book.title, "amount": float(line.amount)} for line in lines])


@positive("n-plus-one")
def a_prefetch_that_brings_less() -> dict[str, list[str]]:
    """The queryset of a ``Prefetch`` does not join what the loop reads."""
    books = Prefetch("books", queryset=Book.objects.order_by("pk"))
    authors = Author.objects.prefetch_related(books).order_by("pk")[:15]
    return {author.name: [book.publisher.name for book in author.books.all()] for author in authors}


@positive("n-plus-one")
def rows_taken_apart_by_hand() -> list[str]:
    """Rows come from a cursor-like statement of one's own: ``raw()``, which takes no join."""
    books = Book.objects.raw("SELECT id, title, author_id FROM catalog_book ORDER BY id LIMIT 15")
    return [book.author.name for book in books]


@positive("n-plus-one")
def of_a_tree_one_step() -> list[str]:
    """The parent of each topic, one step up, is no walk along the tree."""
    return [entry.topic.name for entry in Entry.objects.order_by("pk")[:20]]


@positive("n-plus-one")
def prefetched_by_hand_but_not_far_enough() -> list[str]:
    """``prefetch_related_objects`` brought the author for the list, not its country."""
    books = list(Book.objects.order_by("pk")[:16])
    prefetch_related_objects(books, "author")
    return [book.author.country.name for book in books]


@positive("n-plus-one")
def parents_of_leaves() -> list[str]:
    """Leaves name their parent, and no further."""
    leaves = Topic.objects.filter(name__startswith="topic").order_by("pk")
    return [f"{leaf.name} in {leaf.parent.name}" for leaf in leaves if leaf.parent is not None]
