"""query-in-template: code that a template calls builds and runs a statement that the view does not know of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import takewhile

from msgspec.structs import replace

from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.analysis.found import found
from queryscope.profiler.analysis.rule import Rule
from queryscope.profiler.analysis.severity import noticeable
from queryscope.profiler.analysis.stacks import callers
from queryscope.profiler.finding import Advice, Finding
from queryscope.profiler.groups import whole_ms
from queryscope.profiler.trace import CallSite, Frame, Span
from queryscope.profiler.units import plural

ID = "query-in-template"
_BUILT = frozenset({"queryset", "many", "raw"})
"""Loads that somebody wrote down; a relation that is followed once costs the same wherever it is read."""
_RIGHT = ("django/contrib/", "django/forms/", "django/core/cache/", "django/templatetags/cache.py")
"""Django's own tags and fields are no code of the application, and what runs inside ``{% cache %}`` runs seldom."""
_HANDED = ("django/utils/functional.py", "SimpleLazyObject")
_TAGS = "/templatetags/"
"""The folder in which Django looks for tags: no view builds a queryset there."""
_MANAGERS = ("Manager", "QuerySet", "Queryset")


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield one finding for each template line with the code that it called."""
    lines: dict[tuple[object, ...], list[Span]] = defaultdict(list)
    known: dict[tuple[object, ...], int | None] = {}
    for span in evidence.open:
        if span.kind != "select" or span.template_site is None or span.field_site is not None:
            continue
        # Statements of a loop share their places: one look is enough.
        same = (id(span.stack), id(span.template_site), id(span.build_sites), span.load, span.via_template)
        if same not in known:
            known[same] = _hidden(evidence, span)
        depth = known[same]
        if depth is not None:
            site, call = span.template_site, span.call_site
            tag = _of_tag(span) if span.via_template else None
            inside = (tag.file, tag.function) if tag else _called(span.stack[:depth])
            key = (site.file or site.name, site.line, call and not span.via_template and call.label, inside)
            lines[key].append(span)
    for spans in lines.values():
        yield _finding(evidence, spans)


def _hidden(evidence: Evidence, span: Span) -> int | None:
    """Return at which depth the template is rendered whose code runs a statement unknown to the view, else ``None``."""
    depth = callers.rendering(span)
    if depth is None or not _asked(span):
        return None
    inner, outer = span.stack[:depth], span.stack[depth:]
    around = takewhile(
        lambda frame: frame.library and not frame.label.startswith("django/core/handlers/"), outer
    )
    if any(frame.label.startswith(_RIGHT) for frame in (*inner, *around)) or _handed_over(inner):
        return None
    if span.via_template:
        return depth if _by_library(span, inner, outer) or _of_tag(span) else None
    return depth if _by_application(evidence, span, inner, outer) else None


def _asked(span: Span) -> bool:
    """Tell whether somebody wrote the query down; without the ORM's word for it, only a bare cursor is known to be that."""
    if span.load is None:
        return not any(frame.label.startswith("django/db/models/") for frame in span.stack)
    return span.load in _BUILT


def _handed_over(inner: tuple[Frame, ...]) -> bool:
    """Tell whether the template called what somebody made for it: a closure or a lazy object in its context."""
    own = [frame for frame in inner if not frame.library]
    closure = own and ("<locals>" in own[-1].function or "<lambda>" in own[-1].function)
    lazy = any(frame.label == _HANDED[0] and _HANDED[1] in frame.function for frame in inner)
    return bool(closure) or lazy


def _by_application(
    evidence: Evidence, span: Span, inner: tuple[Frame, ...], outer: tuple[Frame, ...]
) -> bool:
    own = [frame for frame in inner if not frame.library]
    known = {frame.file for frame in outer if not frame.library and frame.file.endswith(".py")}
    module = (evidence.trace.view or "").rpartition(".")[0].replace(".", "/")
    if not own or any(frame.file in known or (module and _is(frame, module)) for frame in own):
        return False
    if _by_variable(span, inner, own[-1]) and not _of_model(evidence, span, own[-1]):
        return False
    return span.load in {None, "raw", "many"} or _built_inside(span, own)


def _by_variable(span: Span, inner: tuple[Frame, ...], called: Frame) -> bool:
    """Tell whether a template found the code in its context; a tag or a filter it knows without that."""
    outer = inner[len(inner) - inner[::-1].index(called) :]
    caller = next((frame for frame in outer if frame.label != _HANDED[0]), None)
    if caller is None:  # called by the template itself: the node of a tag, or anything in Jinja2
        return not span.stack[len(inner)].library and bool(callers.class_of(called))
    return callers.method_of(caller) == "_resolve_lookup"


