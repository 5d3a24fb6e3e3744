"""Knows the stacks of coroutines that wait for work in a thread or task: one is walked once for each line that awaits.

Part of the hot path. Equal stacks are one object, so that the stack of a thread is known again by whose it is.
"""

from __future__ import annotations

from sys import _getframe
from types import CodeType, FrameType
from typing import Any

from django.utils.deprecation import MiddlewareMixin

from queryscope.profiler.capture.raw_stack import RawStack
from queryscope.profiler.capture.stack import LOOP, Walker, awaiting

_FRAMES = 40
_MOST = 500
"""More lines than this are not known at a time: tasks that make tasks would be new ones for ever."""
_NONE = None, None
_MIDDLEWARE = MiddlewareMixin.__dict__["__acall__"].__code__
_MOST_MIDDLEWARES = 50


class Coroutines:
    """The stacks of coroutines in one unit of work, as far as ``boundary``."""

    __slots__ = ("_around", "_here", "_known", "_tasks")

    def __init__(self, boundary: CodeType | None) -> None:
        self._here, self._tasks = Walker(_FRAMES, boundary), Walker(_FRAMES, LOOP)
        self._known: dict[tuple[Any, ...], tuple[RawStack, RawStack | None]] = {}
        """Each with what it takes to know it again, from its second time on."""

        self._around: dict[int, tuple[FrameType, RawStack]] = {}
        """What lies around the middlewares that run, by the identities of their frames."""

    def stack(self, skip: int) -> RawStack:
        """Return the stack that begins ``skip`` frames outwards of this call.

        That of a task goes on where the task was made, not in the event loop.
        """
        outer = awaiting.get()
        frame = _getframe(skip)
        if frame.f_code is _MIDDLEWARE and outer is None:
            return _stack([_MIDDLEWARE, frame.f_lasti], self._outwards(frame))
        walker = self._here if outer is None else self._tasks
        caller = frame.f_back or frame
        # The identities are those of what the known stack holds.
        key = id(outer), id(frame.f_code), frame.f_lasti, id(caller.f_code), caller.f_lasti
        known, recognisable = self._known.get(key, _NONE)
        if known is not None:
            if recognisable is not None and walker.again(skip + 1, recognisable) is not None:
                return known
            stack = walker.walk(frame).stack
            if known.same(stack):
                self._known[key] = known, stack.recognisable()
                return known
        else:
            stack = walker.walk(frame).stack
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[key] = stack, None
        return stack

    def _outwards(self, middleware: FrameType) -> RawStack:
        """Return the stack around a middleware that waits for one of its halves: the same for both of them."""
        known = self._around.get(id(middleware))
        if known is not None:
            return known[1]
        entries: list[Any] = []
        outer, frame = None, middleware.f_back
        while frame is not None and frame.f_code is not self._here.boundary and len(entries) < 2 * _FRAMES:
            entries += frame.f_code, frame.f_lasti
            if frame.f_code is _MIDDLEWARE:
                outer = self._outwards(frame)
                break
            frame = frame.f_back
        stack = _stack(entries, outer, cut=len(entries) == 2 * _FRAMES)
        if len(self._around) >= _MOST_MIDDLEWARES:
            self._around.clear()
        self._around[id(middleware)] = middleware, stack
        return stack


def _stack(entries: list[Any], outer: RawStack | None, cut: bool = False) -> RawStack:
    return RawStack(entries, [], [], [], cut, outer=outer, limit=_FRAMES)
