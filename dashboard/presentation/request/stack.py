"""The stack of a query as rows, innermost first: the application's frames, the template's, and the folded rest."""

from __future__ import annotations

from queryscope.dashboard.presentation.request.sites import short_path
from queryscope.profiler.trace import CallSite, Frame, Span, TemplateSite, Value
from queryscope.profiler.units import plural

LOCATION_CHARS = 34


class FrameRow(Value, frozen=True, kw_only=True):
    """``function`` and where it stands; ``title`` is the whole path."""

    function: str
    location: str
    title: str
    library: bool


class Stack(Value, frozen=True, kw_only=True):
    """All rows, how to unfold those of libraries (empty where there are none), and what was cut."""

    rows: tuple[FrameRow, ...]
    unfold: str
    note: str


def stack_of(span: Span, limit: int) -> Stack:
    """Return the stack of a span with its template chain in front; ``limit`` is MAX_STACK_FRAMES."""
    frames = tuple(_frame(frame) for frame in span.stack)
    folded = sum(frame.library for frame in frames)
    note = f"Outer frames are left out: MAX_STACK_FRAMES is {limit}." if span.stack_truncated else ""
    return Stack(
        rows=(*_template_rows(span.template_site), *frames),
        unfold=f"Show {plural(folded, 'library frame')}" if folded else "",
        note=note,
    )


def _template_rows(site: TemplateSite | None) -> tuple[FrameRow, ...]:
    """Return the template node that ran the query and the nodes that included or extended it, outwards."""
    if site is None:
        return ()
    inner = _template("render", site.name, site.line, site.source)
    return (inner, *(_template("from", line.name, line.line, line.source) for line in site.chain))


def _template(verb: str, name: str, line: int | None, source: str | None) -> FrameRow:
    where = "" if line is None else f"line {line}"
    title = f"{name} {where}".strip()
    return FrameRow(
        function=f"{verb} {name}",
        location=where,
        title=f"{title}: {source.strip()}" if source else title,
        library=False,
    )


def site_frame(site: CallSite) -> FrameRow:
    """Return a line of the application as a row: its text where it was kept, else its function, and where it stands."""
    said = (site.source or "").strip() or site.function
    changed = " (file changed since it was loaded)" if site.source_changed else ""
    return _row(said + changed, site.label, site.line, library=False)


def _frame(frame: Frame) -> FrameRow:
    return _row(frame.function, frame.label, frame.line, library=frame.library)


def _row(function: str, label: str, number: int | None, *, library: bool) -> FrameRow:
    line = "" if number is None else f":{number}"
    return FrameRow(
        function=function,
        location=short_path(label, LOCATION_CHARS - len(line)) + line,
        title=label + line,
        library=library,
    )