def _of_model(evidence: Evidence, span: Span, called: Frame) -> bool:
    """Tell whether code is a model's, which no view chooses; other objects in a context the view has made itself."""
    row = span.load == "many" and span.origin is not None
    return bool(callers.class_of(called)) and (row or callers.class_of(called) in callers.models(evidence))


def _is(frame: Frame, module: str) -> bool:
    """Tell whether a frame lies in a module or, of a view that is a method, in that of its class."""
    path = frame.label.removesuffix(".py").removesuffix("/__init__")
    return any(f"/{each}".endswith(f"/{path}") for each in (module, module.rpartition("/")[0]))


def _built_inside(span: Span, own: list[Frame]) -> bool:
    """Tell whether the queryset began in the code that the template called.

    The method of a manager is no beginning: who called it is, which is seen in the text of the line.
    """
    running = {(frame.file, frame.function) for frame in own}
    begun = next((site for site in span.build_sites if not _of_manager(site)), None)
    if begun is not None:
        return (begun.file, begun.function) in running
    text = (span.call_site and span.call_site.source) or ""
    return any(f".{site.function.rpartition('.')[2]}(" in text for site in span.build_sites)


def _of_manager(site: CallSite) -> bool:
    return site.function.rpartition(".")[0].endswith(_MANAGERS)


def _by_library(span: Span, inner: tuple[Frame, ...], outer: tuple[Frame, ...]) -> bool:
    """Tell whether a tag of an installed package built the query: the view was already waiting in its own line."""
    # Nearer to the statement than the ORM are only those who wrap its cursors, such as a toolbar.
    orm = next((at for at in range(len(inner), 0, -1) if inner[at - 1].label.startswith("django/db/")), 0)
    packages = [
        frame for frame in inner[orm:] if not frame.label.startswith(("django/", "jinja2/", "asgiref/"))
    ]
    if not packages or any(not frame.library for frame in packages) or span.load != "queryset":
        return False
    waiting = {(frame.file, frame.line, frame.column, frame.end_column) for frame in outer}
    return all((site.file, site.line, site.column, site.end_column) in waiting for site in span.build_sites)


def _of_tag(span: Span) -> CallSite | None:
    """Return where a tag of the application built what its template, or the one that used it, went through later."""
    begun = next((site for site in span.build_sites if not _of_manager(site)), None)
    return begun if begun is not None and _TAGS in begun.file.replace("\\", "/") else None


def _called(inner: tuple[Frame, ...]) -> tuple[str, str]:
    """Return file and function of the code that the template called."""
    own = [frame for frame in inner if not frame.library]
    others = [frame for frame in inner if not frame.label.startswith("django/")]
    frame = (own or others or list(inner))[-1]
    return frame.file, frame.function


def _finding(evidence: Evidence, spans: list[Span]) -> Finding:
    first = spans[0]
    site = first.template_site
    assert site is not None
    tag = _of_tag(first) if first.via_template else None
    function = tag.function if tag else _called(first.stack[: callers.rendering(first)])[1]
    packaged = first.via_template and tag is None
    cost = sum(map(whole_ms, spans))
    line = f"{site.name}:{site.line}" if site.line else site.name
    finding = found(
        evidence,
        ID,
        spans,
        title=f"{function} asks the database while {site.name} is rendered",
        why=(
            f"Line {line} calls {function}, which ran {plural(len(spans), 'query', 'queries')}. The view does not know of it: nobody "
            "who reads the view sees the cost, and every page that uses the line pays it."
        ),
        model=first.model,
        relation=first.relation,
        advice=_OF_LIBRARY if packaged else _ADVICE,
        level="info" if packaged else "medium" if noticeable(cost, evidence.trace) else "low",
    )
    return replace(finding, template_site=site)


_ADVICE = Advice(
    summary="Fetch the rows in the view and hand them to the template in its context.",
    alternatives=(
        "Where many pages show it, keep the output: {% cache %} around the line, or the rows in the cache.",
    ),
)
_OF_LIBRARY = Advice(
    summary="The tag belongs to a package. Put {% cache %} around it where its output may be a little old.",
)

RULE = Rule(
    id=ID,
    badge="TPL",
    name="Query in a template",
    summary="A template tag or a model's method that a template calls runs a query that the view does not know of.",
    find=find,
)
