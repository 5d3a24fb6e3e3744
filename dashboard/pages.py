"""Our own template engine: pages look the same under any ``TEMPLATES``, and no context processor of the host runs."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.backends.django import DjangoTemplates

ROOT = Path(__file__).resolve().parent.parent / "templates"


def render(request: HttpRequest, template: str, page: dict[str, Any], status: int = 200) -> HttpResponse:
    """Return the page as a response; ``template`` is relative to ``templates/``, such as ``"queryscope/live.html"``."""
    return HttpResponse(render_to_string(template, page, request), status=status)


def render_to_string(template: str, page: dict[str, Any], request: HttpRequest | None = None) -> str:
    """Return the page as text; with ``request``, ``csrf_token`` stands in the context as well."""
    return str(_engine().get_template(template).render(page, request))


@cache
def _engine() -> DjangoTemplates:
    return DjangoTemplates(
        {
            "NAME": "queryscope",
            "DIRS": [ROOT],
            "APP_DIRS": False,
            "OPTIONS": {"autoescape": True, "libraries": _libraries()},
        }
    )


def _libraries() -> dict[str, str]:
    found = (Path(__file__).resolve().parent / "templatetags").glob("queryscope_*.py")
    return {file.stem: f"queryscope.dashboard.templatetags.{file.stem}" for file in found}
