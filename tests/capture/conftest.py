"""The test host instead of the bookshop's pages, recorded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from demo.catalog.models import Country
from queryscope.profiler.checks import MIDDLEWARE
from tests.conftest import Recording


@pytest.fixture
def host(settings: Any) -> None:
    """The project under test is tests/project, with our middleware alone."""
    settings.ROOT_URLCONF = "tests.project.views"
    settings.MIDDLEWARE = [MIDDLEWARE]
    templates = [dict(settings.TEMPLATES[0])]
    templates[0]["DIRS"] = [Path(__file__).resolve().parents[1] / "project" / "templates"]
    settings.TEMPLATES = templates


@pytest.fixture
def client(host: None, recording: Recording) -> Client:
    """A browser that gets a response with status 500 where a view raises."""
    return Client(raise_request_exception=False)


@pytest.fixture
def countries(transactional_db: None) -> list[Country]:
    """Two countries, committed: threads see them too."""
    return Country.objects.bulk_create(
        [Country(code="de", name="Germany"), Country(code="no", name="Norway")]
    )
