"""The Django app of the dashboard: finds templates and static files beside the package and hangs up the bell."""

from __future__ import annotations

from pathlib import Path

from django.apps import AppConfig


class DashboardConfig(AppConfig):
    """App ``queryscope_dashboard``: hosts commonly have an app labelled ``dashboard``."""

    name = "queryscope.dashboard"
    label = "queryscope_dashboard"
    verbose_name = "queryscope dashboard"
    # templates/ and static/ stand beside this package, in the checkout and in
    # the wheel alike; Django's app loaders look for them under this path.
    path = str(Path(__file__).resolve().parent.parent)

    def ready(self) -> None:
        """Register the bell with the writer; it does nothing before the first trace."""
        from queryscope.dashboard.bell import rung
        from queryscope.profiler import pipeline

        pipeline.on_stored(rung)
