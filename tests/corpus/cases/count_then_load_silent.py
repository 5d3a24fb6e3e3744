"""Counts and lengths that stand for themselves."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.template import engines

from demo.blog.models import Comment, Post
from demo.catalog.models import Author, Book, Country, Genre, Review
from demo.orders.models import Customer, Order
from tests.corpus.case import silent
from tests.corpus.pages import page

Answer = Any


def rendered(request: HttpRequest, source: str, **context: Any) -> HttpResponse:
    """Return a page made of a template."""
    return HttpResponse(engines["django"].from_string(source).render(context, request))


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
    Comment.objects.filter(text__contains="e").update(name="-")
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


@silent("count-then-load", "row by row it is a loop, and the loop is the problem", "n-plus-one")
def length_in_a_loop() -> dict[str, int]:
    """The length of a relation, of each row."""
    return {author.name: len(author.books.all()) for author in Author.objects.order_by("pk")[:15]}
