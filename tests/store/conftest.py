"""Every test of the store runs on an SQLite file and on PostgreSQL, each with a place of its own."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from queryscope.profiler.store import Store
from tests.services import RequireService

Target = str | dict[str, Any]
POSTGRES = {
    "ENGINE": "django.db.backends.postgresql",
    "HOST": os.environ.get("PGHOST", "127.0.0.1"),
    "PORT": int(os.environ.get("PGPORT", "5432")),
    "USER": os.environ.get("PGUSER", "postgres"),
    "PASSWORD": os.environ.get("PGPASSWORD", ""),
}


def connect(database: str) -> psycopg.Connection[Any]:
    """Return a connection beside the store's, for what a test has to arrange or to look at."""
    return psycopg.connect(
        host=POSTGRES["HOST"],
        port=POSTGRES["PORT"],
        user=POSTGRES["USER"],
        password=POSTGRES["PASSWORD"],
        dbname=database,
        autocommit=True,
    )


@pytest.fixture(scope="session")
def postgres_database(require_service: RequireService) -> Iterator[str]:
    """The name of an empty database that lives as long as the test session."""
    require_service("postgresql", POSTGRES["HOST"], POSTGRES["PORT"])
    name = f"queryscope_store_{uuid.uuid4().hex[:12]}"
    with connect("postgres") as server:
        server.execute(f"CREATE DATABASE {name}")
    yield name
    with connect("postgres") as server:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgres_target(postgres_database: str) -> Iterator[Target]:
    """The settings of a place in PostgreSQL that only this test uses."""
    schema = f"s_{uuid.uuid4().hex[:12]}"
    with connect(postgres_database) as server:
        server.execute(f"CREATE SCHEMA {schema}")
    yield POSTGRES | {"NAME": postgres_database, "OPTIONS": {"options": f"-c search_path={schema}"}}
    with connect(postgres_database) as server:
        server.execute(f"DROP SCHEMA {schema} CASCADE")


@pytest.fixture
def sqlite_path(tmp_path: Path) -> Path:
    """Where a store would be made, in a folder that does not exist yet."""
    return tmp_path / "folder" / "store.sqlite3"


@pytest.fixture(params=["sqlite", "postgresql"])
def target(request: pytest.FixtureRequest) -> Target:
    """What ``QUERYSCOPE['STORE']`` would hold."""
    if request.param == "sqlite":
        return str(request.getfixturevalue("sqlite_path"))
    found: Target = request.getfixturevalue("postgres_target")
    return found


@pytest.fixture
def open_store() -> Iterator[Callable[[Target], Store]]:
    """Make stores that are closed when the test ends."""
    opened: list[Store] = []

    def open_one(target: Target) -> Store:
        opened.append(Store(target))
        return opened[-1]

    yield open_one
    for store in opened:
        store.close()


@pytest.fixture
def store(target: Target, open_store: Callable[[Target], Store]) -> Store:
    """A store that nobody has used yet."""
    return open_store(target)
