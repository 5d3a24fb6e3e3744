"""What the cases run against: the bookshop's data and the corpus's own tables, and how one case leaves no trace."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import django
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection, transaction

from demo.seeding.shop import fill
from tests.corpus import models
from tests.corpus.case import Case

SCALE = 0.02
OPTIONS: dict[str, Any] = {
    "ENABLED": True,
    "PARAMETERS": "full",
    # So that a case shows with 500 rows and 100 ms what an application shows with 5,000 and a second.
    "LARGE_ROWS": 300,
    "SLOW_MS": 60.0,
    "LONG_TRANSACTION_MS": 80.0,
}


@contextmanager
def site() -> Iterator[None]:
    """Fill the bookshop, make and fill the tables of the corpus; empty and remove them afterwards."""
    ContentType.objects.clear_cache()
    fill(SCALE)
    models.create(connection)
    try:
        yield
    finally:
        models.drop(connection)
        call_command("flush", verbosity=0, interactive=False)
        ContentType.objects.clear_cache()
        cache.clear()


@contextmanager
def undone(case: Case) -> Iterator[None]:
    """Take back what a case changes, unless it needs transactions of its own."""
    connection.ensure_connection()
    if case.commits:
        yield
        return
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def runs_here(case: Case) -> bool:
    """Whether a case is meant for this database and this version of Django."""
    return connection.vendor in case.vendors and django.VERSION[:2] >= case.django
