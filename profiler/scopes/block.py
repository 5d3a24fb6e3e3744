"""``profile("name")`` records a block of code or a function as a unit of work of its own.

Inside a unit of work that is already recorded it marks a lane of that trace instead, so that no statement is kept twice.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import Token
from functools import wraps
from inspect import iscoroutinefunction
from time import perf_counter_ns
from types import TracebackType
from typing import Any, Self, TypeVar, cast

from queryscope.profiler import pipeline
from queryscope.profiler.capture.hooks import describe_error
from queryscope.profiler.capture.recorder import Recorder, activate, deactivate, recording

Function = TypeVar("Function", bound=Callable[..., Any])


class profile:
    """Record what runs inside ``with profile("import books"):`` or in a function decorated with it, sync or async.

    ``name`` is what the trace is called, up to 200 characters. An instance serves one block at a time; a decorated
    function makes a new one for each call. An exception of the block is noted in the trace and goes on.
    """

    def __init__(self, name: str) -> None:
        self.name = str(name)[:200]
        self._recorder: Recorder | None = None
        self._outer: Recorder | None = None
        self._token: Token[Recorder | None] | None = None
        self._start = 0

    def __enter__(self) -> Self:
        self._start = perf_counter_ns()
        self._outer = recording()
        if self._outer is None:
            self._recorder = pipeline.open_recorder("block", self.name)
        if self._recorder is not None:
            self._token = activate(self._recorder)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._outer is not None:
            self._outer.lane("block", self.name, self._start, perf_counter_ns())
        recorder, self._recorder = self._recorder, None
        if recorder is not None and self._token is not None:
            deactivate(self._token, recorder)
            if error is not None:
                recorder.error = describe_error(error)
            pipeline.submit(recorder.close())

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, traceback)

    def __call__(self, function: Function) -> Function:
        name = self.name
        if iscoroutinefunction(function):

            @wraps(function)
            async def arun(*args: Any, **kwargs: Any) -> Any:
                with profile(name):
                    return await function(*args, **kwargs)

            return cast("Function", arun)

        @wraps(function)
        def run(*args: Any, **kwargs: Any) -> Any:
            with profile(name):
                return function(*args, **kwargs)

        return cast("Function", run)
