"""One queryset that asks again: through all(), slices, further methods, iterators, managers, templates, and functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.views.generic import ListView

from demo.catalog.models import Author, Book, Country, Genre, Publisher
from demo.orders.models import Customer
from tests.corpus.case import positive
from tests.corpus.models import Entry, Thread, Topic
from tests.corpus.pages import PAGES, page

Answer = Any


def rendered(request: HttpRequest, source: str, **context: Any) -> HttpResponse:
    """Return a page made of a template."""
    return HttpResponse(engines["django"].from_string(source).render(context, request))


@positive("evaluated-twice")
def all_in_two_loops() -> tuple[list[str], list[int]]:
    """``all()`` makes a copy, and the rows stay with that copy."""
    authors = Author.objects.filter(born__gt=0).order_by("pk")
    names = [author.name for author in authors.all()]
    years = [author.born for author in authors.all()]
    return names, years


@positive("evaluated-twice")
def slice_in_two_loops() -> list[str]:
    """A slice of a queryset that was not loaded is a query of its own."""
    genres = Genre.objects.order_by("name")
    lines = ["Top:"]
    for genre in genres[:5]:
        lines.append(genre.name)
    lines.append("Links:")
    for genre in genres[:5]:
        lines.append(genre.slug)
    return lines


@positive("evaluated-twice")
def further_method() -> tuple[int, list[str]]:
    """A filter is written out where it is used, twice."""
    customers = Customer.objects.order_by("pk")
    towns = set(customers.filter(city__gt="").values_list("city", flat=True))
    listed = list(customers.filter(city__gt="").values_list("city", flat=True))
    return len(towns), listed


@positive("evaluated-twice")
def first_twice() -> tuple[str, str]:
    """``first()`` is asked for one attribute after the other."""
    topics = Topic.objects.filter(parent__isnull=True)
    name = topics.first().name
    label = str(topics.first().pk)
    return name, label


@positive("evaluated-twice", advice=False)
def handed_to_two_functions() -> tuple[int, int]:
    """A function that takes any queryset is given the same one again."""

    def longest(entries: QuerySet[Entry]) -> int:
        return max(len(entry.text) for entry in entries.all())

    entries = Entry.objects.order_by("pk")
    return longest(entries), longest(entries)


@positive("evaluated-twice")
def streamed_twice() -> tuple[int, int]:
    """``iterator()`` keeps nothing: the second loop asks again."""
    countries = Country.objects.order_by("pk")
    totals = []
    for length in (2, 6):
        totals.append(sum(len(country.name) > length for country in countries.iterator()))
    return totals[0], totals[1]


class Shelf:
    """An object that holds a queryset and hands it out row by row."""

    def __init__(self, books: QuerySet[Book]) -> None:
        self.books = books

    def __iter__(self) -> Iterator[Book]:
        return self.books.iterator(chunk_size=50)


@positive("evaluated-twice", advice=False)
def iterable_of_its_own() -> tuple[int, int]:
    """An iterable that streams is gone through twice."""
    shelf: Iterable[Book] = Shelf(Book.objects.only("pages").filter(pages__lt=300).order_by("pk"))
    return max(book.pages for book in shelf), min(book.pages for book in shelf)


@positive("evaluated-twice")
def checked_before_the_work() -> list[str]:
    """A generator looks for one that is wrong, then a function takes them all."""
    authors = Author.objects.filter(name__gt="").order_by("pk")
    if any(not author.name.strip() for author in authors.only("name")):
        return []
    names = []
    for author in authors.only("name"):
        names.append(author.name.upper())
    return names


@positive("evaluated-twice")
def in_a_comprehension_and_a_call() -> tuple[list[str], dict[str, int]]:
    """``values_list`` of one queryset for a list and for a dictionary."""
    threads = Thread.objects.filter(pinned=False)
    titles = sorted(threads.values_list("title", "pk"))
    keys = dict(threads.values_list("title", "pk"))
    return [title for title, _ in titles], keys


@page
def publisher_links(request: HttpRequest) -> HttpResponse:
    publishers = Publisher.objects.order_by("name")
    return rendered(
        request,
        "{% for p in publishers.all %}<a>{{ p.name }}</a>{% endfor %}\n<hr>\n"
        "{% for p in publishers.all %}<b>{{ p.city }}</b>{% endfor %}",
        publishers=publishers,
    )


@positive("evaluated-twice", advice=False, request=True)
def template_calls_all(client: Any) -> Answer:
    """A template writes ``.all`` behind a queryset that the view built, above and below."""
    return client.get("/corpus/publisher_links/")


class CountryList(ListView):
    """A list whose context repeats its rows for a menu."""

    queryset = Country.objects.order_by("name")

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        context = super().get_context_data(**context)
        shown = context["object_list"]
        context["initials"] = sorted({country.name[0] for country in shown.all()})
        context["codes"] = sorted({country.code for country in shown.all()})
        return context

    def render_to_response(self, context: dict[str, Any], **options: Any) -> HttpResponse:
        return rendered(self.request, "{{ initials }} {{ codes }}", **context)


PAGES["country_list_twice"] = CountryList.as_view()


@positive("evaluated-twice", request=True)
def context_of_a_list_view(client: Any) -> Answer:
    """A generic view's rows are copied for two entries of its context."""
    return client.get("/corpus/country_list_twice/")
