"""Where a statement came from, for the command line: its nearest place, and every place that is known."""

from __future__ import annotations

from collections.abc import Iterator

from queryscope.profiler.groups import nearest_site
from queryscope.profiler.management.text import cut, one_line
from queryscope.profiler.trace import CallSite, Frame, Span, TemplateSite
from queryscope.profiler.words import field_of, load_of, rows_of, steps

DETAIL_CHARS = 60
PLACE_CHARS = 120
CHANGED = ", the file had changed since it was loaded"


def nearest(span: Span) -> str:
    """Return the place that the statement is grouped under: template line, application line, or the library's."""
    site = nearest_site(span)
    if site is None:
        return "no stack recorded"
    return _template(site) if isinstance(site, TemplateSite) else _call(site)


def sites(span: Span) -> Iterator[str]:
    """Yield what is known: template site with the way it was included, field, call site, build sites, how it was loaded."""
    if span.template_site is not None:
        yield f"template {_template(span.template_site)}"
        for line in span.template_site.chain:
            yield f"    from {_place(line.name, line.line)}"
    if span.call_site is not None:
        yield f"called at {_call(span.call_site)}"
    elif span.template_site is None:
        yield f"called at {nearest(span)}"
    if span.field_site is not None:
        yield one_line(f"for {field_of(span.field_site)}", PLACE_CHARS)
    yield from _built(span)


def _built(span: Span) -> Iterator[str]:
    """Yield where the queryset was built; for rows that a relation led from, where those came from."""
    for number, site in enumerate(steps(span.build_sites)):
        yield f"{'then' if number else 'built'} at {_call(site)}"
    if span.load not in (None, "queryset"):
        yield one_line(load_of(span), PLACE_CHARS)
    if span.origin is not None:
        fetched = f", statement no. {span.origin.span}" if span.origin.span is not None else ""
        yield one_line(f"from {rows_of(span.origin)}{fetched}", PLACE_CHARS)
        for site in span.origin.build_sites[:1]:
            yield f"    built at {_call(site)}"


def _template(site: TemplateSite) -> str:
    text = f"{_place(site.name, site.line)}  {one_line(site.source or '', DETAIL_CHARS)}".rstrip()
    return text + CHANGED if site.source_changed else text


def _call(site: CallSite | Frame) -> str:
    changed = CHANGED if isinstance(site, CallSite) and site.source_changed else ""
    return f"{_place(site.label, site.line)}  {one_line(site.function, DETAIL_CHARS)}{changed}"


def _place(name: str, line: int | None) -> str:
    return cut(one_line(name, PLACE_CHARS) + ("" if line is None else f":{line}"), PLACE_CHARS)
