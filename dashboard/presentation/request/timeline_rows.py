"""One row of the timeline as a frozen value: a site, a query group inside a site, a query, or the ones left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from queryscope.dashboard.presentation.badges import Badge
from queryscope.dashboard.presentation.request import marks
from queryscope.dashboard.presentation.request.axis import Axis
from queryscope.dashboard.presentation.request.marks import Magnified, Mark
from queryscope.dashboard.presentation.request.sites import Site, site_of
from queryscope.dashboard.presentation.request.statement import Headline, headline, mark_of
from queryscope.profiler.groups import QueryGroup, SiteGroup, median_ms, slowest, whole_ms
from queryscope.profiler.trace import Span, Value
from queryscope.profiler.units import count, ms

SHOWN_WHOLE = 5
"""An open group of up to this many queries shows each; a larger one its first, the rest as one row, and its slowest."""
SHOWN_FIRST = 2


class Row(Value, frozen=True, kw_only=True):
    """A row. ``n`` is the span it stands for, or the slowest of its group: the one the drawer shows for it.

    ``times`` is how many queries it stands for, ``number`` what stands there where it is one. ``expanded`` is ``None`` for a row that has nothing to open; ``lazy`` says that its rows did not come with the page.
    ``found`` holds the ids of the findings that its queries prove.
    """

    id: str
    kind: str
    css: str
    level: int
    n: int
    parent: str = ""
    expanded: bool | None = None
    hidden: bool = False
    selected: bool = False
    lazy: bool = False
    site: Site | None = None
    headline: Headline | None = None
    remark: str = ""
    times: str = ""
    number: str = ""
    found: str = ""
    total: str = ""
    badges: tuple[Badge, ...] = ()
    marks: tuple[Mark, ...] = ()
    magnified: Magnified | None = None


def site_row(axis: Axis, site: SiteGroup, *, expanded: bool, selected: bool, lazy: bool) -> Row:
    """Return the row of a site, with all its spans on the axis."""
    spans = site.spans
    return Row(
        id=site.key,
        kind="site",
        css="",
        level=1,
        n=slowest(spans).n,
        expanded=expanded,
        selected=selected,
        lazy=lazy,
        site=site_of(site.first),
        times=_times(len(spans)),
        number="1",
        total=ms(site.total_ms),
        badges=_badges(spans),
        marks=marks.of_spans(axis, spans),
    )


def group_row(axis: Axis, group: QueryGroup, parent: str, *, expanded: bool, hidden: bool) -> Row:
    """Return the row of one query group of a site that ran several statements."""
    return Row(
        id=group.key,
        kind="group",
        css="q",
        level=2,
        n=slowest(group.spans).n,
        parent=parent,
        expanded=expanded,
        hidden=hidden,
        headline=headline(group.first),
        times=_times(len(group.spans)),
        number="1",
        total=ms(group.total_ms),
        badges=_badges(group.spans),
        marks=marks.of_spans(axis, group.spans),
    )


def query_row(
    axis: Axis, span: Span, *, parent: str = "", level: int = 2, hidden: bool = False, remark: str = ""
) -> Row:
    """Return the row of one query; its badge and its bar say when it changed something or failed."""
    css = "q q2" if level == 3 else "q"
    return Row(
        id=f"n{span.n}",
        kind="query",
        css=css,
        level=level,
        n=span.n,
        parent=parent,
        hidden=hidden,
        headline=headline(span),
        remark=remark,
        number="1",
        total=ms(whole_ms(span)),
        badges=_own_badges((span,)),
        marks=marks.of_span(axis, span),
    )


def group_rows(axis: Axis, group: QueryGroup, parent: str, *, level: int, hidden: bool) -> Iterator[Row]:
    """Yield the rows inside an open group: all, or the first ones, one for the rest, and the slowest."""
    spans = group.spans
    if len(spans) <= SHOWN_WHOLE:
        for span in spans:
            yield query_row(axis, span, parent=parent, level=level, hidden=hidden)
        return
    first, worst = spans[:SHOWN_FIRST], slowest(spans[SHOWN_FIRST:])
    for span in first:
        yield query_row(axis, span, parent=parent, level=level, hidden=hidden)
    rest = tuple(span for span in spans[SHOWN_FIRST:] if span.n != worst.n)
    yield _more_row(axis, group, rest, parent, level=level, hidden=hidden)
    yield query_row(axis, worst, parent=parent, level=level, hidden=hidden, remark="slowest")


def _more_row(
    axis: Axis, group: QueryGroup, rest: Sequence[Span], parent: str, *, level: int, hidden: bool
) -> Row:
    middle = median_ms([whole_ms(span) for span in group.spans])
    return Row(
        id=f"{group.key}-more",
        kind="more",
        css="q more" + (" q2" if level == 3 else ""),
        level=level,
        n=rest[0].n,
        parent=parent,
        expanded=False,
        hidden=hidden,
        remark=f"{count(len(rest))} more like these",
        total=ms(sum(map(whole_ms, rest))),
        magnified=marks.magnified(axis, group.spans, f"median {ms(middle)} ms"),
    )


def _times(number: int) -> str:
    return f"×\u2009{count(number)}" if number > 1 else ""


def _badges(spans: Sequence[Span]) -> tuple[Badge, ...]:
    inside = (Badge(css="", text="atomic"),) if any(span.transaction is not None for span in spans) else ()
    return (*_own_badges(spans), *inside)


def _own_badges(spans: Sequence[Span]) -> tuple[Badge, ...]:
    errors = (Badge(css="high", text="error"),) if any(span.error for span in spans) else ()
    words = dict.fromkeys(word for span in spans if (word := mark_of(span)))
    return (*errors, *(Badge(css="low", text=word) for word in words))
