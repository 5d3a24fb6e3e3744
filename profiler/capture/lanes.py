"""Names the Python of a request by what runs: view, middleware, routing, templates, serializers. Never a hook a row.

The chain of middlewares stays as Django built it, and no frame of ours stands below a view. When the view begins and
ends is read from what Django's handler calls right before and after it; of a middleware its ``process_request`` and
``process_response`` are timed. One that has neither shows within the whole of all middlewares only.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterator
from contextvars import ContextVar
from functools import partial, wraps
from inspect import getfullargspec, isfunction
from time import perf_counter_ns
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.core.handlers.base import BaseHandler
from django.template.backends.django import Template

from queryscope.profiler.capture import guard
from queryscope.profiler.capture.patching import loaded, patch
from queryscope.profiler.capture.raw import RawLane
from queryscope.profiler.capture.recorder import Recorder, active

LEAST_NS = 100_000
"""A stretch shorter than this can be seen in no picture, and names no time worth a row."""

_open: ContextVar[frozenset[str]] = ContextVar("queryscope_lanes", default=frozenset())
"""Names of the stretches that are going on in this thread or task: inside one, another of its name is part of it."""
_done: set[str] = set()


class TimedProperty(property):
    """A property that can say what it replaced."""

    queryscope_wraps: property


def install() -> Collection[str]:
    """Hook what is loaded by now, and what was loaded since the last time; return the modules that it waits for."""
    for module, hook in _HOOKS.items():
        if module not in _done and loaded(module):
            _done.add(module)
            try:
                hook(sys.modules[module])
            except Exception:
                guard.report("the naming of Python time")
    return _HOOKS.keys() - _done


def uninstall() -> None:
    """Forget what was hooked; the originals are put back with all others."""
    _done.clear()


def timed(name: str, label: Callable[[Any], str], original: Callable[..., Any]) -> Any:
    """Return ``original``, a method, so that its outermost calls are lanes called ``name``, labelled by its object."""

    @wraps(original)
    def timed(self: Any, *args: Any, **kwargs: Any) -> Any:
        recorder = active.get()
        if recorder is None or name in (outer := _open.get()):
            return original(self, *args, **kwargs)
        token = _open.set(outer | {name})
        start = perf_counter_ns()
        try:
            return original(self, *args, **kwargs)
        finally:
            end = perf_counter_ns()
            _open.reset(token)
            if end - start >= LEAST_NS:
                _keep(recorder, name, label, self, start, end)

    return timed


def _keep(recorder: Recorder, name: str, label: Callable[[Any], str], of: Any, start: int, end: int) -> None:
    try:
        recorder.lane(name, label(of), start, end)
    except Exception:
        guard.report("the name of a stretch of Python")


def _handler(module: Any) -> None:
    patch(BaseHandler, "load_middleware", _loads)
    patch(BaseHandler, "resolve_request", partial(timed, "routing", lambda _: "routing"))
    patch(BaseHandler, "make_view_atomic", _begins)
    patch(BaseHandler, "check_response", _ends)
    patch(BaseHandler, "process_exception_by_middleware", _fails)
    patch(Template, "render", partial(timed, "template", _template))
    _tell_apart()


def _jinja2(module: Any) -> None:
    patch(module.Template, "render", partial(timed, "template", _template))


def _serializers(module: Any) -> None:
    patch(module.BaseSerializer, "data", _property("serializer", _serializer))
    patch(module.BaseSerializer, "is_valid", partial(timed, "serializer", _validation))
    patch(module.ListSerializer, "is_valid", partial(timed, "serializer", _validation))


def _responses(module: Any) -> None:
    patch(module.Response, "rendered_content", _property("renderer", _renderer))


_HOOKS: dict[str, Callable[[Any], None]] = {
    "django.core.handlers.base": _handler,
    "django.template.backends.jinja2": _jinja2,
    "rest_framework.serializers": _serializers,
    "rest_framework.response": _responses,
}


def _begins(original: Callable[..., Any]) -> Any:
    @wraps(original)
    def make_view_atomic(self: Any, view: Any) -> Any:
        recorder = active.get()
        if (
            recorder is not None and recorder.view is None
        ):  # else a view that another one requests, as a test client does
            recorder.view, recorder.view_start = view, perf_counter_ns()
        return original(self, view)

    return make_view_atomic


def _ends(original: Callable[..., Any]) -> Any:
    @wraps(original)
    def check_response(self: Any, response: Any, callback: Any, name: str | None = None) -> Any:
        recorder = active.get()
        if recorder is not None and callback is recorder.view and name is None:
            recorder.view_end = perf_counter_ns()
        return original(self, response, callback, name)

    return check_response


def _fails(original: Callable[..., Any]) -> Any:
    @wraps(original)
    def process_exception_by_middleware(self: Any, exception: Any, request: Any) -> Any:
        own: Recorder | None = getattr(request, "queryscope_recorder", None)
        if own is not None and own is active.get() and not own.view_end:
            own.view_end = perf_counter_ns()
        return original(self, exception, request)

    return process_exception_by_middleware


def _loads(original: Callable[..., Any]) -> Any:
    @wraps(original)
    def load_middleware(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return original(self, *args, **kwargs)
        finally:
            try:
                _tell_apart()
            except Exception:
                guard.report("the telling apart of middlewares")

    return load_middleware


def _tell_apart() -> None:
    """Time both halves of each middleware that has halves; nothing is imported for that."""
    for path in settings.MIDDLEWARE:
        module, _, name = path.rpartition(".")
        middleware = getattr(sys.modules.get(module), "__dict__", {}).get(name)
        if isinstance(middleware, type):
            for owner, half in _halves(middleware):
                patch(owner, half, _half)


def _half(original: Callable[..., Any]) -> Any:
    """Return ``original`` timed with less ado than ``timed``: a request passes a dozen of these.

    Written as Django writes it, it is called without packing arguments, which takes longer than all the rest.
    """
    names, *special = getfullargspec(original)[:5]
    wrap = _any_half if any(special) else _HALVES.get(tuple(names), _any_half)
    return wraps(original)(wrap(original))


def _request_half(original: Callable[..., Any]) -> Any:
    def half(self: Any, request: Any) -> Any:
        recorder = active.get()
        if recorder is None:
            return original(self, request)
        start = perf_counter_ns()
        try:
            return original(self, request)
        finally:
            end = perf_counter_ns()
            if end - start >= LEAST_NS:
                _keep_half(recorder, self, start, end)

    return half


def _response_half(original: Callable[..., Any]) -> Any:
    def half(self: Any, request: Any, response: Any) -> Any:
        recorder = active.get()
        if recorder is None:
            return original(self, request, response)
        start = perf_counter_ns()
        try:
            return original(self, request, response)
        finally:
            end = perf_counter_ns()
            if end - start >= LEAST_NS:
                _keep_half(recorder, self, start, end)

    return half


def _any_half(original: Callable[..., Any]) -> Any:
    def half(self: Any, *args: Any, **kwargs: Any) -> Any:
        recorder = active.get()
        if recorder is None:
            return original(self, *args, **kwargs)
        start = perf_counter_ns()
        try:
            return original(self, *args, **kwargs)
        finally:
            end = perf_counter_ns()
            if end - start >= LEAST_NS:
                _keep_half(recorder, self, start, end)

    return half


_HALVES = {("self", "request"): _request_half, ("self", "request", "response"): _response_half}


def _keep_half(recorder: Recorder, middleware: Any, start: int, end: int) -> None:
    """Keep a half in the place of the one that it called, if it overrides another."""
    try:
        label, lanes = type(middleware).__name__, recorder.lanes
        if lanes and lanes[-1].start >= start and lanes[-1][:2] == ("middleware", label):
            lanes[-1] = RawLane("middleware", label, start, end)
        else:
            recorder.lane("middleware", label, start, end)
    except Exception:
        guard.report("the name of a stretch of Python")


def _halves(middleware: type) -> Iterator[tuple[type, str]]:
    for half in ("process_request", "process_response"):
        owner = next((each for each in middleware.__mro__ if half in each.__dict__), None)
        if (
            owner is not None
            and isfunction(owner.__dict__[half])
            and not iscoroutinefunction(owner.__dict__[half])
        ):
            yield owner, half


def _property(name: str, label: Callable[[Any], str]) -> Callable[[Any], TimedProperty]:
    def wrap(original: Any) -> TimedProperty:
        return TimedProperty(
            timed(name, label, original.fget), original.fset, original.fdel, original.__doc__
        )

    return wrap


def _template(of: Any) -> str:
    return of.template.name or "made from a string"


def _serializer(of: Any) -> str:
    child = getattr(of, "child", None)
    return type(of).__name__ if child is None else f"{type(child).__name__}(many=True)"


def _validation(of: Any) -> str:
    return f"{_serializer(of)}.is_valid"


def _renderer(of: Any) -> str:
    return type(of.accepted_renderer).__name__
