"""Connections of the store's own: never in ``DATABASES``, so no router, migration, test runner or signal sees them.

They are lent out one at a time and come back to a small stock, so that many short threads leave nothing open.
"""

from __future__ import annotations

import os
import weakref
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from copy import deepcopy
from pathlib import Path
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ConnectionHandler, load_backend

from queryscope.profiler.errors import StoreError
from queryscope.profiler.store import schema, sqlite
from queryscope.profiler.store.explained import explained

ALIAS = "queryscope"
IDLE = 2
"""Connections kept open for the next caller."""


class _Own:
    """What makes a DatabaseWrapper ours; recording skips every connection that has ``queryscope_own``."""

    queryscope_own = True
    # With DEBUG Django would log our statements among the host's.
    queries_logged = False
    file_id: tuple[int, int] | None = None

    def ensure_connection(self: Any) -> None:
        """As Django's, but not the one that pytest-django replaces to keep tests away from the database."""
        if self.connection is None:
            with self.wrap_database_errors:
                self.connect()

    def close(self: Any) -> None:
        """Close for good, also what lives in memory."""
        BaseDatabaseWrapper.close(self)


class Connections:
    """Lends connections to one store; opens none before the first loan.

    ``target`` is the path of an SQLite file or a dict in the format of one ``DATABASES`` entry.
    """

    def __init__(self, target: str | Path | dict[str, Any]) -> None:
        entry = (
            deepcopy(target)
            if isinstance(target, dict)
            else {"ENGINE": "django.db.backends.sqlite3", "NAME": target}
        )
        self._entry = ConnectionHandler({"default": entry}).settings["default"]
        self._path = Path(self._entry["NAME"]).absolute() if "sqlite" in self._entry["ENGINE"] else None
        self._idle: deque[BaseDatabaseWrapper] = deque()
        self.location = str(self._path) if self._path else _address(self._entry)
        _all.add(self)

    @contextmanager
    def lend(self, create: bool = False) -> Iterator[BaseDatabaseWrapper]:
        """Yield a connection to the current schema. One that saw an error is closed, which rolls back.

        Without ``create``, a store that does not exist yet is read as an empty one and not made. Raises StoreError.
        """
        with explained(self.location):
            connection = self._idle_one() or self._open(create)
            try:
                yield connection
            except BaseException:
                with suppress(Exception):
                    connection.close()
                raise
            self._take_back(connection)

    def close(self) -> None:
        """Close what is not lent out."""
        while self._idle:
            with suppress(Exception):
                self._idle.pop().close()

    def forget(self) -> None:
        """Leave the parent's connections alone in a forked child: its sockets and locks are not ours."""
        _inherited.append(self._idle)
        self._idle = deque()

    def _idle_one(self) -> BaseDatabaseWrapper | None:
        with suppress(IndexError):
            connection = self._idle.pop()
            if self._path is None or sqlite.file_id(self._path) == connection.file_id:  # type: ignore[attr-defined]
                connection.health_check_done = False
                return connection
            # Somebody deleted the folder; what is written to the old file would be lost.
            connection.close()
        return None

    def _take_back(self, connection: BaseDatabaseWrapper) -> None:
        if connection.settings_dict is self._entry and len(self._idle) < IDLE:
            self._idle.append(connection)
        else:
            connection.close()

    def _open(self, create: bool) -> BaseDatabaseWrapper:
        if self._path is not None:
            if create:
                sqlite.make_file(self._path)
            elif not self._path.exists():
                return _empty()
        connection = _wrap(self._entry)
        if connection.vendor not in schema.KEY_TYPE:
            raise StoreError(
                f"QUERYSCOPE['STORE'] names the engine {self._entry['ENGINE']!r}; the store speaks SQLite and PostgreSQL."
            )
        if self._path is not None:
            sqlite.prepare(connection, self._path)
            connection.file_id = sqlite.file_id(self._path)  # type: ignore[attr-defined]
        if not create and schema.version(connection) == 0:
            connection.close()
            return _empty()
        schema.upgrade(connection, self.location)
        return connection


def _wrap(entry: dict[str, Any]) -> BaseDatabaseWrapper:
    backend = load_backend(entry["ENGINE"]).DatabaseWrapper
    connection: BaseDatabaseWrapper = type("OwnConnection", (_Own, backend), {})(entry, ALIAS)
    connection.inc_thread_sharing()
    return connection


def _empty() -> BaseDatabaseWrapper:
    connection = _wrap(ConnectionHandler({"default": _MEMORY}).settings["default"])
    schema.upgrade(connection, ":memory:")
    return connection


def _address(entry: dict[str, Any]) -> str:
    return f"postgresql://{entry['HOST'] or 'localhost'}:{entry['PORT'] or 5432}/{entry['NAME']}"


_MEMORY = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
_all: weakref.WeakSet[Connections] = weakref.WeakSet()
_inherited: list[Any] = []


def _close_all() -> None:
    for connections in list(_all):
        connections.close()


def _forget_all() -> None:
    for connections in list(_all):
        connections.forget()


# SQLite must not be carried across a fork, so nothing idle is open while it happens.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_close_all, after_in_child=_forget_all)
