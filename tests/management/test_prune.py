"""``queryscope prune``: what the limits no longer keep, or everything."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management.base import CommandError

from queryscope.profiler.store import Store
from tests import builders
from tests.management.conftest import Run


def append(store: Store, number: int, age_hours: float, **changes: Any) -> None:
    began = (datetime.now(UTC) - timedelta(hours=age_hours)).isoformat()
    store.append([builders.report(id=f"{number:032x}", started_at=began, **changes)])


def test_removes_what_is_too_old_without_asking(run: Run, store: Store) -> None:
    """The old trace goes, the new one stays, and both are counted."""
    append(store, 1, age_hours=1000)
    append(store, 2, age_hours=1)
    text = run("prune")
    assert text.startswith("Removed 1 trace (") and text.endswith("; 1 trace left.\n")
    assert [summary.id for summary in store.newest()] == [f"{2:032x}"]


def test_nothing_to_remove(run: Run, store: Store) -> None:
    """An absent store is left absent."""
    assert run("prune") == f"Removed 0 traces (0 B) from {store.location}; 0 traces left.\n"
    assert not Path(store.location).exists()


def test_all_needs_a_yes(run: Run, store: Store) -> None:
    """Where nobody can be asked, ``--all`` removes nothing without ``--yes``."""
    append(store, 1, age_hours=1)
    with pytest.raises(CommandError, match="add --yes"):
        run("prune", "--all")
    assert store.totals().traces == 1
    assert run("prune", "--all", "--yes").endswith("; 0 traces left.\n")
    assert store.totals().traces == 0
