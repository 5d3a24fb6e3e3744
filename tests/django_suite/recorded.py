"""Runs Django's ``runtests.py`` with our hooks and a recorder around each test: ``recorded.py EVIDENCE [its arguments]``.

The file EVIDENCE gets a line for each recording and for each error of ours. All processes of the run append to it.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any
from unittest.suite import TestSuite

import django
from django.test import SimpleTestCase

from queryscope.profiler.capture import guard, hooks
from queryscope.profiler.capture.assemble import assemble
from queryscope.profiler.capture.recorder import Recorder, activate, deactivate, recording
from queryscope.profiler.config import Config
from queryscope.profiler.store import codec

CONFIG = Config(enabled=True, parameters="sensitive")
# Read as a file: the folder of this project is not on the path of Django's tests.
LOOKING: dict[str, str] = runpy.run_path(str(Path(__file__).with_name("modules.py")))["LOOKING"]


class Evidence:
    """A file to which every process appends whole lines."""

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def add(self, **facts: Any) -> None:
        """Append one line."""
        os.write(self._file, json.dumps(facts).encode() + b"\n")

    def error(self, where: str) -> None:
        """Append the exception that is being handled; takes the place of ``guard.report``."""
        error = traceback.format_exception(sys.exception(), chain=False)
        self.add(error=where, traceback="".join(error))


def main() -> None:
    """Run ``runtests.py`` of the current folder; our hooks go in when it has set Django up."""
    evidence = Evidence(sys.argv[1])
    guard.report = evidence.error
    sys.argv[:2] = ["runtests.py"]
    sys.path[0] = os.getcwd()
    original = django.setup

    def setup(set_prefix: bool = True) -> None:
        original(set_prefix)
        django.setup = original
        record_tests(evidence)

    django.setup = setup
    runpy.run_path("runtests.py", run_name="__main__")


def record_tests(evidence: Evidence) -> None:
    """Install every hook, and have each test and what is set up for a class recorded."""
    hooks.install()
    # The fixtures of a class are a recording of their own: tests get instances that an earlier one brought.
    for owner, name in (
        (SimpleTestCase, "__call__"),
        (TestSuite, "_handleClassSetUp"),
        (TestSuite, "_tearDownPreviousClass"),
    ):
        setattr(owner, name, _recorded(getattr(owner, name), evidence))


def _recorded(original: Callable[..., Any], evidence: Evidence) -> Callable[..., Any]:
    @wraps(original)
    def run(self: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(self, SimpleTestCase) and self.id() in LOOKING:
            self.__dict__["__unittest_expecting_failure__"] = True
        with _recording(str(self) if original.__name__ == "__call__" else original.__name__, evidence):
            return original(self, *args, **kwargs)

    return run


@contextmanager
def _recording(name: str, evidence: Evidence) -> Iterator[None]:
    if recording() is not None:  # a test that runs tests
        yield
        return
    recorder = Recorder("test", name, CONFIG)
    token = activate(recorder)
    try:
        yield
    finally:
        deactivate(token, recorder)
        try:
            evidence.add(**_stored(recorder))
        except Exception:
            evidence.error(f"the recording of {name}")


def _stored(recorder: Recorder) -> dict[str, int]:
    """Take the recording the whole way to the bytes of the store and back; return what is in it."""
    raw = recorder.close()
    if raw is None:
        return {"closed": 1}
    report = codec.decode(codec.encode(assemble(raw, lambda: None)))
    spans = report.trace.spans
    return {
        "statements": len(spans),
        "located": sum(span.call_site is not None for span in spans),
        "built": sum(bool(span.build_sites) for span in spans),
    }


if __name__ == "__main__":
    main()
