"""Queries that no page chooses: of middlewares, context processors and text forms; and those that some page did choose."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.models import User
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import Engine, RequestContext
from django.test import Client, override_settings

from demo.catalog.models import Author, Book, Genre
from demo.orders.models import OrderLine
from tests.corpus.case import positive, silent
from tests.corpus.models import Topic
from tests.corpus.pages import page

Answer = Any
HERE = "tests.corpus.surroundings"


def rendered(request: HttpRequest, source: str, *processors: str, **context: Any) -> HttpResponse:
    """Return a page made of a template, by an engine with these context processors."""
    engine = Engine(context_processors=[f"{HERE}.{name}" for name in processors])
    return HttpResponse(engine.from_string(source).render(RequestContext(request, context)))


def passed(client: Client, name: str, address: str) -> Answer:
    """Return the answer to a request that passes one more middleware, the innermost."""
    with override_settings(MIDDLEWARE=[*settings.MIDDLEWARE, f"{HERE}.{name}"]):
        fresh = Client()
        fresh.cookies = client.cookies
        return fresh.get(address)


@page
def nothing_asked(request: HttpRequest) -> HttpResponse:
    return HttpResponse("nothing")


@positive("query-everywhere", request=True, advice=False)
def middleware(client: Any) -> Answer:
    """A middleware looks something up before every view."""
    return passed(client, "New", "/corpus/nothing_asked/")


@positive("query-everywhere", request=True, advice=False)
def process_request(client: Any) -> Answer:
    """The older kind, whose rows nobody may need."""
    return passed(client, "Old", "/corpus/nothing_asked/")


@positive("query-everywhere", request=True, advice=False)
def process_response(client: Any) -> Answer:
    """A header for every answer."""
    return passed(client, "Late", "/corpus/nothing_asked/")


@positive("query-everywhere", request=True, advice=False)
def process_view(client: Any) -> Answer:
    """Asked when the view is known, whichever it is."""
    return passed(client, "Viewing", "/corpus/nothing_asked/")


@positive("query-everywhere", request=True, advice=False)
def function_as_middleware(client: Any) -> Answer:
    """A closure that has another function ask."""
    return passed(client, "helping", "/corpus/nothing_asked/")


@page
def badge_page(request: HttpRequest) -> HttpResponse:
    return rendered(request, "{{ genre_number }}", "genres")


@positive("query-everywhere", request=True, advice=False)
def context_processor(client: Any) -> Answer:
    """A number in the head of every page."""
    return client.get("/corpus/badge_page/")


@page
def unread_page(request: HttpRequest) -> HttpResponse:
    return rendered(request, "<p>about us", "side")


@positive("query-everywhere", request=True, advice=False)
def context_processor_that_nobody_reads(client: Any) -> Answer:
    """The page does not show what was loaded for it."""
    return client.get("/corpus/unread_page/")


@page
def two_processors(request: HttpRequest) -> HttpResponse:
    return rendered(request, "{{ genre_number }}{{ cities|length }}", "genres", "side")


@positive("query-everywhere", request=True, advice=False)
def several(client: Any) -> Answer:
    """Two context processors, two findings."""
    return client.get("/corpus/two_processors/")


@positive("query-everywhere")
def text_form_in_a_loop() -> list[str]:
    """``str()`` of each line of an order reads the book."""
    return [str(line) for line in OrderLine.objects.order_by("pk")[:10]]


@positive("query-everywhere")
def text_form_in_an_f_string() -> list[str]:
    """Formatting calls ``__str__`` as well."""
    return [f"- {line}" for line in OrderLine.objects.filter(quantity__gte=1).order_by("pk")[:8]]


@page
def lines_page(request: HttpRequest) -> HttpResponse:
    lines = OrderLine.objects.order_by("pk")[:10]
    return rendered(request, "{% for line in lines %}<li>{{ line }}{% endfor %}", lines=lines)


@positive("query-everywhere", request=True)
def text_form_in_a_template(client: Any) -> Answer:
    """``{{ line }}`` in a list."""
    return client.get("/corpus/lines_page/")


@positive("query-everywhere", advice=False)
def text_form_of_one() -> str:
    """One line in a log."""
    line = OrderLine.objects.order_by("pk").first()
    logging.getLogger("corpus").debug("seen %s", line)
    return str(line)


@silent("query-everywhere", "the middleware waits for the view, which asks", request=True)
def view_inside_a_middleware(client: Any) -> Answer:
    """Every middleware stands in the stack of a view."""
    return passed(client, "Lazy", "/corpus/asking/")


@page
def asking(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"books": Book.objects.count()})


@silent("query-everywhere", "the view uses the lazy object, so the page did choose it", request=True)
def lazy_on_the_request(client: Any) -> Answer:
    """What the rule advises."""
    return passed(client, "Lazy", "/corpus/country_page/")


@page
def country_page(request: Any) -> HttpResponse:
    return HttpResponse(request.country.name)


@silent("query-everywhere", "the answer is in the cache", request=True)
def cached_middleware(client: Any) -> Answer:
    """The first request fills the cache, the second finds it."""
    return passed(client, "Cached", "/corpus/nothing_asked/")


@silent("query-everywhere", "the cache was empty: Django's get_or_set asks seldom", request=True)
def cache_being_filled(client: Any) -> Answer:
    """The request that fills the cache."""
    cache.clear()
    return passed(client, "Cached", "/corpus/nothing_asked/")


@silent("query-everywhere", "the user and the session are Django's own", request=True)
def user(client: Any) -> Answer:
    """A middleware of the application reads ``request.user``."""
    client.force_login(User.objects.get(username="admin"))
    return passed(client, "Greeting", "/corpus/nothing_asked/")


@page
def waiting_page(request: HttpRequest) -> HttpResponse:
    return rendered(request, "{{ genre_number }}{% for genre in menu %}{{ genre }}{% endfor %}", "waiting")


@silent("query-everywhere", "the template asks for what it shows", request=True)
def handed_over(client: Any) -> Answer:
    """A method and a lazy queryset from a context processor, read by the page."""
    return client.get("/corpus/waiting_page/")


@page
def kept_badge(request: HttpRequest) -> HttpResponse:
    return rendered(request, "{{ genre_number }}", "kept")


@silent("query-everywhere", "the context processor keeps its answer", request=True)
def cached_processor(client: Any) -> Answer:
    """The cache has it the second time."""
    return client.get("/corpus/kept_badge/")


@silent("query-everywhere", "the text form uses what the join brought")
def joined() -> list[str]:
    """What the rule advises."""
    return [str(line) for line in OrderLine.objects.select_related("book").order_by("pk")[:10]]


@silent("query-everywhere", "the text form uses columns of its own row")
def own_columns() -> list[str]:
    """Most text forms."""
    return [str(author) for author in Author.objects.order_by("pk")[:10]]


class Basket:
    """A text form that is no model's: whoever prints it has made it."""

    def __init__(self, lines: Callable[[], Any]) -> None:
        self.lines = lines

    def __str__(self) -> str:
        return f"{self.lines()} books"


