"""Runs a function that sends statements and asks three witnesses: its own comments, the database and the log."""

from __future__ import annotations

import logging
from collections.abc import Callable
from inspect import iscoroutinefunction
from typing import Any

import pytest

from queryscope.profiler.scopes.block import profile
from queryscope.profiler.trace import Trace
from tests.capture.account import account, differences
from tests.capture.witness import witness
from tests.conftest import Recording, run_async

Way = Callable[[], Any]


class Ways(list[Way]):
    """Functions that send statements, each line with a comment that says what it sends; used as their decorator."""

    def __call__(self, function: Way) -> Way:
        self.append(function)
        return function

    def test(self, function: Callable[..., None]) -> Any:
        """Decorate a test that takes each of them as ``send``."""
        return pytest.mark.parametrize("send", self, ids=lambda send: send.__name__)(function)


def check_recorded(send: Way, recording: Recording, alias: str = "default") -> Trace:
    """Assert that what ``send`` sends is recorded, all of it and nothing else; return the trace."""
    recording.set(PARAMETERS="full")
    with witness() as database, profile(send.__name__):
        run_async(send()) if iscoroutinefunction(send) else send()
    trace = recording.trace
    ours, unrecorded, unseen = account(trace.spans, database.seen, alias)
    assert (unrecorded, unseen) == ([], [])
    assert differences(ours, send) == []
    return trace


@pytest.fixture
def no_errors_of_our_own(caplog: pytest.LogCaptureFixture) -> Any:
    """Fail where recording had to catch an exception of its own."""
    yield
    logged = [each.getMessage() for when in ("setup", "call") for each in caplog.get_records(when)  # type: ignore[arg-type]
              if each.name == "queryscope" and each.levelno >= logging.WARNING]  # fmt: skip
    assert logged == []
