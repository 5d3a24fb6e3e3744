"""Template tags and filters of the corpus, as applications write them."""

from __future__ import annotations

from typing import Any

from django import template

from demo.blog.models import Post
from demo.catalog.models import Author, Book, Country, Genre, Publisher, Review

register = template.Library()


@register.simple_tag
def book_count() -> int:
    """Count the books."""
    return Book.objects.count()


@register.simple_tag
def newest_titles(number: int) -> str:
    """Name the newest books, by a loop of the tag's own."""
    return ", ".join(Book.objects.order_by("-published_on", "-pk").values_list("title", flat=True)[:number])


@register.inclusion_tag(
    template.Engine().from_string("{% for post in posts %}<li>{{ post.title }}{% endfor %}")
)
def latest_posts(number: int) -> dict[str, Any]:
    """Show the latest posts by a template of its own, which goes through a lazy queryset."""
    return {"posts": Post.objects.defer("body").order_by("-published_at", "-pk")[:number]}


@register.inclusion_tag(template.Engine().from_string("{{ best.name }}"), takes_context=True)
def best_author(context: Any) -> dict[str, Any]:
    """Show an author, chosen by the page's context."""
    return {"best": Author.objects.defer("biography").order_by("born", "pk").first() if context else None}


@register.filter
def reviewed(book: Book) -> bool:
    """Tell whether a book was reviewed."""
    return Review.objects.filter(book=book).exists()


@register.filter
def joined(rows: Any) -> str:
    """Write rows with commas; what they are is the view's."""
    return ", ".join(str(row) for row in rows)


@register.simple_tag
def country_names() -> Any:
    """Return a queryset for ``{% country_names as names %}``."""
    return Country.objects.order_by("name").values_list("name", flat=True)


class CityNode(template.Node):
    """A node written by hand."""

    def render(self, context: Any) -> str:
        publisher = Publisher.objects.order_by("city", "pk").first()
        return publisher.city if publisher else ""


@register.tag
def first_city(parser: Any, token: Any) -> CityNode:
    """``{% first_city %}``."""
    return CityNode()


@register.simple_block_tag if hasattr(register, "simple_block_tag") else register.simple_tag
def with_genres(content: str = "") -> str:
    """Put the number of genres behind what stands inside."""
    return f"{content} {Genre.objects.count()}"


@register.simple_tag
def by_cursor() -> int:
    """Count by SQL of its own."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM catalog_review WHERE stars = %s", [5])
        return int(cursor.fetchone()[0])


@register.simple_tag
def shouted(text: str) -> str:
    """Ask nothing."""
    return str(text).upper()
