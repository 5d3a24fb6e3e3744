"""Requests as a server answers them, from the beginning to the end of each, with connections that are kept or are not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection, transaction
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.template import engines
from django.test import Client, RequestFactory
from rest_framework import generics, serializers

from demo.catalog.models import Author, Book, Country, Genre, Publisher
from tests.corpus.case import positive, silent
from tests.corpus.pages import PAGES, page

Answer = Any
SERVERS = ("postgresql", "mysql")
"""Opening a file costs nothing: the rule never speaks of SQLite."""


def rendered(request: HttpRequest, source: str, **context: Any) -> HttpResponse:
    """Return a page made of a template."""
    return HttpResponse(engines["django"].from_string(source).render(context, request))


@contextmanager
def kept_for(seconds: float | None, **settings: Any) -> Iterator[None]:
    """Let connections live as long as a project's settings say; begin with none, and leave a usual one."""
    options = connection.settings_dict
    before = dict(options)
    options.update(CONN_MAX_AGE=seconds, **settings)
    connection.close()
    try:
        yield
    finally:
        options.update(before)
        connection.close()


def answered(name: str, times: int = 1, client: Client | None = None, method: str = "GET") -> Answer:
    """Answer requests as a WSGI server does, each until its body is sent; return the last response."""
    handler = WSGIHandler()
    cookies = "; ".join(f"{key}={morsel.value}" for key, morsel in client.cookies.items()) if client else ""
    for _ in range(times):
        environ = RequestFactory()._base_environ(
            PATH_INFO=f"/corpus/{name}/", REQUEST_METHOD=method, HTTP_COOKIE=cookies
        )
        response = handler(environ, lambda *_: None)
        body = b"".join(response)
        response.close()
    return HttpResponse(body, status=response.status_code)


def without_keeping(name: str, **given: Any) -> Answer:
    """Answer four requests, each with a connection of its own."""
    with kept_for(0):
        return answered(name, 4, **given)


@page
def one_question(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(Country.objects.count()))


@positive("reconnect", request=True, commits=True, advice=False, vendors=SERVERS)
def plain(client: Any) -> Answer:
    """A small page, as Django's defaults have it."""
    return without_keeping("one_question")


@page
def many_questions(request: HttpRequest) -> HttpResponse:
    models = (Author, Book, Country, Genre, Publisher)
    return HttpResponse(str([model.objects.count() for model in models]))


@positive("reconnect", request=True, commits=True, advice=False, vendors=SERVERS)
def several_statements(client: Any) -> Answer:
    """One connection serves them all, and is closed."""
    return without_keeping("many_questions")


@page
def writing(request: HttpRequest) -> HttpResponse:
    with transaction.atomic():
        Genre.objects.filter(slug="?").update(name=F("name"))
    return HttpResponse("written")


@positive("reconnect", request=True, commits=True, advice=False, vendors=SERVERS)
def in_a_transaction(client: Any) -> Answer:
    """The first thing that needs the connection is BEGIN."""
    return without_keeping("writing")


@positive("reconnect", request=True, commits=True, advice=False, vendors=SERVERS)
def atomic_requests(client: Any) -> Answer:
    """Django begins the transaction of the request before it calls the view."""
    with kept_for(0, ATOMIC_REQUESTS=True):
        return answered("one_question", 4)


@positive("reconnect", request=True, commits=True, advice=False, vendors=SERVERS)
def health_checks_alone(client: Any) -> Answer:
    """CONN_HEALTH_CHECKS keeps nothing by itself."""
    with kept_for(0, CONN_HEALTH_CHECKS=True):
        return answered("one_question", 4)


@page
def nothing_found(request: HttpRequest) -> HttpResponse:
    if not Book.objects.filter(slug="?").exists():
        raise Http404
    return HttpResponse()


@positive("reconnect", request=True, commits=True, advice=False, vendors=SERVERS)
def not_found(client: Any) -> Answer:
    """An error page connects like any other; its text is not compared."""
    without_keeping("nothing_found")
    return HttpResponse()


@page
def rows_sent(request: HttpRequest) -> StreamingHttpResponse:
    names = Genre.objects.order_by("pk").values_list("name", flat=True).iterator()
    return StreamingHttpResponse((f"{name}\n" for name in names), content_type="text/plain")


@positive("reconnect", request=True, commits=True, advice=False, vendors=SERVERS)
def streamed(client: Any) -> Answer:
    """The connection is opened while the body is sent."""
    return without_keeping("rows_sent")


@page
def in_a_template(request: HttpRequest) -> HttpResponse:
    return rendered(request, "{{ genres.count }}", genres=Genre.objects.all())


