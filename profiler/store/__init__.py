"""The log of reports: append, read after a number, read one, retain; the only part that knows its tables."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.core.signals import setting_changed

from queryscope.profiler import settings
from queryscope.profiler.ignored import IgnoredFile
from queryscope.profiler.store.log import Store
from queryscope.profiler.store.summary import Pruned, Summary, Totals

__all__ = ["Pruned", "Store", "Summary", "Totals", "current_store"]


@cache
def current_store() -> Store:
    """Return the store that ``QUERYSCOPE['STORE']`` names; one for each process, nothing of it opened yet."""
    config, root = settings.current(), settings.project_root()
    assert config.store is not None
    target = config.store if isinstance(config.store, dict) else root / config.store
    return Store(target, IgnoredFile(root / config.ignore_file))


def _forget(*, setting: str, **_: Any) -> None:
    if setting in {"QUERYSCOPE", "BASE_DIR"} and current_store.cache_info().currsize:
        current_store().close()
        current_store.cache_clear()


setting_changed.connect(_forget, dispatch_uid="queryscope.store")
