"""The site of the corpus, filled once for all cases, and recording into a store of the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.corpus.site import OPTIONS, site


@pytest.fixture(scope="module")
def filled(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Fill everything for the tests of one file, and leave the database empty."""
    with django_db_blocker.unblock(), site():
        yield


@pytest.fixture
def db(filled: None, django_db_blocker: Any, settings: Any, tmp_path: Path) -> Iterator[None]:
    """The filled site, to which cases commit, in the place of the empty database that other tests get."""
    settings.QUERYSCOPE = OPTIONS | {"STORE": str(tmp_path / "store.sqlite3")}
    settings.ROOT_URLCONF = "tests.corpus.urls"
    settings.ALLOWED_HOSTS = ["testserver"]
    with django_db_blocker.unblock():
        yield
