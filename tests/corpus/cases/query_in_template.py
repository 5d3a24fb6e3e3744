"""Queries of tags, filters and models that run while a page is rendered, which no view knows of."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template import Context, Engine, RequestContext
from django.template.response import TemplateResponse

from demo.catalog.models import Book
from tests.corpus.case import positive
from tests.corpus.models import Shelved
from tests.corpus.pages import page

Answer = Any
ENGINE = Engine(
    libraries={"corpus": "tests.corpus.templatetags.corpus_tags", "cache": "django.templatetags.cache"},
    builtins=["tests.corpus.templatetags.corpus_tags"],
)


def rendered(request: HttpRequest, source: str, **context: Any) -> HttpResponse:
    """Return a page made of a template that knows the tags of the corpus."""
    return HttpResponse(ENGINE.from_string(source).render(RequestContext(request, context)))


@page
def counting_tag(request: HttpRequest) -> HttpResponse:
    return rendered(request, "<p>{% book_count %} books</p>")


@positive("query-in-template", request=True, advice=False)
def simple_tag(client: Any) -> Answer:
    """A tag counts."""
    return client.get("/corpus/counting_tag/")


@page
def naming_tag(request: HttpRequest) -> HttpResponse:
    return rendered(request, "<p>{% newest_titles 3 %}</p>")


@positive("query-in-template", request=True, advice=False)
def tag_with_a_loop(client: Any) -> Answer:
    """A tag goes through rows."""
    return client.get("/corpus/naming_tag/")


@page
def posts_tag(request: HttpRequest) -> HttpResponse:
    return rendered(request, "<aside>{% latest_posts 4 %}</aside>")


@positive("query-in-template", request=True, advice=False)
def inclusion_tag(client: Any) -> Answer:
    """The template of an inclusion tag goes through the tag's lazy queryset."""
    return client.get("/corpus/posts_tag/")


@positive("query-in-template", request=True, advice=False)
def author_tag_with_context(client: Any) -> Answer:
    """An inclusion tag looks a row up."""
    return client.get("/corpus/author_tag/")


@page
def author_tag(request: HttpRequest) -> HttpResponse:
    return rendered(request, "<aside>{% best_author %}</aside>")


@page
def filtered(request: HttpRequest) -> HttpResponse:
    book = Book.objects.defer("description", "sample").order_by("pk").first()
    return rendered(request, "{{ book.title }}{% if book|reviewed %} (reviewed){% endif %}", book=book)


@positive("query-in-template", request=True, advice=False)
def filter_that_asks(client: Any) -> Answer:
    """A filter takes a row, and asks for others."""
    return client.get("/corpus/filtered/")


@page
def by_hand(request: HttpRequest) -> HttpResponse:
    return rendered(request, "<footer>{% first_city %}</footer>")


@positive("query-in-template", request=True, advice=False)
def node(client: Any) -> Answer:
    """A node written by hand asks in ``render``."""
    return client.get("/corpus/by_hand/")


@page
def raw_tag(request: HttpRequest) -> HttpResponse:
    return rendered(request, "<p>{% by_cursor %}</p>")


@positive("query-in-template", request=True, advice=False)
def cursor_of_a_tag(client: Any) -> Answer:
    """A tag has SQL of its own."""
    return client.get("/corpus/raw_tag/")


def shelved() -> Any:
    return Shelved.objects.defer("description", "sample").order_by("pk").first()


@page
def method_page(request: HttpRequest) -> HttpResponse:
    return rendered(request, "<p>{{ book.reviews_with|length }}</p>", book=shelved())


@positive("query-in-template", request=True, advice=False)
def method_of_a_model(client: Any) -> Answer:
    """A method of the row asks for others."""
    return client.get("/corpus/method_page/")


@page
def property_page(request: HttpRequest) -> HttpResponse:
    return rendered(request, "<p>{% if book.neighbours > 1 %}some{% endif %}</p>", book=shelved())


@positive("query-in-template", request=True, advice=False)
def property_of_a_model(client: Any) -> Answer:
    """A property in an ``if``."""
    return client.get("/corpus/property_page/")


@page
def late_page(request: HttpRequest) -> TemplateResponse:
    class Late(TemplateResponse):
        def resolve_template(self, template: Any) -> Any:
            from django.template.backends.django import DjangoTemplates
            from django.template.backends.django import Template as Backend

            params = {
                "NAME": "late",
                "DIRS": [],
                "APP_DIRS": False,
                "OPTIONS": {"builtins": ["tests.corpus.templatetags.corpus_tags"]},
            }
            backend = DjangoTemplates(params)
            return Backend(backend.engine.from_string(template), backend)

    return Late(request, "<p>{% book_count %}</p>")


@positive("query-in-template", request=True, advice=False)
def after_the_view(client: Any) -> Answer:
    """A template response is rendered when the view has returned."""
    return client.get("/corpus/late_page/")


@page
def two_tags(request: HttpRequest) -> HttpResponse:
    return rendered(request, "<p>{% book_count %}</p>\n<p>{% first_city %}</p>")


@positive("query-in-template", request=True, advice=False)
def two_lines(client: Any) -> Answer:
    """Two tags in two lines."""
    return client.get("/corpus/two_tags/")


@positive("query-in-template", advice=False)
def mail() -> str:
    """A command writes a mail by a template."""
    return str(ENGINE.from_string("Dear reader, {% book_count %} books wait.").render(Context()))


@page
def below_a_loop(request: HttpRequest) -> HttpResponse:
    return rendered(
        request,
        "{% for n in numbers %}{% if n == 2 %}{% book_count %}{% endif %}{% endfor %}",
        numbers=range(4),
    )


@positive("query-in-template", request=True, advice=False)
def tag_in_a_branch(client: Any) -> Answer:
    """A tag inside a loop and an ``if``, reached once."""
    return client.get("/corpus/below_a_loop/")


@page
def named_page(request: HttpRequest) -> HttpResponse:
    return rendered(request, "{% country_names as names %}{% for name in names %}{{ name }}{% endfor %}")


@positive("query-in-template", request=True, advice=False)
def tag_with_a_name(client: Any) -> Answer:
    """A tag gives a lazy queryset to the template, which goes through it."""
    return client.get("/corpus/named_page/")
