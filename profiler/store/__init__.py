"""The log of reports: append, read after a number, read one, retain; the only part that knows its tables."""

from __future__ import annotations

from typing import Any

from django.core.signals import setting_changed

from queryscope.profiler import settings
from queryscope.profiler.ignored import IgnoredFile
from queryscope.profiler.remembered import remembered
from queryscope.profiler.store.log import Store
from queryscope.profiler.store.summary import Pruned, Summary, Totals

__all__ = ["Pruned", "Store", "Summary", "Totals", "current_store"]


@remembered
def current_store() -> Store:
    """Return the store that ``QUERYSCOPE['STORE']`` names; one for each process, nothing of it opened yet."""
    config, root = settings.current(), settings.project_root()
    assert config.store is not None
    target = config.store if isinstance(config.store, dict) else root / config.store
    return Store(target, IgnoredFile(root / config.ignore_file))


def _forget(*, setting: str, **_: Any) -> None:
    if setting in {"QUERYSCOPE", "BASE_DIR"} and (store := current_store.forget()) is not None:
        store.close()


setting_changed.connect(_forget, dispatch_uid="queryscope.store")
