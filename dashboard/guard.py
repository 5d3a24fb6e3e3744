"""The one place every page passes: admit or refuse, check changes against forgery, send our own policy."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import TooManyFieldsSent
from django.db import connections
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase, ResponseHeaders
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.decorators import decorator_from_middleware

from queryscope.dashboard.access import decide
from queryscope.dashboard.denied import denied, problem
from queryscope.profiler.errors import StoreError

View = Callable[..., HttpResponseBase]

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}

HEADERS = {
    "Content-Security-Policy": "; ".join(f"{name} {sources}" for name, sources in POLICY.items()),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}

NOT_KEPT = "no-store, private, max-age=0"
"""For pages. ``max-age=0`` is for Django's site-wide cache, which does not know ``no-store``."""

SEALED = frozenset(
    name.lower() for name in (*HEADERS, "Cache-Control", "Content-Security-Policy-Report-Only")
)


def guarded(view: View) -> View:
    """Return ``view`` for the admitted only, its changes protected against forgery; others get the 403 page."""
    protected = _csrf_protect(_explained(view))

    @wraps(view)
    def judged(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        decision = decide(request)
        if not decision.admitted:
            return sealed(denied(request, decision))
        return sealed(protected(request, *args, **kwargs))

    return _left_alone(judged)


def public(view: View) -> View:
    """Return ``view`` for everybody, with our headers. For what holds no data."""

    explained = _explained(view)

    @wraps(view)
    def headed(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return sealed(explained(request, *args, **kwargs))

    return _left_alone(headed)


def _left_alone(view: View) -> View:
    """Return ``view`` with what Django is told about it: no login of the host's and no transaction of ATOMIC_REQUESTS."""
    view._non_atomic_requests = frozenset(connections)  # type: ignore[attr-defined]
    return login_not_required(view)


class _Csrf(CsrfViewMiddleware):
    """Django's own protection, in force whatever the host's ``MIDDLEWARE`` holds; only the refusal is ours."""

    def _reject(self, request: HttpRequest, reason: str) -> HttpResponseBase:
        return problem(
            request, 403, "This change was refused", f"{reason} Load the page again and repeat it."
        )


_csrf_protect: Callable[[View], View] = decorator_from_middleware(_Csrf)


def _explained(view: View) -> View:
    """Return ``view`` with what it could not find or read told in our own words, under our own policy."""

    @wraps(view)
    def explaining(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except Http404 as error:
            return problem(request, 404, "Nothing is here", str(error) or "This address leads nowhere.")
        except TooManyFieldsSent as error:
            # Django's own page about it, under DEBUG, reads the same parameters and fails on them.
            return problem(request, 400, "This address has too many parameters", str(error))
        except StoreError as error:
            return problem(request, 503, "The store cannot be read", str(error))

    return explaining


def sealed(response: HttpResponseBase) -> HttpResponseBase:
    """Return the response with our headers, which the host's middleware cannot change or add to any more."""
    for name, value in HEADERS.items():
        response[name] = value
    if not response.has_header("Cache-Control"):
        response["Cache-Control"] = NOT_KEPT
    response.headers = SealedHeaders(response.headers)
    return response


class SealedHeaders(ResponseHeaders):
    """Headers of which those in ``SEALED`` stay as they were: two policies would both apply, another would loosen ours."""

    def __init__(self, headers: ResponseHeaders) -> None:
        super().__init__({})
        self._store = dict(headers._store)

    def __setitem__(self, key: str, value: str | bytes | int) -> None:
        if key.lower() not in SEALED:
            super().__setitem__(key, value)

    def __delitem__(self, key: str) -> None:
        if key.lower() not in SEALED:
            super().__delitem__(key)
