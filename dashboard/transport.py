"""How a page gets what is new: by the socket where this process has its route, else by asking again and again."""

from __future__ import annotations

from typing import Literal

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest
from django.urls import get_script_prefix

from queryscope.profiler.trace import Value

ROUTING = """\
# asgi.py
from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

http = get_asgi_application()

from queryscope.dashboard.routing import websocket_urlpatterns

application = ProtocolTypeRouter({"http": http, "websocket": URLRouter(websocket_urlpatterns)})
"""


class Transport(Value, frozen=True):
    """``kind`` is how; ``url`` the socket's path or ``""``. While polling, ``reason`` says why there is no socket,
    ``remedy`` what to do, and ``code`` what to add to a file, where that helps."""

    kind: Literal["socket", "polling"]
    url: str = ""
    reason: str = ""
    remedy: str = ""
    code: str = ""


_route: list[str] = []


def announce(path: str) -> None:
    """Note that this process has the socket's route, at ``path`` without leading slash or script prefix."""
    _route[:] = [path]


def transport(request: HttpRequest) -> Transport:
    """Return how the page that answers ``request`` gets what is new."""
    if not isinstance(request, ASGIRequest):
        return Transport(
            kind="polling",
            reason="This site runs under a WSGI server, which has no sockets.",
            remedy="For the live stream run “manage.py queryscope serve” beside it, or an ASGI server such as Daphne.",
        )
    if not _route:
        return Transport(
            kind="polling",
            reason="The ASGI application of this site has no route for the live stream.",
            remedy="Add queryscope's routing line to the file that ASGI_APPLICATION names.",
            code=ROUTING,
        )
    return Transport(kind="socket", url=get_script_prefix() + _route[0])
