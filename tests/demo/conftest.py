"""A small shop for the tests of one file, filled once and rolled back after them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db import transaction

from demo.seeding.shop import fill

SCALE = 0.02


@pytest.fixture(scope="module")
def filled(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Fill the shop inside a transaction that the file's tests nest in."""
    with django_db_blocker.unblock():
        outer = transaction.atomic()
        outer.__enter__()
        # A test that emptied the database before us left ids that are no longer true.
        ContentType.objects.clear_cache()
        fill(SCALE)
    yield
    with django_db_blocker.unblock():
        transaction.set_rollback(True)
        outer.__exit__(None, None, None)
        cache.clear()


@pytest.fixture
def shop(filled: None, db: None) -> None:
    """A filled shop; what the test changes is undone."""
