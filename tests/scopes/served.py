"""The bookshop under a real server with consumers beside its pages, and queryscope's own socket among them."""

from __future__ import annotations

import os

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.urls import path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo.settings")
http = get_asgi_application()

from queryscope.dashboard.routing import websocket_urlpatterns
from tests.scopes.consumers import Marks, SyncMarks

routes = [path("ws/async/<int:n>/", Marks.as_asgi()), path("ws/sync/<int:n>/", SyncMarks.as_asgi())]
application = ProtocolTypeRouter({"http": http, "websocket": URLRouter([*routes, *websocket_urlpatterns])})
