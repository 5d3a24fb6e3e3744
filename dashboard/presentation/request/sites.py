"""Where a span is shown to come from: the template line, else the application's line, else the library's."""

from __future__ import annotations

from queryscope.profiler.groups import nearest_site
from queryscope.profiler.trace import CallSite, Frame, Span, TemplateSite, Value

LABEL_CHARS = 38
LIBRARY_CHARS = 29
SHORT_CHARS = 20
"""Longer paths lose their first folders: the file and the line are what one looks for."""


class Site(Value, frozen=True, kw_only=True):
    """``path`` fits the column, ``short`` (with the line) half of it, ``full`` is the whole.

    ``detail`` is a function or the text of a template tag.

    ``library`` is true where no line of the application took part.
    """

    path: str
    short: str
    full: str
    line: str
    detail: str
    library: bool = False
    template: bool = False

    def __str__(self) -> str:
        return self.full + self.line


_NO_STACK = "no stack recorded"
NOWHERE = Site(path=_NO_STACK, short=_NO_STACK, full=_NO_STACK, line="", detail="", library=True)


def site_of(span: Span) -> Site:
    """Return the place a span is shown under: the site that it is grouped under, in words."""
    match nearest_site(span):
        case TemplateSite() as site:
            return _site(site.name, site.line, (site.source or "").strip(), template=True)
        case CallSite() as call:
            return _site(call.label, call.line, call.function)
        case Frame() as frame:
            return _site(frame.label, frame.line, _role(frame, span.stack), library=True)
    return NOWHERE


def short_path(path: str, limit: int = LABEL_CHARS) -> str:
    """Return the end of a path that fits ``limit`` characters, cut at a folder where one fits."""
    if len(path) <= limit:
        return path
    tail = path[-(limit - 1) :]
    folder = tail.find("/")
    return "…" + (tail[folder:] if 0 <= folder < len(tail) - 1 else tail)


def _site(
    label: str, line: int | None, detail: str, *, library: bool = False, template: bool = False
) -> Site:
    text = "" if line is None else f":{line}"
    shown = label.removeprefix("django/") if library else label
    return Site(
        path=short_path(shown, (LIBRARY_CHARS if library else LABEL_CHARS) - len(text)),
        short=short_path(shown, SHORT_CHARS - len(text)) + text,
        full=label,
        line=text,
        detail=detail,
        library=library,
        template=template,
    )


def _role(asked: Frame, stack: tuple[Frame, ...]) -> str:
    return "middleware" if "middleware" in asked.label or _ran_in_middleware(stack) else asked.function


def _ran_in_middleware(stack: tuple[Frame, ...]) -> bool:
    """Tell whether a middleware did it itself, and did not only call the view that did."""
    functions = (frame.function.rpartition(".")[2] for frame in stack if "middleware" in frame.label)
    return any(function in {"process_request", "process_response", "process_view"} for function in functions)
