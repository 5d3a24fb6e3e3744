"""The newsroom with content and somebody signed in; collected only under its own settings (``make wagtail``)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as configured
from django.test import Client

# In every other run Wagtail is neither installed nor in INSTALLED_APPS.
OURS = configured.SETTINGS_MODULE == "tests.wagtail.site.settings"
collect_ignore_glob = [] if OURS else ["test_*.py"]

Visit = Callable[..., Any]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Fill the database once; each test rolls back what it changes."""
    from tests.wagtail.newsroom import fill

    with django_db_blocker.unblock():
        fill()


@pytest.fixture
def editor(db: None) -> Any:
    """The superuser who made everything."""
    from django.contrib.auth import get_user_model

    return get_user_model().objects.get(username="editor")


@pytest.fixture
def bare(settings: Any, editor: Any) -> Client:
    """A browser of the editor on a site without queryscope's middleware."""
    own = "queryscope.profiler.middleware.QueryscopeMiddleware"
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if name != own]
    client = signed_in(editor)
    client.get("/")  # a client builds its handler, and with it the middleware, at its first request
    settings.MIDDLEWARE = [own, *settings.MIDDLEWARE]
    return client


@pytest.fixture
def recorded(bare: Client, recording: Any, editor: Any) -> Client:
    """A browser of the editor on the same site, recorded."""
    recording.set(PARAMETERS="full")
    return signed_in(editor)


def signed_in(editor: Any) -> Client:
    """Return a client with a session of the editor's."""
    client = Client()
    client.force_login(editor)
    return client
