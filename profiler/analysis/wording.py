"""Words that findings share: where a statement ran, where its queryset was built, how often, what a model is called."""

from __future__ import annotations

from queryscope.profiler.analysis.stacks import asking
from queryscope.profiler.trace import CallSite, Span


def short(label: str | None) -> str:
    """Return a model without its app: ``Book`` of ``catalog.Book``."""
    return (label or "").rpartition(".")[2]


def place(span: Span) -> str:
    """Return where a statement ran, with the declared field if there is one."""
    field = span.field_site
    where = asking.place(span)
    return where if field is None else f"{where} (field {field.path} of {field.owner.rpartition('.')[2]})"


def built(site: CallSite | None) -> str:
    """Return where a queryset was built, as the end of a sentence about it."""
    if site is None:
        return "a queryset whose line was not recorded"
    return f"the queryset built in {site.label}" + (f":{site.line}" if site.line else "")


def times(number: int) -> str:
    """Return how often, in words."""
    return "once" if number == 1 else f"{number:,} times"
