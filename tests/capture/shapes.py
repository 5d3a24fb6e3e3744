"""Views whose statements come down stacks of many shapes; each is one way to mistake one place for another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any

import django
from asgiref.sync import async_to_sync, sync_to_async
from django import template
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import path

from demo.catalog.models import Author, Country

register = template.Library()
TEMPLATES = {
    "nested.html": "{% for c in countries %}\n{% for a in c.authors.all %}\n{{ a.country.name }}\n{% endfor %}\n{% endfor %}",
    "nested_twice.html": (
        "{% for c in countries %}\n{% for a in authors %}\n{{ a.asked.name }}{{ a.counted }}\n{% endfor %}\n{% endfor %}"
    ),
    "two_lines.html": "{% for a in authors %}\n{{ a.country.name }}\n{% endfor %}\n{% for a in again %}\n{{ a.country.name }}\n{% endfor %}",
    "one_loop.html": "{% for a in authors %}\n{{ a.asked.name }}\n{{ a.asked.name }}\n{{ a.asked_too.name }}\n{% endfor %}",
    "included.html": "{{ author.asked.name }}",
    "includes.html": (
        "{% for author in authors %}\n{% include 'included.html' %}\n{% include 'included.html' %}\n{% endfor %}\n"
        "{% for author in authors %}\n{% include 'included.html' %}\n{% endfor %}"
    ),
    "deep.html": (
        "{% for n in left.pop %}\n{{ author.asked.name }}\n{% include 'deep.html' %}\n{{ author.asked.name }}\n"
        "{% endfor %}"
    ),
    "tags.html": (
        "{% load shapes %}{% for a in authors %}\n{% count_of a %}\n{% count_of a %}{% with b=a %}\n{% count_of b %}"
        "\n{% endwith %}{% if a.asked.name %}\n{{ a|counted }}{% endif %}{% endfor %}{{ authors.0|counted }}"
    ),
    "base.html": "{% for a in authors %}{% block row %}{{ a.asked.name }}{% endblock %}\n{% endfor %}",
    "child.html": "{% extends 'base.html' %}\n{% block row %}{{ block.super }}\n{{ a.asked.name }}{% endblock %}",
    "mixed.html": "{% for row in rows %}\n{{ row.country.name }}{{ row.name }}{% endfor %}",
    "fails.html": "{% for a in authors %}\n{{ a.asked.name }}{{ a.breaks }}\n{{ a.asked.name }}{% endfor %}",
}


class Reader:
    """An author whose attributes ask."""

    def __init__(self, author: Author) -> None:
        self.pk, self.country_id = author.pk, author.country_id

    @property
    def asked(self) -> Country:
        return Country.objects.get(pk=self.country_id)

    def counted(self) -> int:
        return Author.objects.filter(pk=self.pk).count()

    def asked_too(self) -> Country:
        first = Country.objects.get(pk=self.country_id)
        return first or Country.objects.get(pk=self.country_id)

    def thrice(self, odd: bool) -> Country:
        if odd:
            return Country.objects.get(pk=self.country_id)
        with suppress(Country.DoesNotExist):
            Country.objects.get(pk=self.country_id)
        return Country.objects.get(pk=self.country_id)

    def breaks(self) -> None:
        with suppress(DatabaseError), connection.cursor() as cursor:
            cursor.execute("SELECT nothing_of_that_name")
        raise Breaks


class Breaks(Exception):
    """A template goes on without it."""

    silent_variable_failure = True


@register.simple_tag
def count_of(author: Reader) -> int:
    return Author.objects.filter(pk=author.pk).count()


@register.filter
def counted(author: Reader) -> int:
    return Author.objects.filter(pk=author.pk).count() + Author.objects.filter(pk=author.pk).count()


def readers() -> list[Reader]:
    return [Reader(author) for author in Author.objects.order_by("pk")]


_LIBRARY = """
def asks(pk, times):
    for _ in range(times):
        Country.objects.filter(pk=pk).first()
    for _ in range(times):
        Country.objects.filter(pk=pk).first()
    Country.objects.filter(pk=pk).first()
    return Country.objects.filter(pk=pk).first()

def view(request):
    asks(pk=1, times=3)
    asks(pk=1, times=3)
    return HttpResponse()
