"""Queries that run while a page is rendered because the view handed them over."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject
from django.views.generic import TemplateView

from demo.blog.models import Comment, Post
from demo.catalog.models import Book, Country, Genre, Publisher
from demo.orders.models import Customer
from tests.corpus.case import silent
from tests.corpus.cases.query_in_template import rendered
from tests.corpus.pages import PAGES, page

Answer = Any


@page
def lazy_rows(request: HttpRequest) -> HttpResponse:
    customers = Customer.objects.order_by("pk")[:5]
    return rendered(request, "{% for c in customers %}{{ c.name }}{% endfor %}", customers=customers)


@silent("query-in-template", "the view built the queryset, the loop of its template runs it", request=True)
def lazy_queryset(client: Any) -> Answer:
    """A lazy queryset in the context is how Django's views are written."""
    return client.get("/corpus/lazy_rows/")


@page
def counted_rows(request: HttpRequest) -> HttpResponse:
    return rendered(request, "{{ books.count }}", books=Book.objects.all())


@silent("query-in-template", "the template asks what the view handed over", request=True)
def count_of_the_views_queryset(client: Any) -> Answer:
    """``{{ books.count }}``."""
    return client.get("/corpus/counted_rows/")


@page
def relation_page(request: HttpRequest) -> HttpResponse:
    book = Book.objects.defer("description", "sample").order_by("pk").first()
    return rendered(request, "{{ book.title }} by {{ book.author.name }}", book=book)


@silent(
    "query-in-template", "a relation that is followed once costs the same wherever it is read", request=True
)
def relation_of_one_row(client: Any) -> Answer:
    """``{{ book.author.name }}`` of one book."""
    return client.get("/corpus/relation_page/")


@page
def callable_page(request: HttpRequest) -> HttpResponse:
    return rendered(request, "{{ number }}", number=Genre.objects.count)


@silent("query-in-template", "the view handed the question over, to be asked where it is shown", request=True)
def bound_method(client: Any) -> Answer:
    """A method of a queryset in the context."""
    return client.get("/corpus/callable_page/")


@page
def closure_page(request: HttpRequest) -> HttpResponse:
    def cities() -> list[str]:
        return list(Publisher.objects.order_by("city", "pk").values_list("city", flat=True))

    return rendered(request, "{% for city in cities %}{{ city }}{% endfor %}", cities=cities)


@silent("query-in-template", "a function of the view was made for this template", request=True)
def closure(client: Any) -> Answer:
    """A closure in the context."""
    return client.get("/corpus/closure_page/")


@page
def lazy_object(request: HttpRequest) -> HttpResponse:
    later = SimpleLazyObject(lambda: Country.objects.order_by("pk").first())
    return rendered(request, "{{ country.name }}", country=later)


@silent("query-in-template", "a lazy object was handed over to be asked late", request=True)
def simple_lazy_object(client: Any) -> Answer:
    """``SimpleLazyObject`` in the context."""
    return client.get("/corpus/lazy_object/")


@page
def joined_page(request: HttpRequest) -> HttpResponse:
    return rendered(request, "{{ names|joined }}", names=Genre.objects.order_by("name"))


@silent("query-in-template", "the filter goes through the rows of the view", request=True)
def filter_of_the_views_rows(client: Any) -> Answer:
    """A filter evaluates the queryset that it is given."""
    return client.get("/corpus/joined_page/")


@page
def kept_page(request: HttpRequest) -> HttpResponse:
    return rendered(request, "{% load cache %}{% cache 60 corpus_side %}{% book_count %}{% endcache %}")


@silent("query-in-template", "the output is kept: it is asked for once a minute", request=True)
def cached_part(client: Any) -> Answer:
    """``{% cache %}`` around the tag, at a moment when nothing is kept."""
    cache.clear()
    return client.get("/corpus/kept_page/")


@page
def paged(request: HttpRequest) -> HttpResponse:
    found = Paginator(Comment.objects.order_by("-created_at", "-pk"), 5).get_page(2)
    return rendered(
        request, "{% for c in page %}{{ c.name }}{% endfor %} of {{ page.paginator.count }}", page=found
    )


@silent("query-in-template", "the paginator is the view's", request=True)
def paginator(client: Any) -> Answer:
    """A page is evaluated by the template's loop."""
    return client.get("/corpus/paged/")


class GenreForm(forms.Form):
    """A form with choices from the database."""

    genre = forms.ModelChoiceField(Genre.objects.order_by("name"))


@page
def form_page(request: HttpRequest) -> HttpResponse:
    return rendered(request, "<form>{{ form.as_p }}</form>", form=GenreForm())


@silent("query-in-template", "a form's choices are asked for when it is shown", request=True)
def choices_of_a_form(client: Any) -> Answer:
    """A ``ModelChoiceField``."""
    return client.get("/corpus/form_page/")


@page
def who_page(request: HttpRequest) -> HttpResponse:
    return rendered(request, "{{ user.username }}{% shouted 'hello' %}", user=request.user)


@silent("query-in-template", "the user is Django's lazy object", request=True)
def user_of_the_request(client: Any) -> Answer:
    """``{{ user }}`` is asked for by the template first."""
    client.force_login(User.objects.get(username="admin"))
    return client.get("/corpus/who_page/")


@page
def eager_page(request: HttpRequest) -> HttpResponse:
    posts = list(Post.objects.defer("body").order_by("pk")[:3])
    return rendered(request, "{% for post in posts %}{% shouted post.title %}{% endfor %}", posts=posts)


@silent("query-in-template", "the rows were there before the template", request=True)
def fetched_in_the_view(client: Any) -> Answer:
    """What the rule would advise: the tags ask nothing."""
    return client.get("/corpus/eager_page/")


class Shelf(TemplateView):
    """A class-based view that the template asks back."""

    def newest(self) -> list[str]:
        return list(Book.objects.order_by("-published_on", "-pk").values_list("title", flat=True)[:3])

    def render_to_response(self, context: Any, **options: Any) -> HttpResponse:
        return rendered(self.request, "{% for title in view.newest %}{{ title }}{% endfor %}", **context)


PAGES["shelf_view"] = Shelf.as_view()


@silent("query-in-template", "the method is the view's own", request=True)
def method_of_the_view(client: Any) -> Answer:
    """``{{ view.newest }}``."""
    return client.get("/corpus/shelf_view/")
