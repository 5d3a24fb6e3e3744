"""The scope that everybody installs: one trace for each HTTP request, sync and async, streaming bodies included."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache, partial
from sys import exc_info, modules
from time import perf_counter_ns
from types import CodeType
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.conf import settings
from django.core.signals import got_request_exception
from django.http import HttpRequest, HttpResponseBase
from django.urls import NoReverseMatch, Resolver404, ResolverMatch, get_script_prefix, resolve, reverse
from django.utils.translation import get_language

from queryscope.profiler import pipeline
from queryscope.profiler.capture import guard
from queryscope.profiler.capture.hooks import describe_error
from queryscope.profiler.capture.recorder import Recorder, activate, active, deactivate
from queryscope.profiler.capture.request import RawRequest, collect
from queryscope.profiler.scopes.streaming import AsyncStream, SyncStream, within
from queryscope.profiler.scopes.unit import enclosing
from queryscope.profiler.settings import current

OWN_APPS = frozenset({"queryscope", "djdt"})
"""URL namespaces whose requests are no trace: our pages, and the toolbar's own."""

TOOLBARS = ResolverMatch(lambda: None, (), {}, app_names=["djdt"], namespaces=["djdt"])
"""By a match like this the toolbar knows its own requests, which it leaves alone."""


class QueryscopeMiddleware:
    """Put it first in ``MIDDLEWARE``: what stands before it is not part of the trace."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if "debug_toolbar" in modules:
            _hide_from_toolbar(request)
        if self._is_async:
            return self._acall(request)
        outer = active.get() and enclosing(arrived=True)
        if outer is not None:
            with _part(request, outer):
                return self.get_response(request)  # type: ignore[no-any-return]
        recorder = _begin(request, _CALLED)
        if recorder is None:
            return self.get_response(request)  # type: ignore[no-any-return]
        token = activate(recorder)
        try:
            response: HttpResponseBase = self.get_response(request)
        except BaseException as error:
            _interrupted(recorder, request, error)
            raise
        finally:
            deactivate(token, recorder)
        return _end(recorder, request, response)

    async def _acall(self, request: HttpRequest) -> HttpResponseBase:
        outer = active.get() and enclosing(arrived=True)
        if outer is not None:
            with _part(request, outer):
                return await self.get_response(request)  # type: ignore[no-any-return]
        recorder = _begin(request, _AWAITED)
        if recorder is None:
            return await self.get_response(request)  # type: ignore[no-any-return]
        token = activate(recorder)
        try:
            response: HttpResponseBase = await self.get_response(request)
        except BaseException as error:
            _interrupted(recorder, request, error)
            raise
        finally:
            deactivate(token, recorder)
        return _end(recorder, request, response)


_CALLED = QueryscopeMiddleware.__call__.__code__
_AWAITED = QueryscopeMiddleware._acall.__code__


def _hide_from_toolbar(request: HttpRequest) -> None:
    """Keep the toolbar from our pages: it remembers 25 requests, and a page that polls would push out the host's."""
    try:
        _disguise(request)
    except Exception:
        guard.report("the look for pages of its own")


def _disguise(request: HttpRequest) -> None:
    home = _home(settings.ROOT_URLCONF, get_script_prefix(), get_language())
    if home is None or not request.path.startswith(home):
        return
    with suppress(Resolver404):
        if "queryscope" in resolve(request.path_info).app_names:
            request.resolver_match = TOOLBARS  # until Django sets its own


@lru_cache(maxsize=64)
def _home(urlconf: str, prefix: str, language: str | None) -> str | None:
    # What it depends on are its arguments; asking Django for each request of the host would take 20 microseconds.
    with suppress(NoReverseMatch):
        return reverse("queryscope:live")
    return None


def _begin(request: HttpRequest, boundary: CodeType) -> Recorder | None:
    """Open a recorder, if the request is to be recorded."""
    recorder = pipeline.open_recorder("request", request.path)
    if recorder is not None:
        recorder.name = f"{request.method} {request.path}"
        recorder.boundary = boundary
        request.queryscope_trace_id = recorder.trace_id  # type: ignore[attr-defined]
        request.queryscope_recorder = recorder  # type: ignore[attr-defined]
    return recorder


@contextmanager
def _part(request: HttpRequest, outer: Recorder) -> Iterator[None]:
    """Mark a request inside a unit of work, as a test's client makes one, as a lane of it.

    It is named by its route: a path may hold a secret.
    """
    start = perf_counter_ns()
    try:
        yield
    finally:
        match = request.resolver_match
        route = f" /{match.route}" if match is not None and match.route else ""
        outer.lane("request", f"{request.method}{route}", start, perf_counter_ns())


def _end(recorder: Recorder, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Close the recording with the response, or when its body has been sent."""
    try:
        if _is_own(request):
            recorder.discard()
            return response
        raw = collect(request, response, current().max_body_bytes)
        recorder.answered = perf_counter_ns()
        if "debug_toolbar" in modules:
            recorder.keep_totals()  # where it stands around us, its panel looks after the end
        if not response.streaming:
            pipeline.submit(recorder.close(raw))
        elif getattr(response, "file_to_stream", None) is not None:
            response._resource_closers.append(partial(_finish, recorder, raw, None))  # type: ignore[attr-defined]
        else:
            _wrap(recorder, raw, response)
    except Exception:
        recorder.discard()
        guard.report("the end of a request")
    return response


def _interrupted(recorder: Recorder, request: HttpRequest, error: BaseException) -> None:
    """Close the recording of a request without a response: its client went away, or the server stops."""
    try:
        recorder.error = recorder.error or describe_error(error)
        if _is_own(request):
            recorder.discard()
        else:
            pipeline.submit(recorder.close(collect(request, None, current().max_body_bytes)))
    except Exception:
        recorder.discard()
        guard.report("the end of an interrupted request")


def _wrap(recorder: Recorder, raw: RawRequest, response: Any) -> None:
    stream = AsyncStream if response.is_async else SyncStream
    # What a generator does when it is closed belongs to its request too.
    response._resource_closers[:] = [partial(within, recorder, each) for each in response._resource_closers]
    response.streaming_content = stream(response.streaming_content, recorder, partial(_finish, recorder, raw))


def _finish(recorder: Recorder, raw: RawRequest, sent_bytes: int | None) -> None:
    try:
        pipeline.submit(recorder.close(raw._replace(response_bytes=sent_bytes)))
    except Exception:
        recorder.discard()
        guard.report("the end of a streaming body")


def _is_own(request: HttpRequest) -> bool:
    match = request.resolver_match
    if match is not None:
        return not OWN_APPS.isdisjoint(match.app_names)
    try:
        return request.path.startswith(reverse("queryscope:live"))
    except NoReverseMatch:
        return False


def _failed(**_: Any) -> None:
    """Note the exception that Django is about to turn into a response with status 500."""
    recorder, error = active.get(), exc_info()[1]
    if recorder is not None and error is not None:
        recorder.error = describe_error(error)


got_request_exception.connect(_failed, dispatch_uid="queryscope.middleware")
