"""``profile("name")`` records a block of code or a function as a unit of work of its own.

Inside a unit of work that is already recorded it marks a lane of that trace instead, so that no statement is kept twice.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import iscoroutinefunction
from types import TracebackType
from typing import Any, Self, TypeVar, cast

from queryscope.profiler.scopes.unit import Unit

Function = TypeVar("Function", bound=Callable[..., Any])


class profile(Unit):
    """Record what runs inside ``with profile("import books"):`` or in a function decorated with it, sync or async.

    ``name`` is what the trace is called, up to 200 characters. An instance serves one block at a time; a decorated
    function makes a new one for each call. An exception of the block is noted in the trace and goes on.
    """

    def __init__(self, name: str) -> None:
        super().__init__("block", str(name))

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
