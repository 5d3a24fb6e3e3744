"""What page after page asks and gets the same answer: menus, numbers, settings, banners, lists of choices."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Max, Min
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import engines
from django.views.generic import TemplateView
from rest_framework import generics, serializers

from demo.catalog.models import Book, Country, Genre, Publisher, Review
from demo.orders.models import Customer, Order
from tests.corpus.case import positive
from tests.corpus.models import Topic
from tests.corpus.pages import PAGES, page

Answer = Any


def rendered(request: HttpRequest, source: str, **context: Any) -> HttpResponse:
    """Return a page made of a template."""
    return HttpResponse(engines["django"].from_string(source).render(context, request))


@page
def genre_menu(request: HttpRequest) -> HttpResponse:
    genres = list(Genre.objects.order_by("name"))
    return rendered(request, "{% for g in genres %}<a>{{ g.name }}</a>{% endfor %}", genres=genres)


@positive("repeated-across-requests", request=True, times=10)
def menu(client: Any) -> Answer:
    """The entries of a menu, which nobody has changed for a year."""
    return client.get("/corpus/genre_menu/")


@page
def shop_size(request: HttpRequest) -> JsonResponse:
    number = Book.objects.count()
    return JsonResponse({"books": number})


@positive("repeated-across-requests", request=True, times=10)
def number_of_all(client: Any) -> Answer:
    """The footer says how many books there are."""
    return client.get("/corpus/shop_size/")


@page
def price_range(request: HttpRequest) -> JsonResponse:
    prices = Book.objects.aggregate(low=Min("price"), high=Max("price"))
    return JsonResponse({name: str(price) for name, price in prices.items()})


@positive("repeated-across-requests", request=True, times=10)
def ends_of_a_slider(client: Any) -> Answer:
    """Lowest and highest price, over the whole table."""
    return client.get("/corpus/price_range/")


def currencies() -> dict[str, str]:
    """Return what each country is called."""
    return {country.code: country.name for country in Country.objects.order_by("code")}


@page
def rates(request: HttpRequest) -> JsonResponse:
    return JsonResponse(currencies())


@positive("repeated-across-requests", request=True, times=10)
def settings_by_a_helper(client: Any) -> Answer:
    """A function reads what is as good as a constant into a dictionary."""
    return client.get("/corpus/rates/")


@page
def newest_customer(request: HttpRequest) -> JsonResponse:
    newest = Customer.objects.order_by("-joined_on", "-pk").first()
    return JsonResponse({"welcome": newest.name if newest is not None else ""})


@positive("repeated-across-requests", request=True, times=10)
def banner(client: Any) -> Answer:
    """One row for a banner, chosen by order and not by a value."""
    return client.get("/corpus/newest_customer/")


def in_print() -> int:
    """Return how many books can be had."""
    return Book.objects.filter(status=Book.Status.IN_PRINT).count()


@page
def stock_number(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"stock": in_print()})


@page
def stock_banner(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{in_print()} books to choose from")


@positive("repeated-across-requests", request=True, times=10)
def value_of_two_views(client: Any) -> Answer:
    """A statement with a value counts where two views ask it."""
    client.get("/corpus/stock_number/")
    return client.get("/corpus/stock_banner/")


class Welcome(TemplateView):
    """A page whose context holds the cities that the shop delivers to."""

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        context["cities"] = sorted(Publisher.objects.values_list("city", flat=True).distinct())
        return super().get_context_data(**context)

    def render_to_response(self, context: dict[str, Any], **options: Any) -> HttpResponse:
        return rendered(self.request, "{{ cities }}", **context)


PAGES["welcome_to_all"] = Welcome.as_view()


@positive("repeated-across-requests", request=True, times=10)
def context_of_a_view(client: Any) -> Answer:
    """A class-based view sorts the same few names for everybody."""
    return client.get("/corpus/welcome_to_all/")


@page
def all_publishers_by_key(request: HttpRequest) -> JsonResponse:
    by_key = Publisher.objects.in_bulk()
    return JsonResponse({str(key): one.name for key, one in sorted(by_key.items())})


@positive("repeated-across-requests", request=True, times=10)
def lookup_table(client: Any) -> Answer:
    """A small table is read whole, by key."""
    return client.get("/corpus/all_publishers_by_key/")


@page
def top_countries(request: HttpRequest) -> JsonResponse:
    ranking = [
        (name, number)
        for name, number in Order.objects.values_list("ship_to")
        .annotate(number=Count("pk"))
        .order_by("-number", "ship_to")[:5]
    ]
    return JsonResponse({"ranking": ranking})


@positive("repeated-across-requests", request=True, times=10)
def ranking(client: Any) -> Answer:
    """A ranking over a table, on several lines, which may be a minute old."""
    return client.get("/corpus/top_countries/")


@page
def reviews_of_the_day(request: HttpRequest) -> HttpResponse:
    reviews = Review.objects.only("title").order_by("-stars", "pk")[:3]
    return rendered(request, "{% for r in reviews %}<q>{{ r.title }}</q>{% endfor %}", reviews=reviews)


@positive("repeated-across-requests", advice=False, request=True, times=10)
def asked_by_the_template(client: Any) -> Answer:
    """The view hands a queryset over: the template asks, and may be what is kept."""
    return client.get("/corpus/reviews_of_the_day/")


class TopicSerializer(serializers.ModelSerializer):
    class Meta:
        model = Topic
        fields = ("name",)


class Topics(generics.ListAPIView):
    queryset = Topic.objects.order_by("pk")
    serializer_class = TopicSerializer
    pagination_class = None


PAGES["all_topics"] = Topics.as_view()


@positive("repeated-across-requests", advice=False, request=True, times=10)
def choices_of_an_api(client: Any) -> Answer:
    """An API gives the choices of a form to every visitor, and no line of the application asks."""
    return client.get("/corpus/all_topics/")


@page
async def async_countries(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"names": [name async for name in Country.objects.values_list("name", flat=True)]})


@positive("repeated-across-requests", advice=False, request=True, times=10)
def asynchronous(client: Any) -> Answer:
    """A coroutine goes through the rows; the cache has other methods for it."""
    return client.get("/corpus/async_countries/")
