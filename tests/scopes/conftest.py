"""Every hook in place for one test, and gone after it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from queryscope.profiler.scopes import switch, threads
from queryscope.profiler.settings import current
from tests.conftest import Recording


@pytest.fixture
def hooked(recording: Recording) -> Iterator[Recording]:
    """As where recording is on at start-up."""
    switch.install(current().scopes)
    yield recording
    switch.uninstall()


@pytest.fixture
def followed(recording: Recording) -> Iterator[None]:
    """Threads and tasks are followed."""
    threads.install()
    yield
    threads.uninstall()
