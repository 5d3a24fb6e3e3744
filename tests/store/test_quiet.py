"""The host project sees nothing of the store: no connection, model, query, log line or file before the first trace."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import SynchronousOnlyOperation
from django.db import connections
from django.db.backends.signals import connection_created
from django.test import SimpleTestCase

from queryscope.profiler.store import Store, Summary, Totals, current_store
from tests.builders import report
from tests.store.processes import finish, start


class RefusingRouter:
    """A host's router that is asked about nothing that is not its own."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        raise AssertionError(model)

    db_for_write = db_for_read


def test_importing_and_asking_for_the_store_makes_nothing(tmp_path: Path) -> None:
    """The autoreloader's parent and every short command stay without file, connection and thread."""
    program = """
import threading
from queryscope.profiler.store import current_store
store = current_store()
print(threading.active_count(), len(os.listdir(settings.BASE_DIR)), store.location)
print(store.last_seq(), store.newest(), store.paused_at(), len(os.listdir(settings.BASE_DIR)))
store.resume(); store.clear()
print(len(os.listdir(settings.BASE_DIR)))
"""
    lines = finish(start(program, BASE_DIR=tmp_path)).splitlines()
    assert lines == [f"1 0 {tmp_path / '.queryscope' / 'store.sqlite3'}", "0 () None 0", "0"]


def test_a_store_that_does_not_exist_reads_as_empty(store: Store) -> None:
    """The dashboard can be open before the first trace."""
    assert store.totals() == Totals()
    assert (store.last_seq(), store.newest(), store.read_after(0), store.paused_at()) == (0, (), (), None)
    assert store.neighbours(1) == (None, None)


def test_our_alias_is_not_among_the_hosts(store: Store) -> None:
    """What walks through connections or models meets the host's own only."""
    aliases, models = list(connections), apps.get_models(include_auto_created=True)
    store.append([report()])
    assert list(connections) == aliases
    assert apps.get_models(include_auto_created=True) == models
    assert "queryscope" not in {connection.alias for connection in connections.all()}


def test_routers_are_not_asked(store: Store, settings: Any) -> None:
    """A host's routing is about the host's models."""
    settings.DATABASE_ROUTERS = [RefusingRouter()]
    store.append([report()])
    assert store.last_seq() == 1


def test_guards_against_queries_in_tests_do_not_meet_us(store: Store) -> None:
    """Neither Django's guard nor pytest-django's (which is up in this very test) stops or reports the store."""

    class Guarded(SimpleTestCase):
        pass

    Guarded.setUpClass()
    try:
        store.append([report()])
    finally:
        Guarded.tearDownClass()
        Guarded.doClassCleanups()
    assert store.last_seq() == 1


def test_nothing_is_logged_among_the_hosts_statements(
    store: Store, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """A project that prints its SQL while developing does not get ours."""
    settings.DEBUG = True
    with caplog.at_level(logging.DEBUG, logger="django.db.backends"):
        store.append([report()])
        store.newest()
    assert caplog.records == []


def test_recording_can_tell_our_connections(store: Store) -> None:
    """The hook that instruments new connections is told before it does so."""
    seen: list[bool] = []

    def look(connection: Any, **_: Any) -> None:
        seen.append(connection.queryscope_own)

    connection_created.connect(look)
    try:
        store.append([report()])
    finally:
        connection_created.disconnect(look)
    assert seen
    assert all(seen)


def test_an_event_loop_is_never_blocked(store: Store) -> None:
    """Calling the store from a coroutine is a mistake that Django names at once."""
    store.append([report()])

    async def careless() -> None:
        store.last_seq()

    with pytest.raises(SynchronousOnlyOperation):
        asyncio.run(careless())


def test_another_thread_may_use_what_one_opened(store: Store) -> None:
    """The writer opens a connection, a view of another thread reads with it."""
    store.append([report()])
    answers: list[tuple[Summary, ...]] = []
    reader = threading.Thread(target=lambda: answers.append(store.newest()))
    reader.start()
    reader.join(10)
    assert [summary.seq for summary in answers[0]] == [1]


def test_the_current_store_follows_the_settings(tmp_path: Path, settings: Any) -> None:
    """One store a process, another one when a test changes the settings."""
    settings.QUERYSCOPE = {"STORE": str(tmp_path / "one.sqlite3")}
    first = current_store()
    assert current_store() is first
    settings.QUERYSCOPE = {"STORE": str(tmp_path / "two.sqlite3")}
    assert current_store().location == str(tmp_path / "two.sqlite3")


def test_a_relative_path_is_the_projects(tmp_path: Path, settings: Any) -> None:
    """It does not depend on where a command was started."""
    settings.BASE_DIR = tmp_path
    settings.QUERYSCOPE = {"STORE": "var/traces.sqlite3"}
    assert current_store().location == str(tmp_path / "var" / "traces.sqlite3")


def test_a_database_entry_is_shown_without_credentials(
    settings: Any, open_store: Callable[[Any], Store]
) -> None:
    """The location is printed in the dashboard and in errors."""
    settings.QUERYSCOPE = {
        "STORE": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "traces",
            "HOST": "db.example",
            "USER": "anna",
            "PASSWORD": "geheim",
        }
    }
    assert current_store().location == "postgresql://db.example:5432/traces"