@silent("query-everywhere", "an object of the view's own, made to be printed")
def text_form_of_another_object() -> str:
    """A report prints a basket."""
    return str(Basket(Book.objects.count))


@silent("query-everywhere", "the column was left out by only(): the text form is right", "n-plus-one")
def deferred() -> list[str]:
    """The name is loaded for each row, because the queryset left it out."""
    return [str(genre) for genre in Genre.objects.only("slug").order_by("pk")[:6]]


class GenreForm(forms.Form):
    """A form with choices."""

    genre = forms.ModelChoiceField(Genre.objects.order_by("name"))


@page
def choices_page(request: HttpRequest) -> HttpResponse:
    return rendered(request, "{{ form.as_p }}", form=GenreForm())


@silent("query-everywhere", "the form of this page has choices, whose text forms ask nothing", request=True)
def choices(client: Any) -> Answer:
    """The labels are names."""
    return client.get("/corpus/choices_page/")


@silent("query-everywhere", "the parents of the tree were joined")
def tree() -> list[str]:
    """``__str__`` reads the parent, and the queryset brought it."""
    return [str(topic) for topic in Topic.objects.select_related("parent").order_by("pk")]


class ReturnForm(forms.Form):
    """A form whose choices are lines of orders."""

    line = forms.ModelChoiceField(OrderLine.objects.order_by("-quantity", "pk")[:12])


@page
def return_page(request: HttpRequest) -> HttpResponse:
    return rendered(request, "{{ form.as_p }}", form=ReturnForm())


@positive("query-everywhere", request=True, at='OrderLine.objects.order_by("-quantity", "pk")')
def labels_of_choices(client: Any) -> Answer:
    """Each label reads the book of its line: the queryset of the field has to join it."""
    return client.get("/corpus/return_page/")
