"""Rows that are tested and used, or not loaded for the test."""

from __future__ import annotations

from typing import Any

from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_list_or_404
from django.template import engines

from demo.blog.models import Comment
from demo.catalog.models import Author, Book, Genre, Publisher, Review
from tests.corpus.case import silent
from tests.corpus.models import Thread
from tests.corpus.pages import page

Answer = Any


def rendered(request: HttpRequest, source: str, **context: Any) -> HttpResponse:
    """Return a page made of a template."""
    return HttpResponse(engines["django"].from_string(source).render(context, request))


@silent("truth-by-load", "one query serves the test and the loop")
def then_gone_through() -> list[str]:
    """``if reviews:`` before ``for review in reviews``."""
    reviews = Review.objects.filter(stars=5).order_by("pk")[:20]
    if reviews:
        return [review.title for review in reviews]
    return []


@silent("truth-by-load", "exists() is what the rule would advise")
def asks_exists() -> bool:
    """``if wanted and reviews.exists()``."""
    wanted = True
    reviews = Review.objects.filter(stars=1)
    return bool(wanted and reviews.exists())


@silent("truth-by-load", "no row was loaded; exists() would have cost the same")
def nothing_there() -> str:
    """The search finds nothing, so nothing was loaded for it."""
    return "found" if Book.objects.filter(title="?") else "nothing"


@silent("truth-by-load", "one row is what exists() would look at")
def a_slice_of_one() -> bool:
    """``[:1]`` is the older way to write it."""
    return bool(Review.objects.filter(stars=5).order_by("pk")[:1])


@silent("truth-by-load", "the first row is taken from the rows that the test loaded")
def then_indexed() -> str:
    """A list of candidates, of which the first is used."""
    authors = Author.objects.filter(name__lt="M").order_by("pk")
    return authors[0].name if authors else ""


@silent("truth-by-load", "the rows go through a slice of the loaded list")
def then_sliced() -> list[str]:
    """Three of those that are there."""
    authors = Author.objects.order_by("name", "pk")
    return [author.name for author in authors[:3]] if authors else []


@silent("truth-by-load", "a prefetch brought the rows: the test asks nothing")
def of_a_prefetch() -> list[str]:
    """``if author.books.all()`` for each author of a list."""
    authors = Author.objects.prefetch_related("books").order_by("pk")[:10]
    return [author.name for author in authors if author.books.all()]


@silent("truth-by-load", "the rows are kept for later requests")
def then_cached() -> bool:
    """Only an answer that is not empty goes into the cache."""
    genres = Genre.objects.order_by("name")
    if genres:
        cache.set("corpus-genres", genres, 5)
    return True


@silent("truth-by-load", "or gives the rows on, they are gone through")
def with_a_fallback() -> list[str]:
    """``first or second`` chooses a queryset."""
    found = Publisher.objects.filter(city="?") or Publisher.objects.order_by("name")[:5]
    return [publisher.name for publisher in found]


@silent("truth-by-load", "a shortcut tests the list, the code goes through it")
def list_or_404() -> list[str]:
    """``get_list_or_404`` makes a list and tests that."""
    return [thread.title for thread in get_list_or_404(Thread, pinned=False)]


@silent("truth-by-load", "the rows are counted as well", "count-then-load")
def tested_and_counted() -> int:
    """``if qs: len(qs)`` is a load that a count replaces."""
    comments = Comment.objects.filter(name__gt="")
    return len(comments) if comments else 0


@silent(
    "truth-by-load",
    "count() of loaded rows asks nothing: another rule tells that they were loaded to be counted",
    "count-then-load",
)
def tested_and_counted_by_count() -> int:
    """``if qs: qs.count()`` asks once."""
    comments = Comment.objects.filter(name__gt="")
    return comments.count() if comments else 0


@silent("truth-by-load", "the rows are compared with another list")
def looked_up_in() -> bool:
    """``in`` goes through the rows after the test."""
    authors = Author.objects.order_by("pk")
    return bool(authors) and Author(pk=authors[0].pk) in authors


@page
def happy_readers(request: HttpRequest) -> HttpResponse:
    reviews = Review.objects.filter(stars=5).defer("text").order_by("pk")[:10]
    return rendered(
        request,
        "{% if reviews %}<ul>{% for review in reviews %}<li>{{ review }}{% endfor %}</ul>{% endif %}",
        reviews=reviews,
    )


@silent("truth-by-load", "a heading and its list are one query", request=True)
def template_tests_and_shows(client: Any) -> Answer:
    """A template shows a list only where there is one."""
    return client.get("/corpus/happy_readers/")


@page
def happy_or_not(request: HttpRequest) -> HttpResponse:
    reviews = Review.objects.filter(stars=5).defer("text").order_by("pk")[:10]
    if reviews:
        raise Http404
    return rendered(request, "{% for review in reviews %}{{ review }}{% endfor %}", reviews=reviews)


@silent("truth-by-load", "the loop that the rows were for was not reached", request=True)
def ended_before_the_loop(client: Any) -> Answer:
    """A view refuses after the test."""
    return client.get("/corpus/happy_or_not/")


@page
def first_of_all(request: HttpRequest) -> HttpResponse:
    authors = Author.objects.order_by("pk").defer("biography")[:10]
    return rendered(
        request,
        "{% if authors %}{{ authors.0.name }}{% with a=authors|last %} to {{ a }}{% endwith %}{% endif %}",
        authors=list(authors),
    )


@silent("truth-by-load", "a list is tested, and the database is not asked for it", request=True)
def template_tests_a_list(client: Any) -> Answer:
    """The view hands a list over."""
    return client.get("/corpus/first_of_all/")


@silent("truth-by-load", "row by row it is a loop, and the loop is the problem", "n-plus-one")
def truth_in_a_loop() -> list[str]:
    """Each author is asked whether there are books."""
    return [author.name for author in Author.objects.order_by("pk")[:15] if author.books.all()]


@silent("truth-by-load", "for another row the same line shows what it has loaded")
def one_line_for_two_ends() -> list[str]:
    """A function tests, and goes on for one of two statuses."""
    return newest("in print", 1) + newest("remaindered", 0)


def newest(status: str, shown: int) -> list[str]:
    """Return the titles of the newest books of a status."""
    books = Book.objects.filter(status=status).order_by("-published_on", "pk")
    if books and shown:
        return [book.title for book in books]
    return []
