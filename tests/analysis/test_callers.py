"""Who asked, read from stacks as Django really makes them: one request for each way to ask outside a view."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import AsyncClient, Client

from queryscope.profiler.analysis import run
from queryscope.profiler.analysis.rules import query_everywhere, query_in_template
from queryscope.profiler.checks import MIDDLEWARE
from queryscope.profiler.config import Config
from queryscope.profiler.finding import Finding
from tests.analysis import everywhere
from tests.conftest import Recording, run_async
from tests.project import rendering

pytestmark = pytest.mark.django_db(transaction=True)
AUTH = (
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
)


@pytest.fixture
def site(settings: Any, recording: Recording) -> Recording:
    """The site of ``everywhere``, with two books."""
    settings.ROOT_URLCONF = everywhere.__name__
    settings.MIDDLEWARE = [MIDDLEWARE]
    settings.TEMPLATES = everywhere.templates()
    rendering.stock()
    return recording


def findings(site: Recording) -> list[Finding]:
    rules = (query_everywhere.RULE, query_in_template.RULE)
    return list(run(site.trace, Config(), rules=rules))


def opened(site: Recording, address: str, client: Client | None = None) -> list[Finding]:
    assert (client or Client()).get(address).status_code == 200
    return findings(site)


@pytest.mark.parametrize("name", ["Old", "Late", "New", "Viewing", "closure", "both"])
@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
def test_a_middleware_that_asks(site: Recording, settings: Any, name: str, asynchronous: bool) -> None:
    """Of every kind, between others that do not ask, in both worlds."""
    quiet = "tests.analysis.everywhere.Quiet"
    settings.MIDDLEWARE = [MIDDLEWARE, quiet, f"tests.analysis.everywhere.{name}", quiet]
    if asynchronous:
        run_async(_awaited("/slow/"))
        (found,) = findings(site)
    else:
        (found,) = opened(site, "/plain/")
    assert found.rule == "query-everywhere" and found.title.startswith("The middleware "), found.title
    assert found.count == 1


def test_a_middleware_for_async_only(site: Recording, settings: Any) -> None:
    """It awaits its query."""
    settings.MIDDLEWARE = [MIDDLEWARE, "tests.analysis.everywhere.Waiting"]
    run_async(_awaited("/slow/"))
    (found,) = findings(site)
    assert found.title == "The middleware Waiting.__call__ asks the database on every request"


async def _awaited(address: str) -> None:
    response = await AsyncClient().get(address)
    assert response.status_code == 200


@pytest.mark.parametrize("address", ["/plain/", "/slow/"])
def test_a_view_is_no_middleware(site: Recording, settings: Any, address: str) -> None:
    """Although every middleware is in its stack."""
    settings.MIDDLEWARE = [MIDDLEWARE, "tests.analysis.everywhere.Quiet"]
    assert opened(site, address) == []


def test_users_and_sessions_are_django_s(site: Recording, settings: Any) -> None:
    """Also where a middleware of the application asks for the user; the tag behind ``login_required`` is found."""
    settings.MIDDLEWARE = [MIDDLEWARE, *AUTH]
    settings.LOGIN_URL = "/plain/"
    client = Client()
    client.force_login(User.objects.create_user("reader"))
    assert opened(site, "/closed/plain.html/quiet/", client) == []
    (found,) = opened(site, "/closed/tag.html/quiet/", client)
    assert found.rule == "query-in-template"


@pytest.mark.parametrize("address", ["/plain.html/asking/", "/plain.jinja/jinja/"])
def test_a_context_processor_that_asks(site: Recording, address: str) -> None:
    """Called by either engine."""
    (found,) = opened(site, address)
    assert found.title == "The context processor genres asks the database on every page"


@pytest.mark.parametrize(
    "address", ["/plain.html/waiting/", "/lazy.html/quiet/", "/filter.html/quiet/", "/kept.html/quiet/"]
)
def test_what_waits_for_the_template_is_right(site: Recording, address: str) -> None:
    """A method handed over by a context processor, lazy values and querysets of the view, a cached part of a page."""
    assert opened(site, address) == []


@pytest.mark.parametrize(
    ("address", "function"),
    [("/tag.html/quiet/", "first_author"), ("/late/", "first_author"), ("/method.html/quiet/", "Fan.fans")],
)
def test_code_of_a_template_that_asks(site: Recording, address: str, function: str) -> None:
    """A tag, the same in a template response, a model's method."""
    (found,) = opened(site, address)
    assert found.rule == "query-in-template"
    assert found.title.startswith(f"{function} asks the database while ")
    assert found.template_site is not None and found.template_site.line == 1


def test_a_text_form_that_asks(site: Recording) -> None:
    """Of a proxy model, for two rows; the join ends it."""
    (found,) = opened(site, "/printed.html/quiet/")
    assert found.title == "Fan.__str__ asks the database for each row"
    assert (found.count, found.path) == (2, "author")
    assert "select_related" in (found.advice.code or "")
