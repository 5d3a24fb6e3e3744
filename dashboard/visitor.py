"""Who is asking, for ``ACCESS``: the host's user of a request, also where its middleware did not run."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string


def user_of(request: HttpRequest) -> Any:
    """Return ``request.user``; where it is missing (sockets, ``serve``), the user that the host's own session and
    authentication middleware find, an anonymous one where there are none, ``None`` without ``django.contrib.auth``."""
    if hasattr(request, "user"):
        return request.user
    if not apps.is_installed("django.contrib.auth"):
        return None
    for middleware in _login_middleware():
        middleware(_unreached).process_request(request)
    if not hasattr(request, "user"):
        from django.contrib.auth.models import AnonymousUser  # only importable where the app is installed

        request.user = AnonymousUser()
    return request.user


def request_of(scope: dict[str, Any]) -> HttpRequest:
    """Return the handshake of a socket as a GET request, so that one rule judges both."""
    http = {**scope, "type": "http", "method": "GET"}
    request = ASGIRequest(http, BytesIO())
    if "user" in scope:
        request.user = scope["user"]
    return request


def _login_middleware() -> list[Any]:
    from django.contrib.auth.middleware import AuthenticationMiddleware  # likewise
    from django.contrib.sessions.middleware import SessionMiddleware

    wanted = (SessionMiddleware, AuthenticationMiddleware)
    found = [import_string(dotted) for dotted in settings.MIDDLEWARE]
    return [
        middleware for middleware in found if isinstance(middleware, type) and issubclass(middleware, wanted)
    ]


def _unreached(request: HttpRequest) -> HttpResponse:
    raise AssertionError("Only process_request of this middleware is used.")
