"""Pages of the test host that are rendered by Django's templates, by Jinja2 and by one inside the other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django import template
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.template.loader import render_to_string
from django.urls import path
from django.utils.safestring import SafeString, mark_safe
from jinja2 import Environment

from demo.catalog.models import Author, Book, Country, Genre, Publisher

HERE = Path(__file__).resolve().parent
DJANGO: dict[str, Any] = {
    "NAME": "django",
    "BACKEND": "django.template.backends.django.DjangoTemplates",
    "DIRS": [HERE / "templates"],
    "OPTIONS": {"libraries": {"places": "tests.project.rendering"}},
}
JINJA: dict[str, Any] = {
    "NAME": "jinja",
    "BACKEND": "django.template.backends.jinja2.Jinja2",
    "DIRS": [HERE / "jinja"],
    "OPTIONS": {"environment": "tests.project.rendering.environment"},
}

register = template.Library()


def stock() -> None:
    """Put two books on the shelf, each with an author, a publisher and a genre of its own."""
    for code, name in (("de", "Germany"), ("no", "Norway")):
        author = Author.objects.create(
            name=f"{name}'s", country=Country.objects.create(code=code, name=name), born=1900, biography=""
        )
        publisher = Publisher.objects.create(name=f"Press of {name}", city=name)
        book = Book.objects.create(
            title=name, slug=code, isbn=code, author=author, publisher=publisher, price=1, pages=1,
            published_on="2020-01-01", description="", sample="",
        )  # fmt: skip
        book.genres.add(Genre.objects.create(name=name, slug=code))


def environment(**options: Any) -> Environment:
    """Return Jinja2's environment, with a global that renders a template of Django's."""
    made = Environment(**options)
    made.globals["django_part"] = lambda name, **context: mark_safe(
        render_to_string(name, context, using="django")
    )
    return made


@register.simple_tag
def jinja_part(name: str, **context: Any) -> SafeString:
    """Render a template of Jinja2's."""
    return mark_safe(render_to_string(name, context, using="jinja"))


@register.simple_tag
def stock_count() -> int:
    """Count the books."""
    return Book.objects.count()


@register.inclusion_tag("places/_shelf.html")
def shelf(book: Book) -> dict[str, Any]:
    """Show a book by a template of its own."""
    return {"book": book}


class ReviewsNode(template.Node):
    """A node as somebody writes it by hand: it asks, then renders what stands in it."""

    def __init__(self, nodelist: template.NodeList) -> None:
        self.nodelist = nodelist

    def render(self, context: template.Context) -> SafeString:
        reviews = context["book"].reviews.count()
        with context.push(reviews=reviews):
            return self.nodelist.render(context)


@register.tag
def reviews(parser: template.base.Parser, token: template.base.Token) -> ReviewsNode:
    """``{% reviews %}...{% endreviews %}``."""
    nodelist = parser.parse(("endreviews",))
    parser.delete_first_token()
    return ReviewsNode(nodelist)


def page(request: HttpRequest, using: str, name: str) -> HttpResponse:
    """Render a template with the first book and all books, none of their relations loaded."""
    context = {"book": Book.objects.order_by("pk")[0], "books": Book.objects.order_by("pk")}
    return HttpResponse(render_to_string(f"places/{name}", context, request, using=using))


def from_string(request: HttpRequest, using: str) -> HttpResponse:
    """Render a template that stands in no file."""
    made = engines[using].from_string("the only\n{{ book.author.name }}")
    return HttpResponse(made.render({"book": Book.objects.order_by("pk")[0]}, request))


def nothing(request: HttpRequest, name: str) -> HttpResponse:
    """What an address of a template leads to."""
    return HttpResponse(name)


urlpatterns = [
    path("page/<str:using>/<str:name>", page),
    path("string/<str:using>/", from_string),
    path("authors/<str:name>/", nothing, name="author"),
]
