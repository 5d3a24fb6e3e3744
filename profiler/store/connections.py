"""Connections of the store's own: never in ``DATABASES``, so no router, migration, test runner or signal sees them.

They are lent out one at a time and come back to a small stock, so that many short threads leave nothing open.
"""

from __future__ import annotations

import atexit
import os
import weakref
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ConnectionHandler, load_backend

from queryscope.profiler.errors import StoreError
from queryscope.profiler.store import schema, sqlite
from queryscope.profiler.store.explained import explained

ALIAS = "queryscope"
IDLE = 2
"""Connections that stay open for the next caller."""
SQLITE = "django.db.backends.sqlite3"


class Own:
    """What makes a DatabaseWrapper ours: recording skips every connection that has ``queryscope_own``."""

    queryscope_own = True
    # With DEBUG, Django would log our statements among the host's.
    queries_logged = False
    file_id: tuple[int, int] | None = None

    def ensure_connection(self: Any) -> None:
        """Connect as Django does, but not by the method that pytest-django replaces to bar tests from the database."""
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
        self._entry = _complete(target if isinstance(target, dict) else {"ENGINE": SQLITE, "NAME": target})
        self._path: Path | None = None
        if "sqlite" in self._entry["ENGINE"]:
            # The folder that a process works in may change, its store does not.
            self._path = self._entry["NAME"] = Path(self._entry["NAME"]).absolute()
        self.location = _location(self._entry)
        self._idle: deque[Any] = deque()
        _all.add(self)

    @contextmanager
    def lend(self, create: bool = False) -> Iterator[BaseDatabaseWrapper]:
        """Yield a connection to tables of the current version. One that saw an error is closed, which rolls back.

        Without ``create`` a store that does not exist yet is not made: an empty one is lent instead. Raises StoreError.
        """
        with explained(self.location):
            connection = self._idle_one() or self._open(create)
            with _closed_on_error(connection):
                yield connection
            if connection.settings_dict is self._entry and len(self._idle) < IDLE:
                self._idle.append(connection)
            else:
                connection.close()

    def close(self) -> None:
        """Close what is not lent out."""
        while (connection := self._pop()) is not None:
            with suppress(Exception):
                connection.close()

    def forget(self) -> None:
        """Leave the parent's connections alone in a forked child: its sockets and locks are not ours to close."""
        _inherited.append(self._idle)
        self._idle = deque()

    def _pop(self) -> Any:
        with suppress(IndexError):
            return self._idle.pop()
        return None

    def _idle_one(self) -> Any:
        connection = self._pop()
        if (
            connection is not None
            and self._path is not None
            and sqlite.file_id(self._path) != connection.file_id
        ):
            # Somebody deleted the file, and what is written to the one that is still open would be lost.
            self.close()
            connection.close()
            return None
        if connection is not None:
            # Asks a server that was silent meanwhile whether it still answers, and connects again if not.
            connection.health_check_done = False
        return connection

    def _open(self, create: bool) -> Any:
        if self._path is not None and create:
            sqlite.make_file(self._path)
        if self._path is not None and not self._path.exists():
            return _empty()
        connection = _wrap(self._entry)
        if connection.vendor not in schema.KEY_TYPE:
            raise StoreError(
                f"QUERYSCOPE['STORE'] names the engine {self._entry['ENGINE']!r}; a store is kept in"
                " django.db.backends.sqlite3 or django.db.backends.postgresql."
            )
        with _closed_on_error(connection):
            if self._path is not None:
                sqlite.prepare(connection, self._path)
                connection.file_id = sqlite.file_id(self._path)
            if create or schema.version(connection):
                schema.upgrade(connection, self.location)
                return connection
        connection.close()
        return _empty()


def _complete(entry: dict[str, Any]) -> dict[str, Any]:
    complete: dict[str, Any] = ConnectionHandler({"default": deepcopy(entry)}).settings["default"]
    complete["CONN_HEALTH_CHECKS"] = True
    # A pool of psycopg's has threads of its own, which a fork would lose; ours is enough.
    complete["OPTIONS"].pop("pool", None)
    return complete


@cache
def _own(engine: str) -> type[Any]:
    return type("OwnConnection", (Own, load_backend(engine).DatabaseWrapper), {})


def _wrap(entry: dict[str, Any]) -> Any:
    connection = _own(entry["ENGINE"])(entry, ALIAS)
    connection.inc_thread_sharing()
    return connection


def _empty() -> Any:
    connection = _wrap(_complete({"ENGINE": SQLITE, "NAME": ":memory:"}))
    schema.upgrade(connection, ":memory:")
    return connection


def _location(entry: dict[str, Any]) -> str:
    if "sqlite" in entry["ENGINE"]:
        return str(entry["NAME"])
    return f"postgresql://{entry['HOST'] or 'localhost'}:{entry['PORT'] or 5432}/{entry['NAME']}"


@contextmanager
def _closed_on_error(connection: Any) -> Iterator[None]:
    try:
        yield
    except BaseException:
        with suppress(Exception):
            connection.close()
        raise


_all: weakref.WeakSet[Connections] = weakref.WeakSet()
_inherited: list[Any] = []


def _close_all() -> None:
    for connections in list(_all):
        connections.close()


def _forget_all() -> None:
    for connections in list(_all):
        connections.forget()


atexit.register(_close_all)
# SQLite must not be carried across a fork: nothing that lies idle is open while it happens.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_close_all, after_in_child=_forget_all)
