"""The bookshelf under an ASGI server, with the live stream of the dashboard."""

from __future__ import annotations

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

# First: the routing derives its path from the URLconf, for which Django must be set up.
http = get_asgi_application()

from queryscope.dashboard.routing import websocket_urlpatterns

application = ProtocolTypeRouter({"http": http, "websocket": URLRouter(websocket_urlpatterns)})