@positive("reconnect", request=True, commits=True, advice=False, vendors=SERVERS)
def asked_by_a_template(client: Any) -> Answer:
    """The view asks nothing."""
    return without_keeping("in_a_template")


class GenreName(serializers.ModelSerializer):
    class Meta:
        model = Genre
        fields = ("name",)


class GenreNames(generics.ListAPIView):
    queryset = Genre.objects.order_by("pk")
    serializer_class = GenreName
    pagination_class = None


PAGES["genre_names"] = GenreNames.as_view()


@positive("reconnect", request=True, commits=True, advice=False, vendors=SERVERS)
def api(client: Any) -> Answer:
    """An API that is asked often."""
    return without_keeping("genre_names")


@page
def moved_away(request: HttpRequest) -> HttpResponseRedirect:
    return HttpResponseRedirect(f"/{Genre.objects.count()}/")


@positive("reconnect", request=True, commits=True, advice=False, vendors=SERVERS)
def different_pages(client: Any) -> Answer:
    """The habit is that of the process, whichever pages are asked for."""
    with kept_for(0):
        for name in ("one_question", "writing", "many_questions", "moved_away"):
            answer = answered(name)
    return answer


@page
def who(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.user.get_username())


@positive("reconnect", request=True, commits=True, advice=False, vendors=SERVERS)
def session_and_user(client: Any) -> Answer:
    """Only Django's own middlewares ask."""
    client.force_login(User.objects.get(username="admin"))
    return without_keeping("who", client=client)


@silent("reconnect", "the connection is kept for a minute", request=True, commits=True)
def kept(client: Any) -> Answer:
    """CONN_MAX_AGE as the rule advises."""
    with kept_for(60):
        return answered("one_question", 4)


@silent("reconnect", "the connection is kept for as long as the process lives", request=True, commits=True)
def kept_for_ever(client: Any) -> Answer:
    """CONN_MAX_AGE is None."""
    with kept_for(None):
        return answered("many_questions", 4)


@silent("reconnect", "the connection is kept, and asked whether it lives", request=True, commits=True)
def kept_and_checked(client: Any) -> Answer:
    """CONN_HEALTH_CHECKS beside CONN_MAX_AGE."""
    with kept_for(60, CONN_HEALTH_CHECKS=True):
        return answered("one_question", 4)


@silent("reconnect", "two requests after another are no habit", request=True, commits=True)
def twice(client: Any) -> Answer:
    """A process was started, and another request came while the first one had the connection."""
    connection.ensure_connection()
    client.get("/corpus/one_question/")
    with kept_for(0):
        return answered("one_question", 2)


@silent("reconnect", "the page asks nothing, so it connects to nothing", request=True, commits=True)
def no_question(client: Any) -> Answer:
    """A page without the database."""
    with kept_for(0):
        return answered("empty", 4)


@page
def empty(request: HttpRequest) -> HttpResponse:
    return HttpResponse("nothing")


@silent("reconnect", "one request opened the connection for all that follow", request=True, commits=True)
def opened_once(client: Any) -> Answer:
    """Requests of a client that never tells the server that it is done."""
    with kept_for(0):
        for _ in range(4):
            answer = client.get("/corpus/one_question/")
    return answer


@silent("reconnect", "a server that was restarted breaks every connection once", request=True, commits=True)
def dropped(client: Any) -> Answer:
    """Kept connections that were lost in between."""
    with kept_for(600):
        for _ in range(4):
            answer = answered("writing", 2)
            connection.close()
    return answer


@silent("reconnect", "every other request finds a connection", request=True, commits=True)
def now_and_then(client: Any) -> Answer:
    """A connection is closed now and then, such as by a page that ends a broken one."""
    with kept_for(0):
        for _ in range(3):
            client.get("/corpus/writing/")
            connection.close()
            answer = client.get("/corpus/writing/")
    return answer


@silent("reconnect", "a command connects when it begins, and that is once", commits=True, times=3)
def command() -> int:
    """A nightly command, run again and again."""
    connection.close()
    return Country.objects.count()


@silent("reconnect", "a coroutine's connection is kept as well", commits=True, times=3)
async def asynchronous_command() -> int:
    """A worker of a queue that closes what it used."""
    number = await Country.objects.acount()
    await sync_to_async(lambda: connection.close())()
    return number


@silent("reconnect", "opening a file costs next to nothing", request=True, commits=True, vendors=("sqlite",))
def a_file(client: Any) -> Answer:
    """SQLite opens its file for each request."""
    return without_keeping("many_questions")
