"""Where a statement came from, for the command line: its nearest place, and every place that is known."""

from __future__ import annotations

from collections.abc import Iterator

from queryscope.profiler.groups import nearest_site
from queryscope.profiler.management.text import cut, one_line
from queryscope.profiler.trace import CallSite, Frame, Span, TemplateSite

DETAIL_CHARS = 60
PLACE_CHARS = 120


def nearest(span: Span) -> str:
    """Return the place that the statement is grouped under: template line, application line, or the library's."""
    site = nearest_site(span)
    if site is None:
        return "no stack recorded"
    return _template(site) if isinstance(site, TemplateSite) else _call(site)


def sites(span: Span) -> Iterator[str]:
    """Yield the template site with the way it was included, and the call site, as far as they are known."""
    if span.template_site is not None:
        yield f"template {_template(span.template_site)}"
        for line in span.template_site.chain:
            yield f"    from {_place(line.name, line.line)}"
    if span.call_site is not None:
        yield f"called at {_call(span.call_site)}"
    elif span.template_site is None:
        yield f"called at {nearest(span)}"


def _template(site: TemplateSite) -> str:
    return f"{_place(site.name, site.line)}  {one_line(site.source or '', DETAIL_CHARS)}".rstrip()


def _call(site: CallSite | Frame) -> str:
    return f"{_place(site.label, site.line)}  {one_line(site.function, DETAIL_CHARS)}"


def _place(name: str, line: int | None) -> str:
    return cut(one_line(name, PLACE_CHARS) + ("" if line is None else f":{line}"), PLACE_CHARS)
