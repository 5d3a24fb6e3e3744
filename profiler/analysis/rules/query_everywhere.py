"""query-everywhere: statements from the text form of a model, a context processor or a middleware, which every page pays for."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from queryscope.profiler.analysis.advice import eager, edited
from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.analysis.found import found
from queryscope.profiler.analysis.rule import Rule
from queryscope.profiler.analysis.stacks import callers
from queryscope.profiler.finding import Advice, Finding
from queryscope.profiler.trace import CallSite, Frame, Span
from queryscope.profiler.units import plural

ID = "query-everywhere"
_LOADABLE = frozenset({"forward", "reverse", "generic"})
"""Loads that a fix of the queryset spares; what a manager is asked may be filtered or counted."""
_FOLLOWED = frozenset({"forward", "reverse", "many", "generic"})
_NOT_OURS = ("django/contrib/", "django/core/cache/")
"""What these run inside a middleware is Django's own: the user, the session, an answer on its way into a cache."""


class _Asking(NamedTuple):
    """What a stack tells: the text form that ran, the context processor or middleware that ran by itself."""

    text: Frame | None
    around: tuple[str, Frame] | None


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield one finding for each text form with its queryset, each context processor, each middleware."""
    printed: dict[tuple[object, ...], list[tuple[Span, Frame]]] = defaultdict(list)
    around: dict[tuple[str, str, str], list[Span]] = defaultdict(list)
    models = callers.models(evidence)
    loops = _loops(evidence.open)
    known: dict[int, _Asking] = {}
    for span in evidence.open:
        if span.kind != "select":
            continue
        # Statements of a loop share their stack: one look is enough.
        asking = known.get(id(span.stack)) or known.setdefault(id(span.stack), _asking(span.stack))
        if asking.text is not None and _of_model(span, asking.text, models):
            printed[asking.text.file, asking.text.function, _root(span)].append((span, asking.text))
        elif asking.around is not None and _relation(span) not in loops:
            what, frame = asking.around
            around[what, frame.file, frame.function].append(span)
    for pairs in printed.values():
        yield _printing(evidence, [span for span, _ in pairs], pairs[0][1])
    for (what, _, function), spans in around.items():
        yield _surrounding(evidence, spans, what, function)


def _loops(spans: Sequence[Span]) -> frozenset[tuple[object, ...]]:
    """Return the relations that were followed more than once: a loop inside a middleware is another rule's."""
    followed = Counter(_relation(span) for span in spans if span.load in _FOLLOWED and span.origin)
    return frozenset(relation for relation, times in followed.items() if times > 1)


def _relation(span: Span) -> tuple[object, ...]:
    return (span.origin.root if span.origin else span.n, span.relation)


def _root(span: Span) -> CallSite | None:
    """Return the line in which the queryset of the printed row was built."""
    return span.origin.build_sites[0] if span.origin and span.origin.build_sites else None


def _of_model(span: Span, frame: Frame, models: frozenset[str]) -> bool:
    """Tell whether a text form is a model's; a column that was left out by ``only()`` is not its fault."""
    followed = span.load in _FOLLOWED and span.origin is not None
    return span.load != "deferred" and (followed or callers.class_of(frame) in models)


def _asking(stack: Sequence[Frame]) -> _Asking:
    """Return what in a stack is called everywhere, where Django did not ask on its own account inside it."""
    text = callers.text_form(stack)
    if text is not None and not _ours(stack, text):
        text = None
    for what, frame in (
        ("context processor", callers.context_processor(stack)),
        ("middleware", callers.middleware(stack)),
    ):
        if frame is not None:
            return _Asking(text, (what, frame) if _ours(stack, frame) else None)
    return _Asking(text, None)


def _ours(stack: Sequence[Frame], outer: Frame) -> bool:
    return not any(frame.label.startswith(_NOT_OURS) for frame in callers.within(stack, outer))


def _printing(evidence: Evidence, spans: list[Span], frame: Frame) -> Finding:
    first = spans[0]
    path = _path(first)
    rows = "for each row" if len(spans) > 1 else "for a row"
    return found(
        evidence,
        ID,
        spans,
        title=f"{frame.function} asks the database {rows}",
        why=(
            f"{frame.function} ran {plural(len(spans), 'query', 'queries')}. Whatever prints such a row pays for it: templates, the "
            "admin, choice fields, log lines."
        ),
        model=first.origin.model if first.origin else first.model,
        relation=first.relation,
        path=path,
        build_site=edited(evidence, first.origin) if first.origin else None,
        advice=_text_advice(evidence, spans, frame),
    )


def _path(span: Span) -> str | None:
    """Return the way from the queryset's rows to what was loaded, as lookups are written."""
    if span.origin is None or span.relation is None:
        return None
    return f"{span.origin.path}__{span.relation}" if span.origin.path else span.relation


def _text_advice(evidence: Evidence, spans: list[Span], frame: Frame) -> Advice:
    paths = sorted({path for span in spans if (path := _path(span)) is not None})
    lighter = f"Let {frame.function} use only columns of its own row."
    origin = spans[0].origin
    if len(spans) == 1 or origin is None or any(span.load not in _LOADABLE for span in spans):
        return Advice(summary=lighter, where=f"{frame.label}:{frame.line}" if frame.line else frame.label)
    advice = eager(evidence, origin, paths)
    field = spans[0].field_site
    if field is not None and field.kind == "form" and advice.diff is None:
        # The class body built it when it was imported: no line of the request is the one to change.
        advice = replace(advice, where=f"the queryset of the field {field.path} of {field.owner}")
    return replace(advice, alternatives=(lighter, *advice.alternatives))


def _surrounding(evidence: Evidence, spans: list[Span], what: str, function: str) -> Finding:
    every = "page that renders a template" if what == "context processor" else "request that passes it"
    cold = " This was the first request of its kind in the process: a cache may have been empty."
    return found(
        evidence,
        ID,
        spans,
        title=f"The {what} {function} asks the database on every {every.split(' that ')[0]}",
        why=(
            f"{function} ran {plural(len(spans), 'query', 'queries')}, and does so for every {every}, whether the answer is "
            f"needed or not.{cold if evidence.trace.cold else ''}"
        ),
        model=spans[0].model,
        advice=_CONTEXT if what == "context processor" else _MIDDLEWARE,
    )


_CONTEXT = Advice(
    summary=(
        "Return a function, or a SimpleLazyObject, that asks when a template reads the value; pages that do not show it "
        "then ask nothing."
    ),
    alternatives=(
        "Keep the answer in the cache, the session or a cookie, and change it when the data changes.",
        "Ask in the views whose pages show it.",
    ),
)
_MIDDLEWARE = Advice(
    summary="Ask when the value is first used: hang a SimpleLazyObject on the request, as request.user is one.",
    alternatives=(
        "Keep the answer in the cache, and change it when the data changes.",
        "Turn the middleware into a decorator of the views that need it.",
    ),
)

RULE = Rule(
    id=ID,
    badge="ALL",
    name="Query on every page",
    summary="The text form of a model, a context processor or a middleware asks the database, whatever page is shown.",
    find=find,
    explains=True,
)
