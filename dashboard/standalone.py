"""The dashboard alone, for any project: a Daphne with our own URLconf and middleware, and nothing of the host's pages.

``manage.py queryscope serve`` loads ``serve`` by its dotted name.
"""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import include, path, re_path, reverse

from queryscope.dashboard.access import is_local_name, is_loopback, issue_token
from queryscope.dashboard.denied import problem
from queryscope.dashboard.guard import guarded, sealed
from queryscope.dashboard.published import publish
from queryscope.profiler.errors import ServeError
from queryscope.profiler.store import current_store

ASGI = Callable[
    [dict[str, Any], Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]
]
Respond = Callable[[HttpRequest], HttpResponseBase]

OWN_SETTINGS: dict[str, Any] = {
    "ROOT_URLCONF": "queryscope.dashboard.standalone",
    # The Host header is judged by our own rule; the names of the host's site are not ours.
    "ALLOWED_HOSTS": ["*"],
    "USE_X_FORWARDED_HOST": False,
    "USE_X_FORWARDED_PORT": False,
    "SECURE_PROXY_SSL_HEADER": None,
    "FORCE_SCRIPT_NAME": None,
    "CSRF_USE_SESSIONS": False,
    "CSRF_COOKIE_DOMAIN": None,
    "CSRF_COOKIE_HTTPONLY": True,
    "CSRF_COOKIE_SAMESITE": "Strict",
    "CSRF_COOKIE_SECURE": False,
    "CSRF_HEADER_NAME": "HTTP_X_CSRFTOKEN",
    "CSRF_TRUSTED_ORIGINS": [],
}
"""What this process sets differently from the host. ``DEBUG``, the store and the login stay the host's."""


def serve(address: str = "127.0.0.1", port: int = 8001, say: Callable[[str], None] = print) -> None:
    """Serve the dashboard until Ctrl-C; ``say`` gets a link that opens it, once it listens. ``port`` 0 takes a free one.

    On this machine and with ``DEBUG`` a plain link will do; anywhere else the link has a token that the server asks for.
    Raises ServeError where it cannot listen.
    """
    interface, port = _free(address, port)
    token = take_over(port, loopback=is_loopback(interface))
    from daphne.endpoints import build_endpoint_description_strings

    # Puts a reactor in place, so only where a server is to run.
    from queryscope.dashboard.server import Server

    endpoints = build_endpoint_description_strings(host=interface, port=port)
    Server(application(), endpoints, verbosity=0, server_name="queryscope").serve(
        lambda: _greet(say, interface, port, token)
    )


def take_over(port: int, *, loopback: bool) -> str | None:
    """Give this process our settings; return the token that it asks for from now on, ``None`` where none is needed."""
    names = {"CSRF_COOKIE_NAME": f"queryscope_csrf_{port}", "CSRF_COOKIE_PATH": "/queryscope/"}
    for name, value in (OWN_SETTINGS | names).items():
        setattr(settings, name, value)
    _on_loopback[:] = [loopback]
    if loopback and settings.DEBUG:
        return None
    return issue_token(f"queryscope_{port}", required=not loopback)


def application() -> ASGI:
    """Return the ASGI application: our pages, our socket, and a refusal for every other path."""
    from channels.routing import ProtocolTypeRouter, URLRouter

    from queryscope.dashboard.routing import (
        websocket_urlpatterns,  # derived from the URLconf that is now in force
    )

    refuse: Any = _no_socket
    sockets = URLRouter([*websocket_urlpatterns, re_path("", refuse)])
    routed: ASGI = ProtocolTypeRouter({"http": Pages(), "websocket": sockets})
    return routed


class Pages(ASGIHandler):
    """Django's handler with our middleware instead of the host's, whose setting stays: ``ACCESS`` may need its login."""

    def load_middleware(self, is_async: bool = False) -> None:
        """Build the chain from our list."""
        hosts = settings.MIDDLEWARE
        settings.MIDDLEWARE = ["queryscope.dashboard.standalone.local_names"]
        try:
            super().load_middleware(is_async)
        finally:
            settings.MIDDLEWARE = hosts


def local_names(respond: Respond) -> Respond:
    """Refuse, on loopback, a Host that does not name this machine: a page elsewhere whose name was rebound to it."""

    def judged(request: HttpRequest) -> HttpResponseBase:
        host = request.META.get("HTTP_HOST", "")
        if all(_on_loopback) and not is_local_name(host):
            sentence = f"The Host header is {host!r}; this server answers to localhost, 127.0.0.1 and [::1]."
            return _unlogged(
                request, sealed(problem(request, 403, "This is not a name of this machine", sentence))
            )
        return _unlogged(request, respond(request))

    return judged


def _unlogged(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Return the response; where its address may name a token, Django does not write it into the host's log.

    The preview of a link asks with HEAD, a person leaves the last slash out: refusals, and the token is right.
    """
    if "/enter/" in request.path:
        response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def _home(request: HttpRequest) -> HttpResponse:
    return redirect("queryscope:live")


def _nowhere(request: HttpRequest) -> HttpResponse:
    raise Http404("This server has the dashboard only; the pages of the project are where you started it.")


# Every address is ours to answer, so that no stranger sees Django's list of them.
urlpatterns = [
    path("", guarded(_home)),
    path("queryscope/", include("queryscope.dashboard.urls")),
    re_path("", guarded(_nowhere)),
]

_on_loopback: list[bool] = []


async def _no_socket(
    scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
) -> None:
    await receive()
    await send({"type": "websocket.close"})


def _free(address: str, port: int) -> tuple[str, int]:
    """Return the numeric address and the port to listen on. Raises ServeError where that is not possible."""
    try:
        if not 0 <= port <= 65535:  # the system would take it modulo 65536
            raise OverflowError("a port is a number from 0 to 65535")
        family, *_, where = socket.getaddrinfo(address.strip("[]"), port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(where)
            probe.listen(1)
            return str(where[0]), int(probe.getsockname()[1])
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ServeError(
            f"Cannot listen on {address} port {port}: {reason}. Name another with --address or --port (0 takes a free port)."
        ) from error


def _greet(say: Callable[[str], None], interface: str, port: int, token: str | None) -> None:
    site = f"http://{_named(interface)}:{port}"
    publish(site + reverse("queryscope:live"))
    link = reverse("queryscope:enter", args=[token]) if token else reverse("queryscope:live")
    say(f"queryscope: {site}{link}")
    if token:
        say("Whoever has this link sees the recorded queries, until this server stops.")
    say(f"It reads {current_store().location}. Ctrl-C stops it.")


def _named(interface: str) -> str:
    if interface in {"0.0.0.0", "::"}:
        return _outward(interface)
    return f"[{interface}]" if ":" in interface else interface


def _outward(interface: str) -> str:
    """Return the address by which other machines reach this one; asking for a route sends nothing."""
    family, target = (
        (socket.AF_INET, "192.0.2.1") if interface == "0.0.0.0" else (socket.AF_INET6, "2001:db8::1")
    )
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((target, 9))
            return _named(str(probe.getsockname()[0]))
    except OSError:
        return socket.gethostname()
