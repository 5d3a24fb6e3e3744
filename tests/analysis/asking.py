"""What the templates of ``everywhere`` call: a tag, a filter, and a model with a method and a text form that ask."""

from __future__ import annotations

from typing import Any

from django import template

from demo.catalog.models import Author, Book, Genre

register = template.Library()


@register.simple_tag
def first_author() -> str:
    return Author.objects.order_by("pk")[0].name


@register.filter
def names(authors: Any) -> str:
    return ", ".join(author.name for author in authors)


class Fan(Book):
    """A book with a text form that reads its author, and a method that counts."""

    class Meta:
        proxy = True
        app_label = "asking"

    def __str__(self) -> str:
        return f"{self.title} by {self.author.name}"

    def fans(self) -> int:
        return Genre.objects.filter(books=self).count()
