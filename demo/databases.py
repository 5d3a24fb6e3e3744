"""Which database the bookshop uses: ``LANTERN_DATABASE`` chooses, the vendor's own variables say where it is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db.backends.base.base import BaseDatabaseWrapper


def default_database(folder: Path) -> dict[str, Any]:
    """Return the entry of ``DATABASES``; ``folder`` is where the SQLite file lies.

    Raises ImproperlyConfigured where ``LANTERN_DATABASE`` names an unknown kind.
    """
    kind = os.environ.get("LANTERN_DATABASE") or "sqlite"
    makers = {"sqlite": _sqlite, "postgresql": _postgresql, "mariadb": _mariadb}
    if kind not in makers:
        raise ImproperlyConfigured(f"LANTERN_DATABASE is {kind!r}; it takes {', '.join(makers)}.")
    return makers[kind](folder)


CONNECTION_SECONDS = 60
"""How long a connection to a server is kept: with Django's default of 0 each page would set one up, and the rule
``reconnect`` would find that on every page, beside what the page is there to show."""


def _sqlite(folder: Path) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": folder / "lantern.sqlite3",
        # Several requests write at once while `traffic` runs: a transaction that starts reading and writes later
        # would not wait for its turn but fail with "database is locked".
        "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE"},
    }


def _postgresql(folder: Path) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": os.environ.get("PGDATABASE", "lantern"),
        "HOST": os.environ.get("PGHOST", "127.0.0.1"),
        "PORT": os.environ.get("PGPORT", "5432"),
        "USER": os.environ.get("PGUSER", "postgres"),
        "PASSWORD": os.environ.get("PGPASSWORD", ""),
        "CONN_MAX_AGE": CONNECTION_SECONDS,
    }


def _mariadb(folder: Path) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.mysql",
        "NAME": os.environ.get("MYSQL_DATABASE", "lantern"),
        "HOST": os.environ.get("MYSQL_HOST", "127.0.0.1"),
        "PORT": os.environ.get("MYSQL_TCP_PORT", "3306"),
        "USER": os.environ.get("MYSQL_USER", "root"),
        "PASSWORD": os.environ.get("MYSQL_PWD", ""),
        "CONN_MAX_AGE": CONNECTION_SECONDS,
        "OPTIONS": {"charset": "utf8mb4"},
        "TEST": {"CHARSET": "utf8mb4", "COLLATION": "utf8mb4_unicode_ci"},
    }


def create_missing(connection: BaseDatabaseWrapper) -> None:
    """Create the database of ``connection`` where the server does not have it yet; SQLite makes its file by itself."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "postgresql":
        with connection._nodb_cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            if not cursor.fetchone():
                cursor.execute(f"CREATE DATABASE {connection.ops.quote_name(name)}")
    elif connection.vendor == "mysql":
        with connection._nodb_cursor() as cursor:
            cursor.execute(
                f"CREATE DATABASE IF NOT EXISTS {connection.ops.quote_name(name)} CHARACTER SET utf8mb4"
            )
