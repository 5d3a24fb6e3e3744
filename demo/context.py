"""What every template of the bookshop may show; none of it asks the database."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from demo.pages import BY_ROUTE


def planted(request: HttpRequest) -> dict[str, Any]:
    """Return the entry of the map for this page, and whether this is the corrected twin."""
    match = request.resolver_match
    route = match.route if match else ""
    page = BY_ROUTE.get(route.removeprefix("fixed/"))
    return {"planted": page, "is_fixed": route.startswith("fixed/")}
