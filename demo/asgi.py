"""The bookshop under an ASGI server, with queryscope's live stream beside the pages."""

from __future__ import annotations

import os

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo.settings")

# Before the routing is imported: it needs Django to be set up.
http = get_asgi_application()

from queryscope.dashboard.routing import websocket_urlpatterns

application = ProtocolTypeRouter({"http": http, "websocket": URLRouter(websocket_urlpatterns)})
