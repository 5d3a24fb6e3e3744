"""A stack as it was walked: code objects and offsets, and the places that its marked frames tell."""

from __future__ import annotations

from operator import is_
from types import CodeType
from typing import Any

from asgiref import current_thread_executor
from django.template.base import Node
from msgspec import Struct
from msgspec.structs import replace

from queryscope.profiler.capture.frames import is_library

_LENT = current_thread_executor._WorkItem.run.__code__
"""The frame in which a thread that waits for a coroutine runs work for it."""


Telling = list[tuple[int, CodeType, int]]
"""Frames by which a stack is known again, innermost first: how deep each is, its code, its offset."""


class RawStack(Struct, frozen=True, eq=False):
    """``entries`` alternates code object and offset of the last instruction, innermost first.

    ``places`` holds what the readers of marked frames returned, ``marks`` the indexes of those frames, ``loads`` the
    indexes of frames that follow a relation; ``cut`` says that the limit ended the walk. ``beyond`` is the end of the stack
    that lay outside the remembered frame, and ``telling`` are the frames within by which the stack is known again. That of a
    thread goes on with ``outer``, the coroutine that awaits it, until there are ``limit`` frames.
    """

    entries: list[Any]
    marks: list[int]
    places: list[Any]
    loads: list[int]
    cut: bool
    beyond: RawStack | None = None
    telling: Telling | None = None
    outer: RawStack | None = None
    limit: int = 0

    def same(self, other: RawStack) -> bool:
        """Return whether the two say the same."""
        alike = self.entries == other.entries and self.places == other.places and self.outer is other.outer
        # Equal codes may be those of two files, or of a template before and after it was loaded again.
        return alike and all(map(is_, self.entries[::2], other.entries[::2]))

    def whole(self) -> RawStack:
        """Return the stack of a thread with that of the coroutine which awaits it."""
        if self.outer is None:
            return self
        entries: list[Any] = []
        marks: list[int] = []
        places: list[Any] = []
        parts, limit = self._parts(), self.limit
        for part in parts:
            depth = len(entries) // 2
            left = sum(depth + index < limit for index in part.marks)
            entries += part.entries
            marks += [depth + index for index in part.marks[:left]]
            places += part.places[:left]
        cut = any(part.cut for part in parts) or len(entries) > 2 * limit
        return RawStack(entries[: 2 * limit], marks, places, self.loads, cut)

    def _parts(self) -> list[RawStack]:
        """Return the stacks that make the whole one, from the inside.

        A thread that waits for a coroutine runs work for it meanwhile. What waits stands around the work, and comes after
        the coroutine that it waits for.
        """
        if self.outer is None:
            return [self]
        first, *rest = self.outer._parts()
        lent = next((index for index, code in enumerate(self.entries[::2]) if code is _LENT), None)
        if lent is None:
            return [self, first, *rest]
        left = sum(index < lent for index in self.marks)
        work = replace(
            self,
            entries=self.entries[: 2 * lent],
            marks=self.marks[:left],
            places=self.places[:left],
            cut=False,
        )
        waits = replace(
            self,
            entries=self.entries[2 * lent :],
            marks=[index - lent for index in self.marks[left:]],
            places=self.places[left:],
        )
        return [work, first, waits, *rest]

    def size(self) -> int:
        """Return how many entries it has with those of the coroutines around it."""
        return len(self.entries) + (0 if self.outer is None else self.outer.size())

    def recognisable(self) -> RawStack:
        """Return the stack with what it takes to know it again, which is worth while from the second time on."""
        if self.beyond is None:
            return self
        last = (len(self.entries) - len(self.beyond.entries)) // 2 - 1
        ends = 2 * last + 2
        within = list(zip(range(last + 1), self.entries[:ends:2], self.entries[1:ends:2], strict=True))
        own = {depth for depth, code, _ in within if not is_library(code.co_filename)}
        marked = {*self.marks, *self.loads, last}
        nodes = any(isinstance(place, Node) for place in self.places)
        # Where no place is the application's, it is a line of some library, which any of its frames may be.
        sited = own or nodes or (self.outer is not None and self.outer.sited())
        return replace(
            self, telling=[each for each in within if not sited or each[0] in own or each[0] in marked]
        )

    def sited(self) -> bool:
        """Return whether a frame is the application's, of the stack or of those around it."""
        own = any(not is_library(code.co_filename) for code in self.entries[::2])
        return own or (self.outer is not None and self.outer.sited())


class Load(Struct, frozen=True):
    """What the innermost frame that follows a relation tells of this one row, and how many frames lie within it."""

    depth: int
    told: Any


class Walked(Struct, frozen=True):
    """A stack, which equal ones of the same statement share, and the row that this one began with."""

    stack: RawStack
    load: Load | None
