"""Remembers what a function returned until it is told to forget, also where another thread was just asking for it."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from threading import Lock
from typing import Generic, TypeVar

Result = TypeVar("Result")


class remembered(Generic[Result]):
    """Wraps a function without arguments. What was asked for before ``forget()`` is not remembered after it.

    A plain cache would keep the answer of a thread that had read the settings before they were changed.
    """

    def __init__(self, function: Callable[[], Result]) -> None:
        update_wrapper(self, function)
        self._function = function
        self._lock = Lock()
        self._known: list[Result] = []

    def __call__(self) -> Result:
        known = self._known
        if known:
            return known[0]
        result = self._function()
        with self._lock:
            # ``forget`` puts another list in the place of this one, and then it is nobody's.
            if not known:
                known.append(result)
        return known[0]

    def forget(self) -> Result | None:
        """Forget the answer and return it, ``None`` where there was none."""
        with self._lock:
            known, self._known = self._known, []
        return known[0] if known else None
