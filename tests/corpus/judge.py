"""Runs the corpus without a test runner: sets Django and a test database up, and tells what was found in each case."""

from __future__ import annotations

import tempfile
from pathlib import Path

import django
from django.conf import settings
from django.core.signals import setting_changed
from django.test.utils import setup_test_environment

django.setup()

from django.db import connection

from queryscope.profiler.analysis import RULES
from tests.corpus.case import Case, cases
from tests.corpus.run import run
from tests.corpus.site import OPTIONS, runs_here, site, undone


def judge() -> tuple[list[tuple[Case, frozenset[str]]], list[str]]:
    """Return each case with the rules that found something in it, and the names of all rules."""
    setup_test_environment()
    folder = Path(tempfile.mkdtemp(prefix="queryscope-corpus-"))
    if connection.vendor == "sqlite":
        # In memory two connections share one cache, in which a reader does not wait but fails.
        connection.settings_dict["TEST"]["NAME"] = str(folder / "test.sqlite3")
    _set("QUERYSCOPE", OPTIONS | {"STORE": str(folder / "store.sqlite3")})
    _set("ROOT_URLCONF", "tests.corpus.urls")
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    judged = []
    try:
        with site():
            for case in filter(runs_here, cases()):
                with undone(case):
                    judged.append((case, run(case).rules))
    finally:
        connection.creation.destroy_test_db(settings.DATABASES["default"]["NAME"], verbosity=0)
    return judged, [rule.id for rule in RULES]


def _set(name: str, value: object) -> None:
    setattr(settings, name, value)
    setting_changed.send(sender=None, setting=name, value=value, enter=True)
