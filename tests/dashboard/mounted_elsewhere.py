"""The URLconf of a project that mounts the dashboard under another prefix."""

from __future__ import annotations

from typing import Any

from django.urls import include, path

urlpatterns = [path("tools/queries/", include("queryscope.dashboard.urls"))]


def whoever_is_nobody(user: Any, client_address: str) -> bool:
    """Admit where there is no user at all."""
    return user is None
