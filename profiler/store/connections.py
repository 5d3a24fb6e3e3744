"""Lends the store's connections one at a time and takes them back to a small stock: many short threads leave nothing open.

What lies idle is closed before a fork, because neither SQLite nor a socket can be carried across one.
"""

from __future__ import annotations

import atexit
import os
import weakref
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.asyncio import async_unsafe

from queryscope.profiler.errors import StoreError
from queryscope.profiler.store import schema, sqlite, wrapper
from queryscope.profiler.store.explained import explained
from queryscope.profiler.store.forking import Gate

IDLE = 2
"""Connections that stay open for the next caller."""


class Connections:
    """Lends connections to one store; opens none before the first loan.

    ``target`` is the path of an SQLite file or a dict in the format of one ``DATABASES`` entry.
    """

    def __init__(self, target: str | Path | dict[str, Any]) -> None:
        self._entry = wrapper.complete(target)
        self._path = self._entry["NAME"] if isinstance(self._entry["NAME"], Path) else None
        self.location = wrapper.location(self._entry)
        self._idle: deque[Any] = deque()
        _all.add(self)

    @async_unsafe
    @contextmanager
    def lend(self, create: bool = False) -> Iterator[BaseDatabaseWrapper]:
        """Yield a connection to tables of the current version. One that saw an error is closed, which rolls back.

        Without ``create`` a store that does not exist yet is not made: an empty one is lent instead. Raises StoreError.
        """
        with explained(self.location), _gate.inside():
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
        if connection is None:
            return None
        if self._path is not None and sqlite.file_id(self._path) != connection.file_id:
            # Somebody deleted the file, and what is written to the one that is still open would be lost.
            self.close()
            connection.close()
            return None
        # A server that was silent meanwhile is asked whether it still answers, and connected again if not.
        connection.health_check_done = False
        return connection

    def _open(self, create: bool) -> Any:
        connection = wrapper.wrap(self._entry)
        _refuse_unfit(connection, self._path)
        if self._path is not None and create:
            sqlite.make_file(self._path)
        if self._path is not None and not self._path.exists():
            return _empty()
        with _closed_on_error(connection):
            if self._path is not None:
                sqlite.prepare(connection, self._path)
                connection.file_id = sqlite.file_id(self._path)
            if create or schema.version(connection):
                schema.upgrade(connection, self.location)
                return connection
        connection.close()
        return _empty()


def _refuse_unfit(connection: BaseDatabaseWrapper, path: Path | None) -> None:
    engine = connection.settings_dict["ENGINE"]
    if connection.vendor not in schema.KEY_TYPE:
        raise StoreError(
            f"QUERYSCOPE['STORE'] names the engine {engine!r}; a store is kept in django.db.backends.sqlite3 or"
            " django.db.backends.postgresql."
        )
    if path is not None and path.name == ":memory:":
        raise StoreError(
            "QUERYSCOPE['STORE'] is ':memory:', which no two connections share; give the path of a file."
        )


def _empty() -> Any:
    connection = wrapper.wrap(wrapper.in_memory())
    schema.upgrade(connection, ":memory:")
    return connection


@contextmanager
def _closed_on_error(connection: Any) -> Iterator[None]:
    try:
        yield
    except BaseException:
        with suppress(Exception):
            connection.close()
        raise


_gate = Gate()
_all: weakref.WeakSet[Connections] = weakref.WeakSet()
_inherited: list[Any] = []


def _close_all() -> None:
    for connections in list(_all):
        connections.close()


def _before_fork() -> None:
    _gate.close()
    _close_all()


def _in_child() -> None:
    _gate.renew()
    for connections in list(_all):
        connections.forget()


atexit.register(_close_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_gate.open, after_in_child=_in_child)