"""
library: dict[str, Any] = {"Country": Country, "HttpResponse": HttpResponse, "__name__": "some_library"}
exec(compile(_LIBRARY, str(Path(django.__file__).parents[1] / "some_library.py"), "exec"), library)  # noqa: S102

views: dict[str, Callable[..., Any]] = {}


def view(function: Callable[..., Any]) -> Callable[..., Any]:
    views[function.__name__] = function
    return function


def page(name: str, **context: Any) -> HttpResponse:
    return render(None, name, context)


@view
def nested(request: HttpRequest) -> HttpResponse:
    return page("nested.html", countries=Country.objects.order_by("code"))


@view
def nested_twice(request: HttpRequest) -> HttpResponse:
    return page("nested_twice.html", countries=Country.objects.order_by("code"), authors=readers())


@view
def two_lines(request: HttpRequest) -> HttpResponse:
    return page("two_lines.html", authors=Author.objects.all(), again=Author.objects.all())


@view
def one_loop(request: HttpRequest) -> HttpResponse:
    return page("one_loop.html", authors=readers())


@view
def includes(request: HttpRequest) -> HttpResponse:
    return page("includes.html", authors=readers())


@view
def template_recursion(request: HttpRequest) -> HttpResponse:
    return page("deep.html", author=readers()[0], left=[""] * 20 + ["ab"] * 3)


@view
def tags_and_filters(request: HttpRequest) -> HttpResponse:
    return page("tags.html", authors=readers())


@view
def inheritance(request: HttpRequest) -> HttpResponse:
    return page("child.html", authors=readers())


@view
def rows_of_two_kinds(request: HttpRequest) -> HttpResponse:
    """The same expression follows a relation, asks in a method, or reads what was deferred."""

    class Asks:
        name = "x"

        def country(self) -> Country:
            return Country.objects.get(pk=first.country_id)

    first = Author.objects.all()[0]
    deferred = Author.objects.only("country_id")
    return page(
        "mixed.html", rows=[*Author.objects.all(), Asks(), *deferred, Asks(), Asks(), *Author.objects.all()]
    )


@view
def errors_in_a_template(request: HttpRequest) -> HttpResponse:
    return page("fails.html", authors=readers())


@view
def loops_over_lines(request: HttpRequest) -> HttpResponse:
    for reader in readers() * 2:
        reader.thrice(True)
        reader.thrice(True)
        reader.thrice(odd=reader.pk % 2 == 0)
    for reader in readers():
        reader.thrice(odd=True); reader.thrice(odd=True)  # fmt: skip
    [reader.asked for reader in readers()]
    list(map(Reader.asked.fget, readers()))  # type: ignore[attr-defined]
    return HttpResponse()


@view
def python_recursion(request: HttpRequest) -> HttpResponse:
    def down(reader: Reader, steps: int) -> None:
        _ = reader.asked
        if steps:
            down(reader, steps - 1)
            down(reader, steps - 2 if steps > 1 else 0)
        _ = reader.asked

    down(readers()[0], 4)
    return HttpResponse()


@view
def generators(request: HttpRequest) -> HttpResponse:
    def found(several: list[Reader]) -> Iterator[Country]:
        for reader in several:
            yield reader.asked
            yield reader.asked

    two = [found(readers()), found(readers())]
    for _ in range(3):
        next(two[0]); next(two[1])  # fmt: skip
    for each in two:
        next(each)
    return page("two_lines.html", authors=list(two[0]), again=(author for author in Author.objects.all()))


@view
def exceptions(request: HttpRequest) -> HttpResponse:
    for reader in readers():
        try:
            try:
                _ = reader.asked
                reader.breaks()
            except Breaks:
                _ = reader.asked
                raise
        except Breaks:
            _ = reader.asked
        finally:
            _ = reader.asked
    return HttpResponse()


@view
def callables(request: HttpRequest) -> HttpResponse:
    """One line of the application, and what it calls is a library's: other lines of it, to the same depth."""
    country = Country.objects.all()[0]
    calls: list[Callable[[], Any]] = [
        country.refresh_from_db,
        partial(Country.objects.get, pk=country.pk),
    ] * 2
    for call in calls + calls[:1] * 3 + calls[1:2] * 3:
        call()
    authors = list(Author.objects.order_by("pk")) + list(Author.objects.only("pk"))
    for author in authors * 2:
        for name in ("country", "name", "biography"):
            getattr(author, name)
    return HttpResponse()


@view
def a_library(request: HttpRequest) -> HttpResponse:
    """One line of the application, and several of a library's with the same statement."""
    for country in Country.objects.all():
        library["asks"](country.pk, 3)
    return HttpResponse()


views["no_line_of_the_application"] = library["view"]


@view
def threads(request: HttpRequest) -> HttpResponse:
    def work() -> None:
        try:
            page("one_loop.html", authors=readers())
        finally:
            connection.close()

    several = [Thread(target=work) for _ in range(2)]
    for each in several:
        each.start()
    for each in several:
        each.join()
    return page("one_loop.html", authors=readers())


@view
def streams(request: HttpRequest) -> StreamingHttpResponse:
    def body() -> Iterator[bytes]:
        for reader in readers():
            yield reader.asked.name.encode()
            yield page("one_loop.html", authors=[reader]).content

    readers()
    return StreamingHttpResponse(body())


@view
def a_loop_inside_a_coroutine(request: HttpRequest) -> HttpResponse:
    async def ask() -> None:
        for reader in await sync_to_async(readers)():
            await sync_to_async(lambda: reader.asked)()  # noqa: B023
            await sync_to_async(lambda: reader.asked)()  # noqa: B023

    for _ in range(2):
        async_to_sync(ask)()
    async_to_sync(ask)()
    return page("one_loop.html", authors=readers())


@view
async def coroutines(request: HttpRequest) -> HttpResponse:
    async def ask(reader: Reader) -> None:
        await Country.objects.aget(pk=reader.country_id)
        await sync_to_async(reader.thrice)(True)

    several = await sync_to_async(readers)()
    for reader in several:
        await ask(reader)
        await ask(reader)
    await asyncio.gather(*map(ask, several))
    return await sync_to_async(page)("one_loop.html", authors=several)


@view
async def async_streams(request: HttpRequest) -> StreamingHttpResponse:
    async def body() -> AsyncIterator[bytes]:
        async for country in Country.objects.all():
            yield country.name.encode()
            await Country.objects.aget(pk=country.pk)
            await Country.objects.aget(pk=country.pk)

    return StreamingHttpResponse(body())


urlpatterns = [path(f"{name}/", function) for name, function in views.items()]
