"""Our own template engine: pages look the same under any ``TEMPLATES``, and no context processor of the host runs."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.backends.django import DjangoTemplates
from django.template.base import Template
from django.template.context import make_context
from django.template.loaders import cached

ROOT = Path(__file__).resolve().parent.parent / "templates"
LOADERS = [("queryscope.dashboard.pages.Loader", ["django.template.loaders.filesystem.Loader"])]


def render(request: HttpRequest, template: str, page: dict[str, Any], status: int = 200) -> HttpResponse:
    """Return the page as a response; ``template`` is relative to ``templates/``, such as ``"queryscope/live.html"``."""
    return HttpResponse(render_to_string(template, page, request), status=status)


def render_to_string(template: str, page: dict[str, Any], request: HttpRequest | None = None) -> str:
    """Return the page as text; with ``request``, ``csrf_token`` stands in the context as well."""
    context = make_context(page, request)
    # A number in an address or an attribute is not for people: no separators of the host's language or settings.
    context.use_l10n = False
    # Browsers drop NUL from text, and "a\0b" would read as "ab".
    return str(_engine().get_template(template).template.render(context)).replace(
        "\0", "\N{REPLACEMENT CHARACTER}"
    )


class Loader(cached.Loader):
    """Loads templates that tell nobody that they are rendered.

    Tools of the host (the toolbar's panel, Django's test runner) listen for the whole process: rows rendered for a
    socket would be kept, contexts and all, as part of whatever page of the host is being made meanwhile.
    """

    def get_template(self, template_name: str, skip: Any = None) -> Template:
        """Return the template, its rendering without the signal."""
        template = super().get_template(template_name, skip)
        template._render = template.nodelist.render  # type: ignore[attr-defined]
        return template


@cache
def _engine() -> DjangoTemplates:
    return DjangoTemplates(
        {
            "NAME": "queryscope",
            "DIRS": [ROOT],
            "APP_DIRS": False,
            "OPTIONS": {"autoescape": True, "libraries": _libraries(), "loaders": LOADERS},
        }
    )


def _libraries() -> dict[str, str]:
    found = (Path(__file__).resolve().parent / "templatetags").glob("queryscope_*.py")
    return {file.stem: f"queryscope.dashboard.templatetags.{file.stem}" for file in found}
