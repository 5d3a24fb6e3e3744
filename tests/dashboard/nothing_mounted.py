"""The URLconf of a project that has not mounted the dashboard."""

from __future__ import annotations

urlpatterns: list[object] = []
