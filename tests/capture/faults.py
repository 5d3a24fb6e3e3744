"""Finds the functions of ours that run in the threads of the application, and breaks one of them from inside.

The outermost function of ours on a stack is what Django or the application calls itself: it is never broken, for it is
what has to catch the exceptions of those below it.
"""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType, FrameType, FunctionType, TracebackType
from typing import Any, Self

from queryscope.profiler.capture import guard

_OURS = guard.__file__.removesuffix("capture/guard.py")
_OWN_THREADS = "queryscope-"


class Calls:
    """A context that notes which functions of ours are called: by the host, and below those by ours."""

    def __init__(self) -> None:
        self.entered: set[CodeType] = set()
        self.below: dict[CodeType, set[CodeType]] = {}
        """For each function that another one of ours calls, those by which the host had come in."""

    def __enter__(self) -> Self:
        threading.settrace(self._trace)
        sys.settrace(self._trace)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        sys.settrace(None)
        threading.settrace(None)  # type: ignore[arg-type]

    def _trace(self, frame: FrameType, event: str, argument: Any) -> None:
        code = frame.f_code
        if not _is_ours(code) or threading.current_thread().name.startswith(_OWN_THREADS):
            return
        outermost = _outermost(frame)
        if outermost is code:
            self.entered.add(code)
        else:
            self.below.setdefault(code, set()).add(outermost)

    def breakable(self) -> dict[str, CodeType]:
        """Return the functions that only ours call, by module and name, but for those that are the guard themselves."""
        below = (code for code in self.below if code not in self.entered and not _guards(code))
        return {_name(code): code for code in below if _functions(code)}


class Fault:
    """What became of a function that was broken: how often it was called."""

    calls = 0


@contextmanager
def broken(code: CodeType) -> Iterator[Fault]:
    """Have every function that is made of ``code`` raise instead of running."""
    functions = _functions(code)
    instead = _fail.__code__.replace(co_freevars=code.co_freevars)
    fault = _faults[0] = Fault()
    for function in functions:
        function.__code__ = instead
    try:
        yield fault
    finally:
        for function in functions:
            function.__code__ = code


_faults = [Fault()]


def _fail(*args: Any, **options: Any) -> Any:
    # It runs with the globals of the function whose place it takes: only builtins are the same everywhere.
    __import__("tests.capture.faults", fromlist=["fail"]).fail()


def fail() -> None:
    """Raise what no function of ours would."""
    _faults[0].calls += 1
    raise RuntimeError("broken by a test")


def _guards(code: CodeType) -> bool:
    """Whether a function reports its exceptions itself, or is one whose exceptions the interpreter drops."""
    return "guard" in code.co_names or code.co_name == "__del__"


def _functions(code: CodeType) -> list[FunctionType]:
    return [each for each in gc.get_referrers(code) if isinstance(each, FunctionType)]


def _is_ours(code: CodeType) -> bool:
    return code.co_filename.startswith(_OURS) and code.co_filename != guard.__file__


def _outermost(frame: FrameType) -> CodeType:
    while frame.f_back is not None and _is_ours(frame.f_back.f_code):
        frame = frame.f_back
    return frame.f_code


def _name(code: CodeType) -> str:
    return f"{code.co_filename.removeprefix(_OURS)}:{code.co_qualname}"
