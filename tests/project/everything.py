"""Pages that together go by every hook of the recording, and tell what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from threading import Thread
from typing import Any

from asgiref.sync import async_to_sync
from django.core.management.base import BaseCommand
from django.db import IntegrityError, connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import render
from django.template import engines
from django.urls import path
from rest_framework.decorators import api_view
from rest_framework.response import Response

from demo.catalog.models import Author, Country
from tests.project.lanes import CountrySerializer, Slow


async def counted() -> int:
    return await Country.objects.acount()


def orm(request: HttpRequest) -> JsonResponse:
    told: list[Any] = []
    with transaction.atomic():
        germany, _ = Country.objects.bulk_create([Country(code="d1", name="D"), Country(code="n1", name="N")])
        germany = Country.objects.get(code="d1")
        Author.objects.create(name="Ada", country=germany, born=1815, biography="long")
        try:
            with transaction.atomic():
                Country.objects.create(code="d1", name="again")
        except IntegrityError:
            told.append("refused")
    told += [author.country.name for author in Author.objects.defer("biography")]
    told += [
        author.biography for author in Author.objects.prefetch_related("country").select_related("country")
    ]
    told += [
        country.code
        for country in Country.objects.prefetch_related("authors").raw("SELECT * FROM catalog_country")
    ]
    told += [country.name for country in Country.objects.iterator(chunk_size=1)]
    told += [Country.objects.count(), Country.objects.exists(), germany.authors.first().name]
    told.append(Country.objects.filter(code="n1").update(name="M"))
    told.append(Author.objects.filter(country=germany).delete()[0])
    told.append(async_to_sync(counted)())
    thread = Thread(target=lambda: (told.append(Country.objects.count()), connection.close()))
    thread.start()
    thread.join()
    return JsonResponse(told, safe=False)


def cursors(request: HttpRequest) -> JsonResponse:
    told: list[Any] = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM catalog_country WHERE code = %s ORDER BY name", ["n1"])
        told += cursor.fetchall()
        cursor.execute("SELECT code FROM catalog_country ORDER BY code")
        told += list(cursor)
        cursor.executemany("UPDATE catalog_country SET name = %s WHERE code = %s", [("x", "n1"), ("y", "d1")])
        cursor.execute("DELETE FROM catalog_country WHERE code IN (%s, %s)", ("d1", "n1"))
        told.append(cursor.rowcount)
        try:
            with transaction.atomic():
                cursor.callproc("queryscope_nowhere")
        except Exception as error:
            told.append(type(error).__name__)
    return JsonResponse(told, safe=False)


def templates(request: HttpRequest) -> HttpResponse:
    jinja = engines["jinja"].from_string("{% for each in countries %}{{ each.authors.count() }}{% endfor %}")
    page = render(request, "tests/countries.html", {"countries": Country.objects.all()})
    page.write(jinja.render({"countries": Country.objects.all()}))
    return page


@api_view(["POST"])
def api(request: Any) -> Response:
    serializer = CountrySerializer(data=request.data)
    return Response(
        [serializer.is_valid(), serializer.data, CountrySerializer(Country.objects.all(), many=True).data]
    )


def fails(request: HttpRequest) -> HttpResponse:
    raise ValueError(f"{Country.objects.count()} countries")


def stream(request: HttpRequest) -> StreamingHttpResponse:
    def lines() -> Iterator[str]:
        for country in Country.objects.iterator():
            yield country.name

    return StreamingHttpResponse(lines())


async def awaits(request: HttpRequest) -> JsonResponse:
    names = [country.name async for country in Country.objects.order_by("code")]
    return JsonResponse(
        [names, *await asyncio.gather(Country.objects.acount(), Country.objects.aexists())], safe=False
    )


async def async_stream(request: HttpRequest) -> StreamingHttpResponse:
    async def lines() -> AsyncIterator[str]:
        async for country in Country.objects.aiterator():
            yield country.name

    return StreamingHttpResponse(lines())


class Command(BaseCommand):
    """A command that asks."""

    def handle(self, *args: Any, **options: Any) -> str:
        return str(Country.objects.count())


PAGES = (orm, cursors, templates, fails, stream)
ASYNC_PAGES = (awaits, async_stream)
MIDDLEWARE = f"{__name__}.{Slow.__name__}"
urlpatterns = [path(f"{view.__name__}/", view) for view in (*PAGES, *ASYNC_PAGES)]
urlpatterns.append(path("api/", api))
