"""A DatabaseWrapper of the store's own: never in ``DATABASES``, so no router, migration, test runner or signal sees it."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ConnectionHandler, load_backend

ALIAS = "queryscope"
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


def complete(target: str | Path | dict[str, Any]) -> dict[str, Any]:
    """Return the path of an SQLite file, or one entry of ``DATABASES``, as an entry with every key that Django needs.

    ``NAME`` is an absolute Path where the store is a file: the folder that a process works in may change.
    """
    entry: dict[str, Any] = (
        deepcopy(target) if isinstance(target, dict) else {"ENGINE": SQLITE, "NAME": target}
    )
    entry = ConnectionHandler({"default": entry}).settings["default"]
    if "sqlite" in entry["ENGINE"]:
        entry["NAME"] = Path(entry["NAME"]).absolute()
    entry["CONN_HEALTH_CHECKS"] = True
    # psycopg's pool has threads of its own, which a fork would lose; the stock of ``Connections`` is enough.
    entry["OPTIONS"].pop("pool", None)
    return entry


def location(entry: dict[str, Any]) -> str:
    """Return where the store is, for people: a path, or an address without user and password."""
    if isinstance(entry["NAME"], Path):
        return str(entry["NAME"])
    return f"postgresql://{entry['HOST'] or 'localhost'}:{entry['PORT'] or 5432}/{entry['NAME']}"


def in_memory() -> dict[str, Any]:
    """Return the entry of a database that only the connection itself sees."""
    return complete("") | {"NAME": ":memory:"}


def wrap(entry: dict[str, Any]) -> Any:
    """Return a wrapper, not connected yet, that any one thread at a time may use."""
    connection = _own(entry["ENGINE"])(entry, ALIAS)
    connection.inc_thread_sharing()
    return connection


@cache
def _own(engine: str) -> type[Any]:
    return type("OwnConnection", (Own, load_backend(engine).DatabaseWrapper), {})
