"""Transactions that keep what they wrote locked while something else goes on, and those that keep nobody waiting."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.template import engines
from rest_framework import generics, serializers

from demo.catalog.models import Author, Book, Country, Genre, Publisher
from demo.orders.models import Cart, Customer
from tests.corpus.case import positive, silent
from tests.corpus.models import Shop, Topic
from tests.corpus.pages import PAGES, page
from tests.corpus.slow import Slow

Answer = Any
SERVICE = 0.5
"""Seconds that another service takes to answer."""


def ask_service() -> str:
    """Wait for an answer from elsewhere."""
    time.sleep(SERVICE)
    return "yes"


def one(model: Any) -> Any:
    """Return a queryset of one row."""
    return model.objects.filter(pk=model.objects.order_by("pk").values_list("pk", flat=True)[0])


def rendered(request: HttpRequest, source: str, **context: Any) -> HttpResponse:
    """Return a page made of a template."""
    return HttpResponse(engines["django"].from_string(source).render(context, request))


@contextmanager
def atomic_requests() -> Iterator[None]:
    """Have each request be a transaction."""
    options = connection.settings_dict
    before, options["ATOMIC_REQUESTS"] = options["ATOMIC_REQUESTS"], True
    try:
        yield
    finally:
        options["ATOMIC_REQUESTS"] = before


@page
def checkout(request: HttpRequest) -> HttpResponse:
    with transaction.atomic():
        one(Book).update(views=F("views"))
        paid = ask_service()
        one(Customer).update(city=F("city"))
    return HttpResponse(paid)


@positive("long-transaction", request=True, commits=True, advice=False)
def payment(client: Any) -> Answer:
    """The stock is written, the payment service asked, the order written."""
    return client.get("/corpus/checkout/")


@page
def sign_up(request: HttpRequest) -> HttpResponse:
    with transaction.atomic():
        topic = Topic.objects.create(name="new")
        topic.delete()
        ask_service()
    return HttpResponse("welcome")


@positive("long-transaction", request=True, commits=True, advice=False)
def mail_before_the_end(client: Any) -> Answer:
    """A mail is sent before the transaction ends."""
    return client.get("/corpus/sign_up/")


@page
def reserve(request: HttpRequest) -> HttpResponse:
    with transaction.atomic():
        book = Book.objects.select_for_update().only("views").order_by("pk").first()
        book.views += 0
        ask_service()
    return HttpResponse("reserved")


@positive("long-transaction", request=True, commits=True, advice=False, vendors=("postgresql", "mysql"))
def locked_and_not_written(client: Any) -> Answer:
    """``select_for_update()`` locks as a write does; SQLite has no such thing."""
    return client.get("/corpus/reserve/")


class SlowText:
    """What takes its time to be shown."""

    def __str__(self) -> str:
        return ask_service()


@page
def seen(request: HttpRequest) -> HttpResponse:
    one(Book).update(views=F("views"))
    return rendered(request, "<p>{{ answer }}</p>", answer=SlowText())


@positive("long-transaction", request=True, commits=True, advice=False)
def atomic_request(client: Any) -> Answer:
    """With ATOMIC_REQUESTS the page is rendered inside the transaction, after the counter of views was written."""
    with atomic_requests():
        return client.get("/corpus/seen/")


@positive("long-transaction", commits=True, advice=False)
def command() -> str:
    """A command asks a service about the row that it has just changed."""
    with transaction.atomic():
        one(Publisher).update(city=F("city"))
        return ask_service()


@page
def bookkeeping(request: HttpRequest) -> HttpResponse:
    with transaction.atomic():
        one(Book).update(views=F("views"))
        near = [
            one(model).annotate(near=Slow(0.16)).values_list("near", flat=True)[0]
            for model in (Author, Genre)
        ]
        near += one(Country).annotate(near=Slow(0.16)).values_list("near", flat=True)
    return JsonResponse(near, safe=False)


@positive("long-transaction", request=True, commits=True, advice=False)
def reads_after_the_write(client: Any) -> Answer:
    """Nothing but statements, each quick enough; together they hold the row for long."""
    return client.get("/corpus/bookkeeping/")


@page
def several_services(request: HttpRequest) -> HttpResponse:
    with transaction.atomic():
        one(Book).update(views=F("views"))
        ask_service()
        one(Author).update(born=F("born"))
        ask_service()
        one(Genre).update(name=F("name"))
    return HttpResponse("done")


@positive("long-transaction", request=True, commits=True, advice=False)
def twice_held(client: Any) -> Answer:
    """Two stretches in one transaction are one problem."""
    return client.get("/corpus/several_services/")


@page
def nested(request: HttpRequest) -> HttpResponse:
    with transaction.atomic():
        one(Book).update(views=F("views"))
        with transaction.atomic():
            one(Author).update(born=F("born"))
            ask_service()
    return HttpResponse("done")


@positive("long-transaction", request=True, commits=True, advice=False)
def inside_a_savepoint(client: Any) -> Answer:
    """The inner ``atomic()`` is a savepoint: the outer one holds the locks."""
    return client.get("/corpus/nested/")


def _paid() -> str:
    with transaction.atomic():
        one(Book).update(views=F("views"))
        return ask_service()


@page
async def checkout_async(request: HttpRequest) -> HttpResponse:
    return HttpResponse(await sync_to_async(_paid)())


@positive("long-transaction", request=True, commits=True, advice=False)
def asynchronous_view(client: Any) -> Answer:
    """A coroutine has a thread do it."""
    return client.get("/corpus/checkout_async/")


@page
def by_cursor(request: HttpRequest) -> HttpResponse:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE catalog_genre SET name = name WHERE slug = %s", ["?"])
        cursor.execute("UPDATE catalog_country SET name = name WHERE code = %s", ["de"])
        answer = ask_service()
    return HttpResponse(answer)


@positive("long-transaction", request=True, commits=True, advice=False)
def sql_by_hand(client: Any) -> Answer:
    """A cursor's UPDATE locks as well."""
    return client.get("/corpus/by_cursor/")


