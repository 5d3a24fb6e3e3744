"""A unit of work as a context manager: a trace of its own, or a lane of the unit of work it is part of."""

from __future__ import annotations

from contextvars import Token
from time import perf_counter_ns
from types import CodeType, TracebackType
from typing import Any, Self

from queryscope.profiler import pipeline
from queryscope.profiler.capture import guard
from queryscope.profiler.capture.hooks import describe_error
from queryscope.profiler.capture.recorder import Recorder, activate, deactivate, recording
from queryscope.profiler.trace import Kind


def enclosing(arrived: bool) -> Recorder | None:
    """Return the recorder of the unit of work that a new one is part of.

    What ``arrived`` from outside (a request, a message, a task from a queue) is no part of the command that serves it.
    """
    outer = recording()
    return None if outer is not None and arrived and outer.kind == "command" else outer


class Unit:
    """Record what runs inside ``with Unit("task", "send_mail"):``. One instance serves one block at a time."""

    expected: tuple[type[BaseException], ...] = ()
    """Exceptions by which such work ends as a matter of course."""
    boundary: CodeType | None = None
    """Code of the frame at which stacks end: what called it says nothing about a statement."""
    arrived = False

    def __init__(self, kind: Kind, name: str, path: str | None = None) -> None:
        self.kind, self.name, self.path = kind, name[:200], path
        self.recorder: Recorder | None = None
        self._outer: Recorder | None = None
        self._token: Token[Recorder | None] | None = None
        self._start = 0

    def __enter__(self) -> Self:
        try:
            self._begin()
        except Exception:
            guard.report("the start of a unit of work")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        recorder, self.recorder = self.recorder, None
        if recorder is not None and self._token is not None:
            deactivate(self._token, recorder)
        try:
            self._end(recorder, error)
        except Exception:
            if recorder is not None:
                recorder.discard()
            guard.report("the end of a unit of work")

    def _begin(self) -> None:
        self._start = perf_counter_ns()
        self._outer = enclosing(self.arrived)
        if self._outer is None:
            self.recorder = pipeline.open_recorder(self.kind, self.name, self.path)
        if self.recorder is not None:
            if self.boundary is not None:
                self.recorder.boundary = self.boundary
            self._token = activate(self.recorder)

    def _end(self, recorder: Recorder | None, error: BaseException | None) -> None:
        outer, self._outer = self._outer, None
        if outer is not None:
            outer.lane(self.kind, self.name, self._start, perf_counter_ns())
        if recorder is not None:
            if error is not None and not self._as_expected(error):
                recorder.error = describe_error(error)
            self.hand_in(recorder)

    def note(self, error: str) -> None:
        """Note what went wrong, where the exception does not come through ``__exit__``."""
        if self.recorder is not None:
            self.recorder.error = error

    def hand_in(self, recorder: Recorder, details: Any = None) -> None:
        """Close the recording and pass it on."""
        pipeline.submit(recorder.close(details))

    def _as_expected(self, error: BaseException) -> bool:
        return isinstance(error, self.expected) or (isinstance(error, SystemExit) and not error.code)
