"""What surrounds every page: middlewares and context processors that ask, wait to be asked, or ask nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils.deprecation import MiddlewareMixin
from django.utils.functional import SimpleLazyObject

from demo.catalog.models import Country, Genre, Publisher
from demo.orders.models import Customer


class Old(MiddlewareMixin):
    """Asks before the view, in the older way."""

    def process_request(self, request: HttpRequest) -> None:
        request.genres = list(Genre.objects.order_by("name"))


class Late(MiddlewareMixin):
    """Asks after the view, in the older way."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        response["X-Customers"] = str(Customer.objects.count())
        return response


class New:
    """Asks before the view."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.country = Country.objects.order_by("pk").first()
        return self.get_response(request)


class Viewing(New):
    """Asks when the view is known."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        request.closed = Publisher.objects.filter(city="?").exists()


class Lazy(New):
    """Hangs something on the request that is asked for when it is used."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.country = SimpleLazyObject(lambda: Country.objects.order_by("pk").first())
        return self.get_response(request)


class Cached(New):
    """Keeps its answer in the cache."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.number = cache.get_or_set("corpus-genres-number", Genre.objects.count, 60)
        return self.get_response(request)


class Greeting(New):
    """Asks for the user, as Django's own middleware prepared it."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.greeting = f"Hello {request.user}"
        return self.get_response(request)


def helping(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """A function as middleware, that has another function ask."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.cities = _cities()
        return get_response(request)

    return middleware


def _cities() -> list[str]:
    return sorted(set(Publisher.objects.values_list("city", flat=True)))


def genres(request: HttpRequest) -> dict[str, Any]:
    """Count for every page."""
    return {"genre_number": Genre.objects.count()}


def side(request: HttpRequest) -> dict[str, Any]:
    """Load rows for every page, by a function of its own."""
    return {"cities": _cities()}


def waiting(request: HttpRequest) -> dict[str, Any]:
    """Hand the question over."""
    return {"genre_number": Customer.objects.count, "menu": Genre.objects.order_by("name")}


def kept(request: HttpRequest) -> dict[str, Any]:
    """Keep the answer."""
    return {"genre_number": cache.get_or_set("corpus-genres-processor", Genre.objects.count, 60)}
