"""The one place that reads Django's settings: ``current()`` returns the checked configuration, made once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import msgspec
from django.conf import settings
from django.core.signals import setting_changed

from queryscope.profiler.config import Config, parse
from queryscope.profiler.remembered import remembered


@remembered
def current() -> Config:
    """Return the configuration with every default that depends on the project filled in.

    Raises ConfigError where ``settings.QUERYSCOPE`` is wrong; the system check reports it before anything runs.
    """
    config = parse(getattr(settings, "QUERYSCOPE", {}))
    return msgspec.structs.replace(
        config,
        enabled=_enabled(config),
        parameters=config.parameters or ("sensitive" if settings.DEBUG else "masked"),
        store=config.store or str(project_root() / ".queryscope" / "store.sqlite3"),
    )


def project_root() -> Path:
    """Return ``settings.BASE_DIR`` where the project has one, else the current folder, resolved."""
    return Path(getattr(settings, "BASE_DIR", None) or Path.cwd()).resolve()


def record_tests() -> None:
    """Have ``ENABLED = None`` mean on in this process: somebody has asked for its tests to be recorded."""
    global _tests_recorded
    _tests_recorded = True
    current.forget()


_tests_recorded = False


def _enabled(config: Config) -> bool:
    if config.enabled is not None:
        return config.enabled
    return _tests_recorded or (bool(settings.DEBUG) and not _running_tests())


def _running_tests() -> bool:
    return "pytest" in sys.modules or sys.argv[1:2] == ["test"]


def _forget(*, setting: str, **_: Any) -> None:
    if setting in {"QUERYSCOPE", "DEBUG", "BASE_DIR"}:
        current.forget()


setting_changed.connect(_forget, dispatch_uid="queryscope.settings")
