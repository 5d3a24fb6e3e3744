"""Statements of page after page that a cache would not answer: changed, one visitor's own, locked, drawn, or kept already."""

from __future__ import annotations

from itertools import count
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import engines

from demo.catalog.models import Author, Book, Country, Genre, Publisher, Review
from demo.orders.models import Cart, Customer, Order
from tests.corpus.case import silent
from tests.corpus.models import Entry, Thread
from tests.corpus.pages import page

Answer = Any


def rendered(request: HttpRequest, source: str, **context: Any) -> HttpResponse:
    """Return a page made of a template."""
    return HttpResponse(engines["django"].from_string(source).render(context, request))


@page
def few_visits(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"names": list(Genre.objects.order_by("slug").values_list("name", flat=True))})


@silent("repeated-across-requests", "a handful of requests proves nothing", request=True, times=5)
def asked_seldom(client: Any) -> Answer:
    """A page is loaded a few times while somebody works on it."""
    return client.get("/corpus/few_visits/")


@page
def carts_open(request: HttpRequest) -> JsonResponse:
    number = Cart.objects.count()
    Cart.objects.update_or_create(token="corpus", defaults={})
    return JsonResponse({"open": number > 0})


@silent(
    "repeated-across-requests",
    "every request writes to the table: the number must not be old",
    request=True,
    times=10,
)
def written_each_time(client: Any) -> Answer:
    """A counter of what visitors do."""
    return client.get("/corpus/carts_open/")


@page
def one_author(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"name": Author.objects.only("name").get(pk=request.GET["pk"]).name})


@silent(
    "repeated-across-requests",
    "one page asks for its own row, and is loaded again by one person",
    request=True,
    times=12,
)
def row_of_the_page(client: Any) -> Answer:
    """A detail page, reloaded."""
    return client.get("/corpus/one_author/?pk=2")


VISITS = count(1)


@silent("repeated-across-requests", "each request asks for another row", request=True, times=12)
def rows_of_many_pages(client: Any) -> Answer:
    """A crawler goes through the detail pages."""
    return client.get(f"/corpus/one_author/?pk={next(VISITS) % 20 + 1}")


@page
def who_am_i(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"name": request.user.get_username()})


@silent(
    "repeated-across-requests",
    "the session and the user of each request are Django's to look up",
    request=True,
    times=12,
)
def session_and_user(client: Any) -> Answer:
    """A visitor who is logged in."""
    client.force_login(User.objects.get(username="admin"))
    return [client.get("/corpus/who_am_i/") for _ in range(2)][-1]


@page
def next_order(request: HttpRequest) -> JsonResponse:
    with transaction.atomic():
        order = Order.objects.select_for_update().order_by("pk").first()
        return JsonResponse({"number": order.number if order is not None else ""})


@silent(
    "repeated-across-requests",
    "the row is read to be locked, which a cache cannot do",
    request=True,
    times=12,
)
def locked_row(client: Any) -> Answer:
    """A worker looks at the head of a queue."""
    return client.get("/corpus/next_order/")


@page
def prize(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"drawn": Customer.objects.order_by("?").values_list("city", "pk")[0] is not None})


@silent("repeated-across-requests", "a random row is another one each time", request=True, times=12)
def drawn(client: Any) -> Answer:
    """A customer of the day."""
    return client.get("/corpus/prize/")


@page
def published(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"reviews": Review.objects.filter(created_at__lte=Now()).count()})


@silent(
    "repeated-across-requests", "what is public depends on the clock of the database", request=True, times=12
)
def by_the_clock(client: Any) -> Answer:
    """Reviews that are public by now."""
    return client.get("/corpus/published/")


@page
def kept_menu(request: HttpRequest) -> JsonResponse:
    names = cache.get_or_set("corpus-menu", lambda: [c.name for c in Country.objects.order_by("-name")], 60)
    return JsonResponse({"names": names})


@silent("repeated-across-requests", "the cache answers already", request=True, times=12)
def kept_already(client: Any) -> Answer:
    """A menu that comes from the cache."""
    return client.get("/corpus/kept_menu/")


@page
def kept_fragment(request: HttpRequest) -> HttpResponse:
    return rendered(
        request,
        "{% load cache %}{% cache 60 publishers %}{% for p in publishers %}{{ p }}{% endfor %}{% endcache %}",
        publishers=Publisher.objects.order_by("city", "pk"),
    )


@silent("repeated-across-requests", "the part of the page that would ask is kept", request=True, times=12)
def kept_part_of_a_page(client: Any) -> Answer:
    """A template keeps a fragment, and nothing evaluates the queryset."""
    return client.get("/corpus/kept_fragment/")


@page
def type_of_book(request: HttpRequest) -> JsonResponse:
    ContentType.objects.clear_cache()
    return JsonResponse({"model": ContentType.objects.get_for_model(Book).model})


@silent(
    "repeated-across-requests",
    "content types are kept by Django: who clears them wants them read",
    request=True,
    times=12,
)
def content_type(client: Any) -> Answer:
    """A site whose tenants have tables of their own."""
    return client.get("/corpus/type_of_book/")


@silent("repeated-across-requests", "a command has no visitors", times=12)
def of_a_command() -> list[str]:
    """A job that runs by the clock reads its configuration."""
    return list(Country.objects.order_by("code").values_list("name", flat=True))


@page
def entry_pages(request: HttpRequest) -> JsonResponse:
    found = Paginator(range(60), 5).get_page(request.GET.get("page")).object_list
    rows = Entry.objects.order_by("pk").values_list("text", flat=True)
    return JsonResponse({"rows": list(rows[found[0] : found[0] + 5])})


@silent("repeated-across-requests", "the pages of a list are different questions", request=True, times=12)
def page_by_page(client: Any) -> Answer:
    """A visitor leafs through a list."""
    return client.get(f"/corpus/entry_pages/?page={next(VISITS) % 12 + 1}")


@page
def reloaded_admin(request: HttpRequest) -> Any:
    class GenreAdmin(admin.ModelAdmin):
        list_display = ("name",)
        ordering = ("pk",)

    return GenreAdmin(Genre, admin.site).changelist_view(request).render()


@silent(
    "repeated-across-requests",
    "the admin shows the rows as they are, on its own account",
    request=True,
    times=10,
)
def list_of_the_admin(client: Any) -> Answer:
    """An editor reloads a change list."""
    client.force_login(User.objects.get(username="admin"))
    return client.get("/corpus/reloaded_admin/")


@page
def pin_next(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"threads": list(Thread.objects.values_list("title", "pinned"))})


@silent("repeated-across-requests", "another page writes to the table all the time", request=True, times=10)
def written_by_another_page(client: Any) -> Answer:
    """A list is shown, and changed by what the visitor does next."""
    shown = client.get("/corpus/pin_next/")
    assert shown.status_code == 200
    client.get("/corpus/pin_one/")
    return client.get("/corpus/pin_next/")


@page
def pin_one(request: HttpRequest) -> HttpResponse:
    Thread.objects.filter(title="thread 1").update(pinned=True)
    return HttpResponse("pinned")
