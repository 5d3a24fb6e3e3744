"""Follows work into tasks of the event loop: a task remembers the line that made it, which its own stack does not hold.

Loops that are not Python's own (uvloop) and those with a task factory of the host make their tasks untouched.
"""

from __future__ import annotations

import asyncio
from asyncio import BaseEventLoop
from collections.abc import Callable
from contextvars import copy_context
from functools import wraps
from typing import Any

from queryscope.profiler.capture import guard
from queryscope.profiler.capture.recorder import recording
from queryscope.profiler.capture.stack import awaiting


def spawns(original: Callable[..., asyncio.Task[Any]]) -> Any:
    """Wrap ``BaseEventLoop.create_task``, through which ``gather``, task groups and the like make their tasks."""

    @wraps(original)
    def create_task(self: BaseEventLoop, coro: Any, **options: Any) -> asyncio.Task[Any]:
        recorder = recording()
        if recorder is not None and options.get("context") is None and self.get_task_factory() is None:
            try:
                # The copy that the task would make of it anyway.
                context = copy_context()
                context.run(awaiting.set, recorder.coroutine(2))
                options["context"] = context
            except Exception:
                guard.report("the start of a task")
        return original(self, coro, **options)

    return create_task
