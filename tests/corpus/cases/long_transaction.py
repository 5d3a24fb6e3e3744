"""Transactions that keep what they wrote locked while something else goes on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import engines
from rest_framework import generics, serializers

from demo.catalog.models import Author, Book, Country, Genre, Publisher
from demo.orders.models import Cart, Customer
from tests.corpus.case import positive
from tests.corpus.models import Topic
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
