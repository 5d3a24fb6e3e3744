"""The engine's app: registers the checks and, where recording is on, hooks Django and what else does work at start-up."""

from __future__ import annotations

from django.apps import AppConfig


class ProfilerConfig(AppConfig):
    """Add ``"queryscope.profiler"`` to ``INSTALLED_APPS``. It has no models: the host's ``migrate`` sees nothing of it."""

    name = "queryscope.profiler"
    label = "queryscope"
    verbose_name = "queryscope"

    def ready(self) -> None:
        """Hook Django; wrong settings are left to the system check, which names them."""
        from queryscope.profiler import checks  # noqa: F401
        from queryscope.profiler.errors import ConfigError
        from queryscope.profiler.scopes import switch
        from queryscope.profiler.settings import current

        try:
            if current().enabled:
                switch.install(current().scopes)
        except ConfigError:
            return
