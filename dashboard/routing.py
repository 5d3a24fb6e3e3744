"""The socket's route, for the host's ``asgi.py``: ``URLRouter([*websocket_urlpatterns, ...])``.

Import it after ``get_asgi_application()``: the path is derived from where the pages are mounted.
"""

from __future__ import annotations

import logging
import re

from django.conf import settings
from django.urls import NoReverseMatch, URLPattern, get_script_prefix, re_path, reverse

from queryscope.dashboard.consumers import Live
from queryscope.dashboard.transport import announce

logger = logging.getLogger("queryscope.dashboard")


def _patterns() -> list[URLPattern]:
    try:
        home = reverse("queryscope:live")
    except NoReverseMatch:
        logger.warning(
            "queryscope.dashboard.routing is imported, but no URLconf includes queryscope.dashboard.urls:"
            " there is no live stream without the pages."
        )
        return []
    path = home.removeprefix(get_script_prefix()) + "ws/"
    announce(path)
    # Daphne and URLRouter know root_path; FORCE_SCRIPT_NAME only Django knows, and the browser asks with it.
    forced = (settings.FORCE_SCRIPT_NAME or "").strip("/")
    return [re_path(f"^(?:{re.escape(forced)}/)?{re.escape(path)}$", Live.as_asgi())]


websocket_urlpatterns = _patterns()
