"""A pytest plugin that records each test: ``pytest -p queryscope.profiler.scopes.testing``.

A trace is what one test function does, named by its node id; requests that it makes are part of it. What fixtures do
around it is not, because the first of them makes the test database.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from queryscope.profiler import pipeline
from queryscope.profiler.capture.hooks import describe_error
from queryscope.profiler.capture.raw import RawTrace
from queryscope.profiler.capture.recorder import Recorder
from queryscope.profiler.scopes import switch
from queryscope.profiler.scopes.unit import Unit
from queryscope.profiler.settings import record_tests


class _Test(Unit):
    """One test; kept until its outcome is known, which is later than its end."""

    arrived = True  # ``manage.py test`` may be recorded as a command; its tests are no part of it
    raw: RawTrace | None = None

    def hand_in(self, recorder: Recorder, details: Any = None) -> None:
        self.raw = recorder.close(details)


_test = pytest.StashKey[_Test]()


def pytest_configure() -> None:
    """Whoever loads this plugin wants tests to be recorded."""
    record_tests()


def pytest_sessionstart() -> None:
    """Hook Django, which is set up by now."""
    switch.install(switch.TESTED)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Record what a test function does."""
    item.stash[_test] = _Test("test", item.nodeid)
    with item.stash[_test]:
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Hand the trace over with the outcome; a test that is skipped or fails as expected has no error."""
    report = yield
    if call.when == "call" and (raw := item.stash[_test].raw) is not None:
        failed = describe_error(call.excinfo.value) if call.excinfo else "failed"
        pipeline.submit(raw._replace(error=failed if report.failed else None))
    return report
