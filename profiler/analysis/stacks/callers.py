"""Reads in the stack of a statement who called whom: rendering, context processors, middlewares, the text form of a row."""

from __future__ import annotations

from collections.abc import Sequence

from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.trace import Frame, Span

_THREADS = ("asgiref/", "asyncio/", "concurrent/", "contextlib.py", "threading.py")
"""What carries a call from one thread or task to another stands between caller and callee."""
_JINJA = "django/template/backends/jinja2.py"
_BINDS = frozenset({"bind_template", "_request_context_bind_template"})
"""Where Django calls context processors, also as the toolbar replaces it."""
_BINDING = tuple(_BINDS)
_HANDLERS = ("django/core/handlers/", "django/utils/deprecation.py")
_HOOKS_OF_MIDDLEWARE = frozenset({"process_view", "process_template_response", "process_exception"})
_TEXT_FORMS = frozenset({"__str__", "__repr__", "__html__"})


def method_of(frame: Frame) -> str:
    """Return the last part of a frame's function: ``get`` of ``BookList.get``."""
    return frame.function.rpartition(".")[2]


def class_of(frame: Frame) -> str:
    """Return the class that a method's frame names, empty for a plain function."""
    return frame.function.rpartition(".")[0].rpartition(".")[2]


def models(evidence: Evidence) -> frozenset[str]:
    """Return the names of the model classes that a trace tells of, without their applications."""
    labels = {span.model for span in evidence.spans} | {each.model for each in evidence.trace.relations}
    labels |= {span.origin.model for span in evidence.spans if span.origin is not None}
    return frozenset(label.rpartition(".")[2] for label in labels if label)


def within(stack: Sequence[Frame], outer: Frame) -> Sequence[Frame]:
    """Return the frames that lie nearer to the statement than ``outer``, which is one of ``stack``."""
    return stack[: next(index for index, frame in enumerate(stack) if frame is outer)]


def text_form(stack: Sequence[Frame]) -> Frame | None:
    """Return the ``__str__``, ``__repr__`` or ``__html__`` that asked, with no library between it and who asked."""
    found = False
    for frame in stack:
        if frame.library and found:
            return None
        if not frame.library:
            found = True
            if method_of(frame) in _TEXT_FORMS:
                return frame
    return None


def context_processor(stack: Sequence[Frame]) -> Frame | None:
    """Return the application's context processor that was running, if one was."""
    for index, frame in enumerate(stack):
        # The ends first: taking every name of a deep stack apart would cost more than all the rest.
        binds = frame.function.endswith(_BINDING) and method_of(frame) in _BINDS
        if frame.library and (binds or frame.label == _JINJA):
            inner = stack[index - 1] if index else frame
            return None if inner.library or not inner.file.endswith(".py") else inner
    return None


def middleware(stack: Sequence[Frame]) -> Frame | None:
    """Return the application's middleware that was running by itself; one that waits for the view is not."""
    for index, frame in enumerate(stack):
        if frame.label.startswith(_HANDLERS):
            inner = _callee(stack[:index])
            return inner if inner is not None and _runs_middleware(frame, inner) else None
    return None


def rendering(span: Span) -> int | None:
    """Return at which depth of the stack the nearest template line is rendered, ``None`` where none is."""
    site = span.template_site
    if site is None:
        return None
    files = {site.file or site.name, *(line.file or line.name for line in site.chain)}
    for index, frame in enumerate(span.stack):
        django = frame.label == "django/template/base.py" and method_of(frame) == "render_annotated"
        jinja = frame.file in files and not frame.file.endswith(".py")
        if django or jinja:
            return index
    return None


def _callee(inner: Sequence[Frame]) -> Frame | None:
    """Return the outermost frame that is not part of how threads and tasks hand over; ``None`` for a library's."""
    called = next((frame for frame in reversed(inner) if not frame.label.startswith(_THREADS)), None)
    return None if called is None or called.library else called


def _runs_middleware(handler: Frame, called: Frame) -> bool:
    if handler.label == "django/core/handlers/base.py":
        return "." in called.function and method_of(called) in _HOOKS_OF_MIDDLEWARE
    if handler.label == "django/core/handlers/exception.py":
        return method_of(handler) == "inner"
    return handler.label == "django/utils/deprecation.py"
