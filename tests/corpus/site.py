"""What the cases run against: the bookshop's data and the corpus's own tables, and how one case leaves no trace."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import django
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import override_settings

from demo.seeding.shop import fill
from tests.corpus import models
from tests.corpus.case import Case

SCALE = 0.02
OPTIONS: dict[str, Any] = {
    "ENABLED": True,
    "PARAMETERS": "full",
    # So that a case shows with 500 rows what an application shows with 5,000.
    "LARGE_ROWS": 300,
    # Far above what a quick statement or a COMMIT takes on a machine that does something else as well.
    "SLOW_MS": 250.0,
    "LONG_TRANSACTION_MS": 400.0,
}

_BY_TIME = {"slow-query": "SLOW_MS", "long-transaction": "LONG_TRANSACTION_MS"}
_PATIENCE = 60_000.0
"""Milliseconds for cases that are not about a time: a machine that does other work must not decide what is found."""


@contextmanager
def site() -> Iterator[None]:
    """Fill the bookshop, make and fill the tables of the corpus; empty and remove them afterwards."""
    ContentType.objects.clear_cache()
    fill(SCALE)
    models.create(connection)
    try:
        with models.installed():
            yield
    finally:
        models.drop(connection)
        call_command("flush", verbosity=0, interactive=False)
        ContentType.objects.clear_cache()
        cache.clear()


@contextmanager
def undone(case: Case) -> Iterator[None]:
    """Take back what a case changes, unless it needs transactions of its own; judge by time only those that are about it."""
    connection.ensure_connection()
    with _patient(case):
        if case.commits:
            yield
            return
        with transaction.atomic():
            yield
            transaction.set_rollback(True)


def _patient(case: Case) -> AbstractContextManager[None]:
    about = {case.rule, *case.expected}
    patient = {option: _PATIENCE for rule, option in _BY_TIME.items() if rule not in about}
    return override_settings(QUERYSCOPE=settings.QUERYSCOPE | patient)


def runs_here(case: Case) -> bool:
    """Whether a case is meant for this database and this version of Django."""
    return connection.vendor in case.vendors and django.VERSION[:2] >= case.django
