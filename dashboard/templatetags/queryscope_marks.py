"""``{{ row.marks|rectangles }}``: the rectangles of a bar, without a lookup for each of what may be a thousand."""

from __future__ import annotations

from collections.abc import Iterable

from django import template
from django.utils.safestring import SafeString, mark_safe

from queryscope.dashboard.presentation.request.axis import percent
from queryscope.dashboard.presentation.request.marks import SEEN, Mark

LEAST = percent(SEEN)

register = template.Library()


@register.filter
def rectangles(marks: Iterable[Mark]) -> SafeString:
    """Return the marks as SVG; they hold names of classes and numbers of our own, nothing that was recorded.

    The style sheet has the least width: most marks of a page of 1,000 queries are no wider.
    """
    return mark_safe("".join(map(_rectangle, marks)))


def _rectangle(mark: Mark) -> str:
    width = "" if mark.width == LEAST else f' width="{mark.width}"'
    return f'<rect class="{mark.css}" x="{mark.x}"{width}/>'
