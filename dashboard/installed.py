"""What the project's settings say about recording, and where the site is that the pages belong to."""

from __future__ import annotations

from django.conf import settings as django_settings
from django.urls import get_script_prefix

from queryscope.dashboard.presentation.live.setup import Found
from queryscope.profiler import settings
from queryscope.profiler.checks import MIDDLEWARE


def found() -> Found:
    """Return what was found in the settings of this process."""
    return Found(
        apps=tuple(django_settings.INSTALLED_APPS),
        middleware=tuple(django_settings.MIDDLEWARE),
        debug=bool(django_settings.DEBUG),
        enabled=bool(settings.current().enabled),
        enabled_option=getattr(django_settings, "QUERYSCOPE", {}).get("ENABLED"),
    )


def records() -> bool:
    """Return whether requests of this project are recorded, as far as its settings tell."""
    return bool(settings.current().enabled) and MIDDLEWARE in django_settings.MIDDLEWARE


def site() -> str:
    """Return the root of the site that the pages are part of, "" where they stand alone (``queryscope serve``)."""
    alone = str(django_settings.ROOT_URLCONF).startswith("queryscope.")
    return "" if alone else get_script_prefix()
