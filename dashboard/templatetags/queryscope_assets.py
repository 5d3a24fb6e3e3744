"""``{% queryscope_asset "app.css" %}``: the address of one of our own files."""

from __future__ import annotations

from django import template

from queryscope.dashboard.assets import asset_url

register = template.Library()


@register.simple_tag
def queryscope_asset(path: str) -> str:
    """Return the address of the file ``path`` under ``static/queryscope``, with the version in it."""
    return asset_url(path)
