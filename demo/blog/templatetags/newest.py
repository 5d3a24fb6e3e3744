"""A side column that fetches its own data while the page renders."""

from __future__ import annotations

from typing import Any

from django import template

from demo.blog.models import Post

register = template.Library()


@register.inclusion_tag("blog/_newest.html")
def newest_posts(count: int) -> dict[str, Any]:
    """Show the ``count`` newest posts."""
    return {"newest": list(Post.objects.only("title", "slug").order_by("-published_at", "-id")[:count])}
