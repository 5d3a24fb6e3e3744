"""Every planted page of the whole shop yields exactly its planted finding, every corrected twin nothing that matters."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client

from demo.page import Page
from demo.pages import PAGES
from demo.seeding.shop import fill, refresh_statistics
from queryscope.profiler import pipeline
from queryscope.profiler.analysis import RULES
from queryscope.profiler.report import Report
from queryscope.profiler.store import current_store

KNOWN = {rule.id for rule in RULES}
VISITS = 12
"""What is asked in request after request shows only after some; the first one differs from all others."""

ATTEMPTS = 5


@pytest.fixture(scope="module")
def whole_shop(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Fill the shop as ``make demo`` does; large results and slow queries are not to be had for less."""
    with django_db_blocker.unblock():
        ContentType.objects.clear_cache()
        fill()
        refresh_statistics()
    yield
    with django_db_blocker.unblock():
        call_command("flush", verbosity=0, interactive=False)
        ContentType.objects.clear_cache()
        cache.clear()


@pytest.fixture
def db(whole_shop: None, django_db_blocker: Any, settings: Any, tmp_path: Path) -> Iterator[None]:
    """The whole shop in the place of an empty database, recorded into a store of the test's own."""
    options = {
        "ENABLED": True,
        "PARAMETERS": "sensitive",
    }  # as with DEBUG: of masked values two traces tell nothing
    settings.QUERYSCOPE = options | {"STORE": str(tmp_path / "store.sqlite3")}
    with django_db_blocker.unblock():
        yield


def visited(page: Page, url: str) -> Report:
    """Return the report of the last of several visits."""
    client = Client()
    if page.staff:
        client.force_login(User.objects.get(username="admin"))
    for _ in range(VISITS if page.rule == "repeated-across-requests" else 2):
        response: Any = client.post(url, dict(page.data)) if page.method == "POST" else client.get(url)
        _ = b"".join(response) if response.streaming else response.content
    assert pipeline.flush(30)
    store = current_store()
    return store.report(store.resolve("last"))


def quiet(page: Page, url: str) -> Report:
    """Return the report of a visit in which nothing else kept the database busy: that makes any query a slow one."""
    for _ in range(ATTEMPTS):
        report = visited(page, url)
        if page.rule == "slow-query" or all(finding.rule != "slow-query" for finding in report.findings):
            break
    return report


def described(report: Report) -> str:
    return "\n".join(f"{each.rule} {each.severity}: {each.title}" for each in report.findings)


planted = [page for page in PAGES if page.rule in KNOWN]


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize("page", planted, ids=lambda page: page.route)
def test_a_planted_page_yields_its_finding(page: Page) -> None:
    """One finding, of the rule that the map names."""
    report = quiet(page, page.url)
    assert [finding.rule for finding in report.findings] == [page.rule], described(report)


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.route)
def test_a_corrected_twin_yields_nothing_that_matters(page: Page) -> None:
    """None of severity high or medium."""
    if connection.vendor not in page.databases.split():
        pytest.skip(f"{page.route} is not about this database")
    report = quiet(page, page.fixed_url)
    assert not [f for f in report.findings if f.severity in {"high", "medium"}], described(report)


def test_the_map_plants_rules_that_there_are() -> None:
    """All but those that look at plans, which are no part of the recording."""
    assert {page.rule for page in PAGES} - KNOWN <= {"missing-index", "full-scan", "misestimate", "raw-sql"}
