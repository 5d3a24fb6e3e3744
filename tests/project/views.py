"""Views of the test host; each does one thing that recording must get right."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from django.contrib.auth.models import User
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import path, re_path

from demo.catalog.models import Country

SECRET = "2retnuh"[::-1]
"""In no line of this file: source lines are part of a trace."""

ADDRESS = "secret@example.com"
"""Given to a query by a variable: what a programmer writes into the line itself is shown as source."""


def plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse(b"ok %d" % Country.objects.count())


def template(request: HttpRequest) -> HttpResponse:
    return render(request, "tests/countries.html", {"countries": Country.objects.all()})


def writes(request: HttpRequest) -> HttpResponse:
    with transaction.atomic():
        Country.objects.create(code="aa", name="Aa")
        try:
            with transaction.atomic():
                Country.objects.create(code="aa", name="again")
        except IntegrityError:
            pass
    return HttpResponse("written")


def fails(request: HttpRequest) -> HttpResponse:
    Country.objects.count()
    raise ValueError("<b>broken</b>")


def missing(request: HttpRequest) -> HttpResponse:
    raise Http404


def raw(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM catalog_country WHERE code = %s", ["aa"])
        cursor.execute("SELECT 'it''s', 100 %% 7 WHERE 1 = %s", [1])
        cursor.executemany(
            "INSERT INTO catalog_country (code, name) VALUES (%s, %s)", [("xa", "a"), ("xb", "b")]
        )
        cursor.execute("SELECT 1")
    return HttpResponse("raw")


def stream(request: HttpRequest) -> StreamingHttpResponse:
    def lines() -> Iterator[str]:
        yield f"{Country.objects.count()}\n"
        for country in Country.objects.iterator():
            yield f"{country.name}\n"

    return StreamingHttpResponse(lines())


def stream_fails(request: HttpRequest) -> StreamingHttpResponse:
    def lines() -> Iterator[str]:
        yield f"{Country.objects.count()}\n"
        raise ValueError("mid-stream")

    return StreamingHttpResponse(lines())


def file(request: HttpRequest) -> FileResponse:
    Country.objects.count()
    return FileResponse(Path(__file__).open("rb"))


def users(request: HttpRequest) -> HttpResponse:
    email = ADDRESS
    found = User.objects.filter(email=email, username="visible")
    return HttpResponse(b"%d" % len(found))


def secret_path(request: HttpRequest, **secret: object) -> HttpResponse:
    return HttpResponse("kept")


def quotes(request: HttpRequest) -> HttpResponse:
    raise ValueError(f"{request.POST['password']} is not right")


def secrets(request: HttpRequest) -> HttpResponse:
    """Writes secrets in the ways in which the ORM and raw statements write them; some fail."""
    users = [User.objects.create(username=name, email=f"{name}@{SECRET}.org") for name in ("a", "b")]
    for user in users:
        user.password = f"{SECRET}-{user.username}"
    User.objects.bulk_update(users, ["password"])
    User.objects.filter(password__in=[f"{SECRET}-x", SECRET]).exists()
    failing = (
        (f"UPDATE auth_user SET password = '{SECRET}', username = NULL WHERE username = %s", ["a"]),
        ("UPDATE auth_user SET username = 'b' WHERE password = %s", [f"{SECRET}-a"]),
        (f"SELECT nothing FROM auth_user WHERE password = '{SECRET}''s' AND email = %s", [f"{SECRET}'s"]),
    )
    for sql, params in failing:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(sql, params)
        except DatabaseError:
            pass
    return HttpResponse("kept")


async def gathers(request: HttpRequest) -> JsonResponse:
    first = await Country.objects.acount()
    names = [country.name async for country in Country.objects.all()]
    more = await asyncio.gather(Country.objects.acount(), Country.objects.afirst())
    return JsonResponse({"count": first, "names": len(names), "more": more[0]})


async def slow(request: HttpRequest, number: int) -> HttpResponse:
    for _ in range(number):
        await Country.objects.acount()
        await asyncio.sleep(0.001)
    return HttpResponse(str(number))


async def async_stream(request: HttpRequest) -> StreamingHttpResponse:
    async def lines() -> AsyncIterator[str]:
        yield f"{await Country.objects.acount()}\n"
        async for country in Country.objects.all():
            yield f"{country.name}\n"

    return StreamingHttpResponse(lines())


urlpatterns = [
    path("plain/", plain),
    path("template/", template),
    path("writes/", writes),
    path("fails/", fails),
    path("missing/", missing),
    path("raw/", raw),
    path("stream/", stream),
    path("stream-fails/", stream_fails),
    path("file/", file),
    path("users/", users),
    path("quotes/", quotes),
    path("secrets/", secrets),
    path("confirm/<uuid:token>/", secret_path),
    path("pin/<int:pin>/", secret_path),
    re_path(r"^reset/(?P<token>[^/]+)/$", secret_path),
    path("gathers/", gathers),
    path("slow/<int:number>/", slow),
    path("async-stream/", async_stream),
]
