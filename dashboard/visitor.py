"""Who is asking, for ``ACCESS``: the host's user of a request, also where its middleware did not run."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string


def user_of(request: HttpRequest) -> Any:
    """Return ``request.user``; where it is missing (sockets, ``serve``), the user that the host's own session and
    authentication middleware find; an anonymous one in a project that has none of them."""
    if not hasattr(request, "user"):
        for middleware in _login_middleware():
            middleware(_unreached).process_request(request)
    if hasattr(request, "user"):
        return request.user
    from django.contrib.auth.models import AnonymousUser  # needs the app registry

    return AnonymousUser()


def request_of(scope: dict[str, Any]) -> HttpRequest:
    """Return the handshake of a socket as a GET request, so that one rule judges both."""
    http = {**scope, "type": "http", "method": "GET"}
    request = ASGIRequest(http, BytesIO())
    if "user" in scope:
        request.user = scope["user"]
    return request


def _login_middleware() -> list[Any]:
    classes = [import_string(dotted) for dotted in settings.MIDDLEWARE]
    wanted = (SessionMiddleware, AuthenticationMiddleware)
    return [found for found in classes if isinstance(found, type) and issubclass(found, wanted)]


def _unreached(request: HttpRequest) -> HttpResponse:
    raise AssertionError("Only process_request of this middleware is used.")
