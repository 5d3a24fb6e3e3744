"""Views and middlewares that take their time in Python: what a recording must give a name."""

from __future__ import annotations

import asyncio
from time import sleep
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.test import Client
from django.urls import path
from django.utils.deprecation import MiddlewareMixin
from rest_framework.decorators import api_view
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.serializers import CharField, Serializer, SerializerMethodField

from demo.catalog.models import Country

PAUSE = 0.004


def wait() -> str:
    """Take a while, as the work of a template, a serializer or a view does."""
    sleep(PAUSE)
    return ""


class CountrySerializer(Serializer[Country]):
    code = CharField()
    slow = SerializerMethodField()

    def get_slow(self, country: Country) -> str:
        return wait()

    def validate_code(self, value: str) -> str:
        return value + wait()


class SlowRenderer(JSONRenderer):
    def render(self, data: Any, *args: Any, **kwargs: Any) -> bytes:
        wait()
        return bytes(super().render(data, *args, **kwargs))


class Slow(MiddlewareMixin):
    """A middleware in two halves, as Django's own are."""

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        wait()
        return HttpResponse("enough") if "stop" in request.GET else None

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        wait()
        return response


class Slower(Slow):
    """Has the second half only; the first is inherited."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        wait()
        return super().process_response(request, response)


def direct(request: HttpRequest) -> HttpResponse:
    Country.objects.count()
    wait()
    list(Country.objects.all())
    return render(request, "tests/slow.html", {"wait": wait})


def deferred(request: HttpRequest) -> HttpResponse:
    return TemplateResponse(request, "tests/slow.html", {"wait": wait})


def nested(request: HttpRequest) -> HttpResponse:
    wait()
    Client().get("/direct/")
    wait()
    return HttpResponse()


def fails(request: HttpRequest) -> HttpResponse:
    wait()
    raise ValueError("broken")


def many(request: HttpRequest) -> HttpResponse:
    for _ in range(int(request.GET["times"])):
        render(request, "tests/slow.html", {"wait": lambda: sleep(0.0002)})
    return HttpResponse()


async def concurrent(request: HttpRequest) -> HttpResponse:
    async def count() -> None:
        await Country.objects.acount()

    await asyncio.gather(*(count() for _ in range(5)))
    await asyncio.sleep(PAUSE)
    return render(request, "tests/slow.html", {"wait": wait})


@api_view(["GET", "POST"])
def api(request: Any) -> Response:
    if request.method == "POST":
        return Response(CountrySerializer(data=request.data).is_valid())
    serializer = CountrySerializer(Country.objects.all(), many=True)
    assert serializer.data == serializer.data
    return Response(serializer.data)


api.cls.renderer_classes = [SlowRenderer]

urlpatterns = [
    path("api/", api),
    *(path(f"{view.__name__}/", view) for view in (direct, deferred, nested, fails, many, concurrent)),
]
