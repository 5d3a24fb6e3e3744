"""A runner for ``manage.py test`` that records each test: ``TEST_RUNNER = "queryscope.profiler.scopes.runner.Runner"``.

A trace is one test with its ``setUp`` and ``tearDown``, named by its id; requests that it makes are part of it.
"""

from __future__ import annotations

from functools import cache
from typing import Any, cast
from unittest import TestResult, TextTestResult

from django.test.runner import DiscoverRunner, ParallelTestSuite, RemoteTestResult, RemoteTestRunner

from queryscope.profiler.capture.hooks import describe_error
from queryscope.profiler.scopes import switch
from queryscope.profiler.scopes.unit import Unit
from queryscope.profiler.settings import record_tests


@cache
def recorded(result: type[TestResult]) -> type[TestResult]:
    """Return a class of results that also records each test."""

    class Recorded(result):  # type: ignore[misc, valid-type]
        _unit: Unit | None = None

        def startTest(self, test: Any) -> None:
            super().startTest(test)
            self._unit = Unit("test", test.id())
            self._unit.arrived = (
                True  # ``manage.py test`` may be recorded as a command; its tests are no part of it
            )
            self._unit.__enter__()

        def stopTest(self, test: Any) -> None:
            unit, self._unit = self._unit, None
            if unit is not None:
                unit.__exit__(None, None, None)
            super().stopTest(test)

        def addError(self, test: Any, err: Any) -> None:
            self._note(err)
            super().addError(test, err)

        def addFailure(self, test: Any, err: Any) -> None:
            self._note(err)
            super().addFailure(test, err)

        def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:
            if err is not None:
                self._note(err)
            super().addSubTest(test, subtest, err)

        def _note(self, err: Any) -> None:
            # A class or module whose set-up fails reports its error outside of every test.
            if self._unit is not None:
                self._unit.note(describe_error(err[1]))

    return Recorded


def _begin() -> None:
    record_tests()
    switch.install(switch.TESTED)


class _RemoteRunner(RemoteTestRunner):
    """Runs the tests of one worker of ``--parallel``."""

    resultclass = cast(Any, recorded(RemoteTestResult))

    def run(self, test: Any) -> Any:
        _begin()
        return super().run(test)


class _ParallelSuite(ParallelTestSuite):
    runner_class = _RemoteRunner


class RecordedTests:
    """Mix it into a test runner of your own: ``class Runner(RecordedTests, DiscoverRunner)``."""

    parallel: int
    parallel_test_suite: Any = _ParallelSuite

    def setup_test_environment(self, **options: Any) -> None:
        """Turn the recording on, which is off in tests unless somebody asks for it."""
        super().setup_test_environment(**options)  # type: ignore[misc]
        _begin()

    def get_resultclass(self) -> Any:
        """Return the class that hears of each test; with ``--parallel`` the workers have their own."""
        found = super().get_resultclass()  # type: ignore[misc]
        return found if self.parallel > 1 else recorded(found or TextTestResult)


class Runner(RecordedTests, DiscoverRunner):
    """Django's own runner, which records."""