@page
def shop_form(request: HttpRequest) -> HttpResponse:
    with transaction.atomic():
        Topic.objects.bulk_create([Topic(name=f"new {number}") for number in range(5)])
        end = time.monotonic() + SERVICE
        while time.monotonic() < end:
            pass
        Topic.objects.filter(name__startswith="new ").delete()
    return HttpResponse("imported")


@positive("long-transaction", request=True, commits=True, advice=False)
def computed_between(client: Any) -> Answer:
    """Python computes something; nobody is asked."""
    return client.get("/corpus/shop_form/")


class Translator(admin.ModelAdmin):
    """An admin that asks a translation service once the row is there."""

    fields = ("name", "city")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        ask_service()


@page
def publisher_admin(request: HttpRequest) -> Any:
    return Translator(Publisher, admin.site).change_view(request, str(one(Publisher)[0].pk))


@positive("long-transaction", request=True, commits=True, advice=False)
def admin_form(client: Any) -> Answer:
    """The admin saves in a transaction, and ``save_model`` is in it."""
    publisher = one(Publisher)[0]
    client.force_login(User.objects.get(username="admin"))
    return client.post("/corpus/publisher_admin/", {"name": publisher.name, "city": f"{publisher.city}"})


class CartSerializer(serializers.ModelSerializer):
    class Meta:
        model = Cart
        fields = ("token",)


class NewCart(generics.CreateAPIView):
    queryset = Cart.objects.all()
    serializer_class = CartSerializer

    def perform_create(self, serializer: Any) -> None:
        with transaction.atomic():
            serializer.save()
            ask_service()


PAGES["new_cart"] = NewCart.as_view()


@positive("long-transaction", request=True, commits=True, advice=False)
def api(client: Any) -> Answer:
    """An API tells another service of what it has saved."""
    answer = client.post("/corpus/new_cart/", {"token": "corpus"})
    Cart.objects.filter(token="corpus").delete()
    return answer


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
