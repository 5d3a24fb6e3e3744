"""What every test gets: the bookshop as the project under test, a recording on demand, and proof that nothing leaks."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, connections

from queryscope.profiler import pipeline
from queryscope.profiler.analysis.memory import Memory
from queryscope.profiler.capture.recorder import active, open_recorders
from queryscope.profiler.report import Report
from queryscope.profiler.store import Store, Summary, current_store
from queryscope.profiler.trace import Trace

pytest_plugins = ["tests.distribution", "tests.services"]


Result = TypeVar("Result")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A runner in the background ignores Ctrl-C and hands that down to the servers that tests stop by it.
    signal.signal(signal.SIGINT, signal.default_int_handler)


class Recording:
    """What was recorded so far, read from a store of the test's own."""

    def __init__(self, settings: Any, store: Path) -> None:
        self._settings = settings
        self._options: dict[str, Any] = {"ENABLED": True, "STORE": str(store), "PARAMETERS": "sensitive"}
        settings.QUERYSCOPE = self._options

    def set(self, **options: Any) -> None:
        """Change options of ``QUERYSCOPE`` for the rest of the test."""
        self._options = self._options | options
        self._settings.QUERYSCOPE = self._options

    @property
    def store(self) -> Store:
        assert pipeline.flush(20), "the writer did not finish in 20 s"
        return current_store()

    @property
    def summaries(self) -> tuple[Summary, ...]:
        """All rows of the log, oldest first."""
        return self.store.newest(1_000)[::-1]

    @property
    def report(self) -> Report:
        """The newest report."""
        store = self.store
        return store.report(store.resolve("last"))

    @property
    def trace(self) -> Trace:
        """The newest trace."""
        return self.report.trace


@pytest.fixture
def recording(request: pytest.FixtureRequest, settings: Any, tmp_path: Path) -> Iterator[Recording]:
    """Turn the recording on, into a store of the test's own; what a backend sends while connecting is sent before."""
    if request.node.get_closest_marker("django_db") or {"db", "transactional_db"} & set(request.fixturenames):
        request.getfixturevalue("transactional_db")
        connection.ensure_connection()
    yield Recording(settings, tmp_path / "store.sqlite3")
    pipeline.flush(20)


def run_async(work: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine and close the connections of the thread in which its statements ran."""

    async def main() -> Result:
        try:
            return await work
        finally:
            await sync_to_async(connections.close_all)()

    return asyncio.run(main())


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Have the test database in a file: of one in memory all threads of a live server share a single connection.

    Where one of them runs a function of Python's in SQLite and another one holds the interpreter, both wait for ever.
    """
    entry = connections["default"].settings_dict
    if "sqlite" in entry["ENGINE"]:
        entry["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")


@pytest.fixture(autouse=True)
def nothing_leaks() -> Iterator[None]:
    """Fail the test that leaves a recorder open or active: the next one would record into it."""
    yield
    pipeline._writer.problem = None  # a store that a test broke must not make the next one's recording rest
    pipeline._writer._memory = Memory()  # what one test asked often is no finding of the next one
    left = set(open_recorders)
    open_recorders.clear()
    assert not left, f"recorders were left open: {left}"
    assert active.get() is None
