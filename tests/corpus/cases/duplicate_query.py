"""The same question asked again in one unit of work: by lines, properties, helpers, forms, views and what stands around them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.db.models import Max, Min, Sum
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.template import engines
from django.views.generic import TemplateView
from rest_framework import serializers

from demo.catalog.models import Author, Book, Country, Genre, Publisher, Review
from demo.orders.models import Order, OrderLine
from tests.corpus.case import positive
from tests.corpus.models import Thread, Topic
from tests.corpus.pages import PAGES, page

Answer = Any


def rendered(request: HttpRequest, source: str, **context: Any) -> HttpResponse:
    """Return a page made of a template."""
    return HttpResponse(engines["django"].from_string(source).render(context, request))


@positive("duplicate-query")
def counted_twice() -> str:
    """``count()`` asks whenever it is called."""
    orders = Order.objects.filter(status=Order.Status.PAID)
    heading = f"{orders.count()} orders"
    ending = "none" if orders.count() == 0 else "more below"
    return f"{heading}: {ending}"


@positive("duplicate-query")
def exists_twice() -> list[str]:
    """``exists()`` for the heading, and again for the button."""
    reviews = Review.objects.filter(stars=5)
    parts = []
    if reviews.exists():
        parts.append("Five stars")
    parts.append("show" if reviews.exists() else "hide")
    return parts


@positive("duplicate-query")
def aggregated_twice() -> tuple[Any, Any]:
    """An aggregate is read twice from the same queryset."""
    books = Book.objects.filter(pages__gt=10)
    low = books.aggregate(low=Min("price"), high=Max("price"))["low"]
    high = books.aggregate(low=Min("price"), high=Max("price"))["high"]
    return low, high


@positive("duplicate-query")
def one_row_twice() -> tuple[str, int]:
    """A row is fetched for its name, and further down for its year."""
    name = Author.objects.only("name", "born").get(pk=1).name
    label = f"{name}:"
    year = Author.objects.only("name", "born").get(pk=1).born
    return label, year


class Visitor:
    """Who looks at the shop: a property looks the country up whenever it is read."""

    def __init__(self, code: str) -> None:
        self.code = code

    @property
    def country(self) -> Country:
        return Country.objects.get(code=self.code)


@positive("duplicate-query")
def property_of_an_object() -> str:
    """A property is read three times, for three fields."""
    code = Country.objects.order_by("pk").values_list("code", flat=True)[0]
    visitor = Visitor(code)
    return f"{visitor.country.name} ({visitor.country.code}), {visitor.country.pk}"


class Basket:
    """What a template shows of an order."""

    def __init__(self, order: int) -> None:
        self.order = order

    @property
    def total(self) -> Decimal:
        lines = OrderLine.objects.filter(order_id=self.order)
        return lines.aggregate(total=Sum("unit_price"))["total"] or Decimal(0)


@page
def order_total(request: HttpRequest) -> HttpResponse:
    order = Order.objects.order_by("pk").values_list("pk", flat=True)[0]
    return rendered(
        request, "{% if basket.total %}<b>{{ basket.total }}</b>{% endif %}", basket=Basket(order)
    )


@positive("duplicate-query", request=True)
def template_reads_a_property(client: Any) -> Answer:
    """A template tests what it shows, and Python asks for it each time."""
    return client.get("/corpus/order_total/")


class TopicPage(TemplateView):
    """A view whose property is read by two of its methods."""

    @property
    def topic(self) -> Topic:
        return get_object_or_404(Topic, pk=self.kwargs["pk"])

    def get_template_names(self) -> list[str]:
        return [f"{self.topic.name}.html"]

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        return super().get_context_data(topic=self.topic.name, **context)

    def render_to_response(self, context: dict[str, Any], **options: Any) -> HttpResponse:
        return rendered(self.request, "{{ topic }} {{ names }}", names=self.get_template_names(), **context)


PAGES["topic_page"] = lambda request: TopicPage.as_view()(request, pk=1)


@positive("duplicate-query", request=True)
def property_of_a_view(client: Any) -> Answer:
    """Methods of a class-based view have nowhere else to hand a row on."""
    return client.get("/corpus/topic_page/")


class Dashboard:
    """Numbers of the shop; the base class asks, the derived ones read."""

    @property
    def open_orders(self) -> list[str]:
        paid = Order.objects.filter(status=Order.Status.PAID).order_by("pk")
        return list(paid.values_list("number", flat=True)[:20])


class StaffDashboard(Dashboard):
    """The same with a heading."""

    def heading(self) -> str:
        return f"{len(self.open_orders)} to send"

    def rows(self) -> list[str]:
        return [number.upper() for number in self.open_orders]


@positive("duplicate-query")
def inherited_property() -> tuple[str, list[str]]:
    """A property stands in a base class, in two statements, and is read by methods of another."""
    dashboard = StaffDashboard()
    return dashboard.heading(), dashboard.rows()


class Shown:
    """A book as an API shows it."""

    def __init__(self, book: int) -> None:
        self.book = book

    @property
    def best(self) -> Review | None:
        return Review.objects.filter(book_id=self.book).order_by("-stars", "pk").first()


class ShownSerializer(serializers.Serializer):
    """Two fields go through one property."""

    title = serializers.CharField(source="best.title")
    stars = serializers.IntegerField(source="best.stars")


@page
def shown_book(request: HttpRequest) -> JsonResponse:
    book = Review.objects.order_by("pk").values_list("book_id", flat=True)[0]
    return JsonResponse(ShownSerializer(Shown(book)).data)


@positive("duplicate-query", request=True)
def sources_of_a_serializer(client: Any) -> Answer:
    """No line of the application reads the property: dotted sources do."""
    return client.get("/corpus/shown_book/")


@positive("duplicate-query")
def in_a_loop() -> list[str]:
    """The rows differ, the question does not: it belongs in front of the loop."""
    lines = []
    for genre in Genre.objects.order_by("name")[:4]:
        cheapest = Book.objects.order_by("price", "pk").values_list("slug", flat=True).first()
        lines.append(f"{genre.name}: {cheapest}")
    return lines


def default_publisher() -> Publisher:
    """Return whom the shop orders from."""
    return Publisher.objects.get(pk=1)


@positive("duplicate-query", advice=False)
def helper_called_again() -> str:
    """Two functions each call a third one: how long the answer may be kept only a person knows."""

    def heading() -> str:
        return f"Order from {default_publisher().name}"

    def ending() -> str:
        return f"Sent to {default_publisher().city}"

    return heading() + ending()


def _menu(request: HttpRequest) -> list[str]:
    return [country.name for country in Country.objects.order_by("name")]


@page
def menu_and_filter(request: HttpRequest) -> HttpResponse:
    countries = list(Country.objects.order_by("name"))
    return rendered(
        request,
        "{{ menu|length }} {% for c in countries %}{{ c }} {% endfor %}",
        menu=_menu(request),
        countries=countries,
    )


@positive("duplicate-query", advice=False, request=True)
def view_and_menu(client: Any) -> Answer:
    """The menu of every page and the filter of this one build the same queryset by themselves."""
    return client.get("/corpus/menu_and_filter/")


class ShelfForm(forms.Form):
    genre = forms.ModelChoiceField(Genre.objects.order_by("name"))


@page
def shelf_forms(request: HttpRequest) -> HttpResponse:
    return rendered(request, "{{ forms.as_p }}", forms=forms.formset_factory(ShelfForm, extra=4)())


@positive("duplicate-query", advice=False, request=True)
def options_of_a_form_set(client: Any) -> Answer:
    """Each form of a set asks for its options."""
    return client.get("/corpus/shelf_forms/")


@page
def account(request: HttpRequest) -> JsonResponse:
    name = request.user.username
    user = User.objects.get(pk=request.user.pk)
    return JsonResponse({"name": name, "staff": user.is_staff})


@positive("duplicate-query", advice=False, request=True)
def user_of_the_request(client: Any) -> Answer:
    """Django has loaded ``request.user``; the view loads the row again."""
    client.force_login(User.objects.get(username="admin"))
    return client.get("/corpus/account/")


@positive("duplicate-query")
def row_by_row() -> list[tuple[str, str]]:
    """Two lines of a loop ask the same for each row: sets of values, each twice."""
    found = []
    for key in Thread.objects.order_by("pk").values_list("pk", flat=True)[:2]:
        title = Thread.objects.get(pk=key).title
        pinned = "!" if Thread.objects.get(pk=key).pinned else ""
        found.append((title, pinned))
    return found
