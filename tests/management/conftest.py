"""What the commands run on: a store of their own, and their output as text."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from queryscope.profiler.store import Store, current_store

Run = Callable[..., str]


@pytest.fixture
def store(settings: Any, tmp_path: Path) -> Store:
    """An empty store that only this test uses."""
    settings.QUERYSCOPE = {"ENABLED": True, "STORE": str(tmp_path / "store.sqlite3")}
    return current_store()


@pytest.fixture
def run(store: Store) -> Run:
    """Run ``manage.py queryscope`` with these words and return what it printed."""

    def _run(*words: str) -> str:
        out = StringIO()
        call_command("queryscope", *words, stdout=out)
        return out.getvalue()

    return _run
