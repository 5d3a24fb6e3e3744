"""Where a queryset was built: each expression that took part, or the class for which a library built it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import Q
from django.test import Client
from django.test.utils import override_settings
from django.urls import path
from django.views.generic import ListView

from demo.catalog.models import Author, Book
from queryscope.profiler.trace import Span
from tests.capture.test_origins import spans
from tests.conftest import Recording

pytestmark = pytest.mark.usefixtures("books")


def lines(span: Span) -> list[str]:
    """Return the text of each build site from its column to its end."""
    found = []
    for site in span.build_sites:
        text = (site.source or "")[(site.column or 1) - 1 :]
        end = site.end_column if site.end_line == site.line else None
        found.append(text[: end - (site.column or 1)] if end else text)
    return found


BASE = Book.objects.filter(pages__gte=0)


class Shelf(ListView):  # type: ignore[type-arg]
    """Names no queryset, only a model."""

    model = Book
    template_name = "list.html"


class Chosen(ListView):  # type: ignore[type-arg]
    """Has one from the start."""

    queryset = Book.objects.order_by("title")
    template_name = "list.html"


def expanded() -> Any:
    found = Book.objects.filter(
        pages=1,
    )
    found = found.exclude(
        title="",
    )
    return list(found)


def both() -> Any:
    return list(
        (Book.objects.filter(pages=1) | Book.objects.filter(pages=2)).filter(~Q(title="x") | Q(pages=3))
    )


def related() -> Any:
    return list(Author.objects.order_by("pk")[0].books.filter(pages=1))


def passed_on(get_response: Any) -> Any:
    """Return a middleware of the application: nothing is built where it passes a request on."""
    return lambda request: get_response(request)


urlpatterns = [path("model/", Shelf.as_view()), path("queryset/", Chosen.as_view())]


def show(address: str) -> Any:
    middleware = [f"{__name__}.passed_on"]
    loader = (
        "django.template.loaders.locmem.Loader",
        {"list.html": "{% for each in object_list %}{{ each }}{% endfor %}"},
    )
    engine = "django.template.backends.django.DjangoTemplates"
    templates = [{"BACKEND": engine, "OPTIONS": {"loaders": [loader]}}]
    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=middleware, TEMPLATES=templates):
        assert Client().get(address).status_code == 200


SITES: dict[str, tuple[Callable[[], Any], list[str]]] = {
    "one line": (lambda: list(Book.objects.all()), ["Book.objects.all()"]),
    "two calls in one line": (
        lambda: list(Book.objects.filter(pages=1).exclude(pages=2)),
        ["Book.objects.filter(pages=1)", "Book.objects.filter(pages=1).exclude(pages=2)"],
    ),
    "several lines": (expanded, ["Book.objects.filter(", "found.exclude("]),
    "combined": (
        both,
        [
            "Book.objects.filter(pages=1)",
            "Book.objects.filter(pages=1) | Book.objects.filter(pages=2)",
            '(Book.objects.filter(pages=1) | Book.objects.filter(pages=2)).filter(~Q(title="x") | Q(pages=3))',
        ],
    ),
    "a slice": (
        lambda: list(Book.objects.order_by("pk")[:2]),
        ['Book.objects.order_by("pk")', 'Book.objects.order_by("pk")[:2]'],
    ),
    "get": (lambda: Book.objects.get(title="Book 0"), ['Book.objects.get(title="Book 0")']),
    "filter and get": (
        lambda: Book.objects.filter(pages=1).get(title="Book 0"),
        ["Book.objects.filter(pages=1)"],
    ),
    "count": (lambda: Book.objects.filter(pages=1).count(), ["Book.objects.filter(pages=1)"]),
    "its own method": (
        lambda: list(Book.objects.with_review_count()),
        ["self.annotate(review_count=count_of(Review.objects.all(), \"book\"))"],
    ),
    "a base that was there": (lambda: list(BASE.exclude(pages=9)), ["BASE.exclude(pages=9)"]),
    "a view with a model": (lambda: show("/model/"), ["class Shelf(ListView):  # type: ignore[type-arg]"]),
    "a view with a queryset": (lambda: show("/queryset/"), ["class Chosen(ListView):  # type: ignore[type-arg]"]),
    "a related manager": (related, ["Author.objects.order_by(\"pk\")[0].books.filter(pages=1)"]),
}  # fmt: skip


@pytest.mark.parametrize("name", SITES)
def test_build_sites(name: str, recording: Recording) -> None:
    """Each expression that took part, in order, by its columns."""
    work, expected = SITES[name]
    assert lines(spans(recording, work)[-1]) == expected
