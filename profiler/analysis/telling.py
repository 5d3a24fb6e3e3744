"""Words that findings share: where a statement ran, where its queryset was built, how often, what a model is called."""

from __future__ import annotations

from collections.abc import Sequence

from queryscope.profiler.groups import nearest_site
from queryscope.profiler.trace import CallSite, Span, TemplateSite


def short(label: str | None) -> str:
    """Return a model without its app: ``Book`` of ``catalog.Book``."""
    return (label or "").rpartition(".")[2]


def place(span: Span) -> str:
    """Return where a statement ran: the template's line, else the application's, with the declared field if there is one."""
    site = nearest_site(span)
    if site is None:
        return "an unknown line"
    name = site.name if isinstance(site, TemplateSite) else site.label
    where = name if site.line is None else f"{name}:{site.line}"
    field = span.field_site
    return where if field is None else f"{where} (field {field.path} of {field.owner.rpartition('.')[2]})"


def built(sites: Sequence[CallSite]) -> str:
    """Return where a queryset was built, as the end of a sentence about it."""
    if not sites:
        return "a queryset whose line was not recorded"
    line = "" if sites[0].line is None else f":{sites[0].line}"
    return f"the queryset built in {sites[0].label}{line}"


def times(number: int) -> str:
    """Return how often, in words."""
    return "once" if number == 1 else f"{number:,} times"
