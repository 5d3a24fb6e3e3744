"""Where a query came from: the line that built it, what loaded it from which rows, the lines that ran it, its field."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from queryscope.dashboard.presentation.request.excerpt import Excerpt, excerpt
from queryscope.dashboard.presentation.request.stack import FrameRow, site_frame
from queryscope.profiler.trace import CallSite, Span, TemplateSite, Trace, Value
from queryscope.profiler.words import field_of, load_of, rows_of, steps


class Link(Value, frozen=True, kw_only=True):
    """A name, a value, and the number of the span to go to (``None`` where there is none); ``remark`` is set quietly."""

    name: str
    value: str
    remark: str = ""
    n: int | None = None


class Places(Value, frozen=True, kw_only=True):
    """Source lines under a heading, with the further ones as rows; ``remark`` is a function or says what is unknown."""

    title: str
    remark: str
    excerpts: tuple[Excerpt, ...]
    further: tuple[FrameRow, ...] = ()


class Provenance(Value, frozen=True, kw_only=True):
    """``loaded`` says how the ORM came to it, ``built`` where (``None`` where that is unknown), ``run`` what ran it."""

    loaded: tuple[Link, ...]
    built: Places | None
    run: Places


def provenance_of(span: Span, group: Sequence[Span], trace: Trace) -> Provenance:
    """Return where a span came from; ``group`` is its query group, whose rows it may have followed one by one."""
    together = _built_where_it_ran(span)
    title = "Built and run at" if together else "Run at"
    origins = span.origin.build_sites if span.origin else ()
    own = () if together else span.build_sites
    return Provenance(
        loaded=tuple(_loaded(span, group)),
        built=_built("Built at", own, trace) or _built("Its rows were built at", origins, trace),
        run=Places(title=title, remark=_ran(span), excerpts=_excerpts(span, trace)),
    )


def _loaded(span: Span, group: Sequence[Span]) -> Iterator[Link]:
    parents = {other.parent_row for other in group if other.parent_row is not None}
    words = load_of(span, len(parents))
    if words and (span.load != "queryset" or span.origin is not None):
        yield Link(name="Load", value=words[0].upper() + words[1:])
    if span.origin is not None:
        yield Link(name="From", value=rows_of(span.origin), n=span.origin.span)
    if span.field_site is not None:
        where = span.field_site
        place = f"{where.file}:{where.line}" if where.file and where.line else where.file or ""
        yield Link(name="Field", value=field_of(where), remark=place)


def _built(title: str, built: Sequence[CallSite], trace: Trace) -> Places | None:
    sites = steps(built)
    if not sites:
        return None
    first = excerpt(sites[0], trace)
    return Places(
        title=title,
        remark=sites[0].function,
        excerpts=(first,) if first else (),
        further=tuple(site_frame(site) for site in (sites[1:] if first else sites)),
    )


def _built_where_it_ran(span: Span) -> bool:
    ran = span.call_site
    return ran is not None and [(site.file, site.line) for site in steps(span.build_sites)] == [
        (ran.file, ran.line)
    ]


def _ran(span: Span) -> str:
    if span.template_site is not None and span.via_template:
        return "template"
    if span.call_site is not None:
        return span.call_site.function
    return "library code only" if span.stack else "no stack was recorded"


def _excerpts(span: Span, trace: Trace) -> tuple[Excerpt, ...]:
    """Return the source of both sites, the nearer one first; a note that holds for both stands once."""
    sites: list[CallSite | TemplateSite] = [
        site for site in (span.call_site, span.template_site) if site is not None
    ]
    ordered = reversed(sites) if span.via_template else sites
    found = [part for site in ordered if (part := excerpt(site, trace)) is not None]
    if len({part.note for part in found}) == 1:
        found = [*(replace(part, note="") for part in found[:-1]), found[-1]]
    return tuple(found)
