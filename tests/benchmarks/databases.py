"""Databases of the benchmark's own: filled once, copied for each contender, gone afterwards."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Entry = dict[str, Any]
Fill = Callable[[Entry], None]
Copy = Callable[[str], Entry]


class Absent(Exception):
    """A database that cannot be measured here, with the reason."""


POSTGRES = {
    "HOST": os.environ.get("PGHOST", "127.0.0.1"),
    "PORT": os.environ.get("PGPORT", "5432"),
    "USER": os.environ.get("PGUSER", "postgres"),
    "PASSWORD": os.environ.get("PGPASSWORD", ""),
}


@contextmanager
def sqlite(folder: Path, fill: Fill) -> Iterator[Copy]:
    """Yield a function that makes a copy of a filled SQLite file and returns its entry in ``DATABASES``."""
    source = folder / "bookshelf.sqlite3"
    fill(_entry("sqlite3", source))

    def copy(name: str) -> Entry:
        target = folder / f"{name}.sqlite3"
        shutil.copy(source, target)
        return _entry("sqlite3", target)

    yield copy


@contextmanager
def postgresql(folder: Path, fill: Fill) -> Iterator[Copy]:
    """The same on the PostgreSQL server that ``PGHOST``, ``PGPORT`` and ``PGUSER`` name. Raises Absent."""
    made: list[str] = []

    def create(template: str = "") -> Entry:
        name = f"queryscope_bench_{uuid.uuid4().hex[:12]}"
        with _server() as server:
            server.execute(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
        made.append(name)
        return _entry("postgresql", name) | POSTGRES

    try:
        source = create()
        fill(source)
        yield lambda name: create(source["NAME"])
    finally:
        for name in made:
            with _server() as server:
                server.execute(f"DROP DATABASE {name} WITH (FORCE)")


KINDS = {"SQLite": sqlite, "PostgreSQL": postgresql}


def _entry(engine: str, name: object) -> Entry:
    # As in production: a connection lives longer than a request, or reconnecting would hide the rest.
    return {"ENGINE": f"django.db.backends.{engine}", "NAME": str(name), "CONN_MAX_AGE": None}


def _server() -> Any:
    try:
        import psycopg
    except ImportError as error:
        raise Absent(f"psycopg is not installed ({error}).") from error
    try:
        return psycopg.connect(
            host=POSTGRES["HOST"],
            port=POSTGRES["PORT"],
            user=POSTGRES["USER"],
            password=POSTGRES["PASSWORD"],
            dbname="postgres",
            autocommit=True,
            connect_timeout=3,
        )
    except psycopg.OperationalError as error:
        raise Absent(f"no server answers at {POSTGRES['HOST']}:{POSTGRES['PORT']} ({error}).") from error
