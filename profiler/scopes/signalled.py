"""Units of work of which a signal tells the begin and another one the end, in the same thread or task."""

from __future__ import annotations

from contextvars import ContextVar
from sys import _getframe
from types import CodeType

from queryscope.profiler.scopes.unit import Unit

_SENDERS = ("django.dispatch.", "celery.utils.dispatch.", "queryscope.")


class Begun:
    """The units of work that have begun and not ended in this thread or task, innermost last, each with its id.

    An id alone does not say which: the second try of a task may run in another thread before the first one has ended.
    """

    def __init__(self, name: str) -> None:
        self._units: ContextVar[tuple[tuple[str, Unit], ...]] = ContextVar(name, default=())

    def begin(self, key: str, unit: Unit) -> None:
        """Begin a unit of work; its stacks end at whoever sent the signal."""
        unit.boundary = _sender()
        self._units.set((*self._units.get(), (key, unit.__enter__())))

    def note(self, key: str, error: str) -> None:
        """Note what went wrong in the innermost one, if it has this id."""
        if (unit := self._innermost(key)) is not None:
            unit.note(error)

    def end(self, key: str, error: BaseException | None = None) -> None:
        """End the innermost one, if it has this id."""
        if (unit := self._innermost(key)) is not None:
            self._units.set(self._units.get()[:-1])
            unit.__exit__(None, error, None)

    def _innermost(self, key: str) -> Unit | None:
        units = self._units.get()
        return units[-1][1] if units and units[-1][0] == key else None


def _sender() -> CodeType | None:
    frame = _getframe(1)
    while frame is not None and str(frame.f_globals.get("__name__", "")).startswith(_SENDERS):
        frame = frame.f_back  # type: ignore[assignment]
    return None if frame is None else frame.f_code
