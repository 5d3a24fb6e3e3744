"""A site that asks the database where no view does: middlewares of every kind, context processors, text forms, tags."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.decorators import sync_and_async_middleware
from django.utils.deprecation import MiddlewareMixin
from django.utils.functional import SimpleLazyObject

from demo.catalog.models import Author, Book, Country, Genre
from tests.analysis.asking import Fan
from tests.project.rendering import environment

HERE = Path(__file__).resolve().parent


def _engine(name: str, processor: str | None, templates: dict[str, str]) -> dict[str, Any]:
    processors = [f"tests.analysis.everywhere.{processor}"] if processor else []
    loaders = [("django.template.loaders.locmem.Loader", templates)]
    options = {
        "loaders": loaders,
        "context_processors": processors,
        "libraries": {"asking": "tests.analysis.asking"},
    }
    return {"NAME": name, "BACKEND": "django.template.backends.django.DjangoTemplates", "OPTIONS": options}


PAGES = {
    "plain.html": "{{ genres_seen }}",
    "tag.html": "{% load asking %}{% first_author %}",
    "filter.html": "{% load asking %}{{ authors|names }}",
    "lazy.html": "{% for author in authors %}{{ author.name }}{% endfor %}{{ later }}{{ called }}",
    "kept.html": "{% load asking cache %}{% cache 60 side %}{% first_author %}{% endcache %}",
    "method.html": "{{ book.fans }}",
    "printed.html": "{% for book in books %}{{ book }}{% endfor %}",
}


def templates() -> list[dict[str, Any]]:
    """Return the engines: without a context processor, with one that asks, with a lazy one, and Jinja2."""
    jinja = {
        "NAME": "jinja",
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [HERE / "jinja"],
        "OPTIONS": {
            "environment": f"{environment.__module__}.environment",
            "context_processors": ["tests.analysis.everywhere.genres"],
        },
    }
    return [
        _engine("quiet", None, PAGES),
        _engine("asking", "genres", PAGES),
        _engine("waiting", "genres_later", PAGES),
        jinja,
    ]


def genres(request: HttpRequest) -> dict[str, Any]:
    return {"genres_seen": Genre.objects.count()}


def genres_later(request: HttpRequest) -> dict[str, Any]:
    return {"genres_seen": Genre.objects.count}


class Old(MiddlewareMixin):
    def process_request(self, request: HttpRequest) -> None:
        Country.objects.count()


class Late(MiddlewareMixin):
    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        Country.objects.count()
        return response


class New:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        Country.objects.count()
        return self.get_response(request)


class Viewing(New):
    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        Country.objects.count()


class Quiet(Viewing):
    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None: ...


def closure(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    def middleware(request: HttpRequest) -> HttpResponse:
        Country.objects.count()
        return get_response(request)

    return middleware


@sync_and_async_middleware
def both(get_response: Any) -> Any:
    if not iscoroutinefunction(get_response):
        return closure(get_response)

    async def middleware(request: HttpRequest) -> HttpResponse:
        await Country.objects.acount()
        response: HttpResponse = await get_response(request)
        return response

    return middleware


class Waiting:
    async_capable = True
    sync_capable = False

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response
        markcoroutinefunction(self)

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        await Country.objects.acount()
        response: HttpResponse = await self.get_response(request)
        return response


def plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(Book.objects.count()))


def shown(request: HttpRequest, page: str, engine: str) -> HttpResponse:
    context = {
        "authors": Author.objects.order_by("pk"),
        "later": SimpleLazyObject(lambda: Genre.objects.count()),
        "called": lambda: Country.objects.count(),
        "book": Fan.objects.order_by("pk").first() if page == "method.html" else None,
        "books": Fan.objects.order_by("pk") if page == "printed.html" else None,
    }
    return render(request, page, context, using=engine)


def late(request: HttpRequest) -> HttpResponse:
    return TemplateResponse(request, "tag.html", using="quiet")


async def slow(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(await Book.objects.acount()))


urlpatterns = [
    path("plain/", plain),
    path("slow/", slow),
    path("late/", late),
    path("closed/<str:page>/<str:engine>/", login_required(shown)),
    path("<str:page>/<str:engine>/", shown),
]
