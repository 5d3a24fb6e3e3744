"""Transactions that are short, only read or have ended, while something else goes on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from demo.catalog.models import Author, Book, Country, Genre
from tests.corpus.case import silent
from tests.corpus.cases.long_transaction import SERVICE, SlowText, ask_service, atomic_requests, one, rendered
from tests.corpus.models import Shop
from tests.corpus.pages import page
from tests.corpus.slow import Slow

Answer = Any


@page
def quick_write(request: HttpRequest) -> HttpResponse:
    with transaction.atomic():
        one(Book).update(views=F("views"))
        one(Author).update(born=F("born"))
    return HttpResponse("done")


@silent("long-transaction", "two quick statements are what a transaction is for", request=True, commits=True)
def quick(client: Any) -> Answer:
    """Both or none."""
    return client.get("/corpus/quick_write/")


@page
def report(request: HttpRequest) -> HttpResponse:
    with transaction.atomic():
        before = one(Book).only("views")[0].views
        ask_service()
    return HttpResponse(str(before >= 0))


@silent("long-transaction", "who only reads keeps nobody waiting", request=True, commits=True)
def reads(client: Any) -> Answer:
    """A consistent view of the data."""
    return client.get("/corpus/report/")


@page
def asked_first(request: HttpRequest) -> HttpResponse:
    answer = ask_service()
    with transaction.atomic():
        one(Book).update(views=F("views"))
    return HttpResponse(answer)


@silent("long-transaction", "the transaction begins when the answer is there", request=True, commits=True)
def service_first(client: Any) -> Answer:
    """What the rule would advise."""
    return client.get("/corpus/asked_first/")


@page
def read_then_written(request: HttpRequest) -> HttpResponse:
    with transaction.atomic():
        if one(Book).filter(pages__gt=0).exists():
            ask_service()
        one(Author).update(born=F("born"))
    return HttpResponse("done")


@silent(
    "long-transaction",
    "nothing is locked until the write, which comes last",
    request=True,
    commits=True,
)
def written_last(client: Any) -> Answer:
    """Read, ask, write."""
    return client.get("/corpus/read_then_written/")


@page
def told_afterwards(request: HttpRequest) -> HttpResponse:
    with transaction.atomic():
        one(Book).update(views=F("views"))
        transaction.on_commit(ask_service)
    return HttpResponse("done")


@silent("long-transaction", "the service is asked after the COMMIT", request=True, commits=True)
def on_commit(client: Any) -> Answer:
    """``on_commit`` sends the mail."""
    return client.get("/corpus/told_afterwards/")


@page
def without(request: HttpRequest) -> HttpResponse:
    one(Book).update(views=F("views"))
    ask_service()
    one(Author).update(born=F("born"))
    return HttpResponse("done")


@silent("long-transaction", "each statement is its own transaction", request=True, commits=True)
def autocommit(client: Any) -> Answer:
    """No ``atomic()`` anywhere."""
    return client.get("/corpus/without/")


@silent("long-transaction", "an import may be one transaction from end to end", commits=True)
def imported() -> list[int]:
    """A command that holds its rows for as long as its statements take."""
    with transaction.atomic():
        one(Book).update(views=F("views"))
        models = (Author, Genre, Country)
        return [one(model).annotate(near=Slow(0.16)).values_list("near", flat=True)[0] for model in models]


@page
def shown(request: HttpRequest) -> HttpResponse:
    name = one(Author).values_list("name", flat=True)[0]
    return rendered(request, "<p>{{ name }} {{ answer }}</p>", name=name, answer=SlowText())


@silent("long-transaction", "the request's transaction only reads", request=True, commits=True)
def atomic_request_that_reads(client: Any) -> Answer:
    """ATOMIC_REQUESTS and a slow page without a write."""
    with atomic_requests():
        return client.get("/corpus/shown/")


@page
@transaction.non_atomic_requests
def counted(request: HttpRequest) -> HttpResponse:
    one(Book).update(views=F("views"))
    return rendered(request, "<p>{{ answer }}</p>", answer=SlowText())


@silent("long-transaction", "the view was taken out of the request's transaction", request=True, commits=True)
def non_atomic(client: Any) -> Answer:
    """``non_atomic_requests``, as the rule would advise."""
    with atomic_requests():
        return client.get("/corpus/counted/")


@page
def refused(request: HttpRequest) -> HttpResponse:
    taken = one(Country).values_list("code", flat=True)[0]
    try:
        with transaction.atomic():
            Country.objects.create(code=taken, name="again")
    except IntegrityError:
        ask_service()
    return HttpResponse("refused")


@silent("long-transaction", "the transaction was rolled back before", request=True, commits=True)
def rolled_back(client: Any) -> Answer:
    """A write that fails ends its transaction."""
    return client.get("/corpus/refused/")


@page
def short_work(request: HttpRequest) -> HttpResponse:
    with transaction.atomic():
        one(Book).update(views=F("views"))
        time.sleep(0.01)
        one(Author).update(born=F("born"))
    return HttpResponse("done")


@silent("long-transaction", "a few milliseconds of Python belong to it", request=True, commits=True)
def a_little_python(client: Any) -> Answer:
    """Something is computed from what was written."""
    return client.get("/corpus/short_work/")


@page
def exported(request: HttpRequest) -> StreamingHttpResponse:
    with transaction.atomic():
        one(Book).update(views=F("views"))

    def rows() -> Iterator[str]:
        for shop in Shop.objects.order_by("pk").iterator():
            time.sleep(0.07)
            yield f"{shop.name}\n"

    return StreamingHttpResponse(rows(), content_type="text/plain")


@silent("long-transaction", "the body is sent after the transaction has ended", request=True, commits=True)
def streamed(client: Any) -> Answer:
    """A slow stream behind a quick write."""
    return client.get("/corpus/exported/")


@page
async def awaited(request: HttpRequest) -> HttpResponse:
    await one_of_books().aupdate(views=F("views"))
    await asyncio.sleep(SERVICE)
    await one_of_books().aupdate(views=F("views"))
    return HttpResponse("done")


def one_of_books() -> Any:
    return Book.objects.filter(slug__lt="b")


@silent(
    "long-transaction",
    "Django has no transactions of coroutines: each write ends by itself",
    request=True,
    commits=True,
)
def asynchronous(client: Any) -> Answer:
    """Two writes and an awaited service between them."""
    return client.get("/corpus/awaited/")
