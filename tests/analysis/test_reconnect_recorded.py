"""Connections as a server's requests really open and close them, and what Django's settings make of that."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.test import RequestFactory

from queryscope.profiler.checks import MIDDLEWARE
from queryscope.profiler.finding import Finding
from tests.analysis import everywhere
from tests.conftest import Recording

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def max_age() -> Iterator[dict[str, Any]]:
    """The settings of the connection, put back afterwards."""
    options = connection.settings_dict
    before = options["CONN_MAX_AGE"]
    yield options
    options["CONN_MAX_AGE"] = before
    connection.close()


def answered(recording: Recording, settings: Any, requests: int) -> list[Finding]:
    """Answer requests as a WSGI server does, from the beginning to the end of each; return what the last one shows."""
    settings.ROOT_URLCONF, settings.MIDDLEWARE = everywhere.__name__, [MIDDLEWARE]
    connection.close()
    handler = WSGIHandler()
    for _ in range(requests):
        response = handler(RequestFactory()._base_environ(PATH_INFO="/plain/"), lambda *_: None)
        assert response.status_code == 200
        response.close()
    return [finding for finding in recording.report.findings if finding.rule == "reconnect"]


@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="opening a file costs nothing")
def test_each_request_connects(recording: Recording, settings: Any, max_age: dict[str, Any]) -> None:
    """The third one in a row shows the habit, with the advice for this kind of server."""
    max_age["CONN_MAX_AGE"] = 0
    (found,) = answered(recording, settings, 4)
    assert found.title == "Every request opens a connection to default"
    assert found.cost_ms > 0
    assert "CONN_MAX_AGE" in (found.advice.code or "")


def test_a_connection_that_is_kept_is_right(
    recording: Recording, settings: Any, max_age: dict[str, Any]
) -> None:
    """With CONN_MAX_AGE, and with a file in any case."""
    max_age["CONN_MAX_AGE"] = 0 if connection.vendor == "sqlite" else 60
    assert answered(recording, settings, 4) == []
