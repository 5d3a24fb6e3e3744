"""Walks the stack of a statement as cheaply as possible: code objects and instruction offsets, nothing resolved.

Part of the hot path: about 0.1 µs a frame, so few frames are looked at. A frame that still runs has the callers it had
before: the walk remembers the outermost loop of a template (or the frame that runs the view) and stops where it meets that
very frame again. And a stack that was met before with the same statement is known again by the frames that tell a place,
which it must have at the same depths: lines of the application, template nodes, followed relations. The stack of a thread
ends where its pool runs the work; that of the coroutine which waits for it is put behind it when somebody reads it, and
before what waits in that thread for the coroutine.
"""

from __future__ import annotations

from asyncio import Handle
from collections.abc import Callable, Mapping
from concurrent.futures import thread
from contextvars import ContextVar
from itertools import compress
from operator import attrgetter
from sys import _getframe
from types import CodeType, FrameType
from typing import Any, NamedTuple

from asgiref import current_thread_executor
from django.core.handlers.base import BaseHandler
from django.template.base import Node
from django.template.defaulttags import ForNode

from queryscope.profiler.capture import guard
from queryscope.profiler.capture.frames import is_library
from queryscope.profiler.capture.values import new

Reader = Callable[[Mapping[str, Any]], Any]
"""Picks out of a frame's locals what a place is made of; must not run a line of the host's."""


class Telling(NamedTuple):
    """Frames by which a stack is known again: their depths, the identities of their codes, their offsets."""

    depths: list[int]
    codes: list[int]
    offsets: list[int]


class RawStack(NamedTuple):
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
        return self.entries == other.entries and self.places == other.places and self.outer is other.outer

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
        work = self._replace(
            entries=self.entries[: 2 * lent], marks=self.marks[:left], places=self.places[:left], cut=False
        )
        waits = self._replace(
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
        depths = [depth for depth, _, _ in within if not sited or depth in own or depth in marked]
        codes, offsets = [id(within[depth][1]) for depth in depths], [within[depth][2] for depth in depths]
        return self._replace(telling=Telling(depths, codes, offsets))

    def sited(self) -> bool:
        """Return whether a frame is the application's, of the stack or of those around it."""
        own = any(not is_library(code.co_filename) for code in self.entries[::2])
        return own or (self.outer is not None and self.outer.sited())


class Load(NamedTuple):
    """What the innermost frame that follows a relation tells of this one row, and how many frames lie within it."""

    depth: int
    told: Any


class Walked(NamedTuple):
    """A stack, which equal ones of the same statement share, and the row that this one began with."""

    stack: RawStack
    load: Load | None


awaiting: ContextVar[RawStack | None] = ContextVar("queryscope_awaiting", default=None)
"""The stack of the coroutine that waits for work in another thread: that thread's own stack does not hold it."""

LOOP = Handle._run.__code__
"""The frame of an event loop that runs a step of a task."""
_CODE, _OFFSET = attrgetter("f_code"), attrgetter("f_lasti")
_POOL = thread._WorkItem.run.__code__
_LENT = current_thread_executor._WorkItem.run.__code__
"""The frame in which a thread that waits for a coroutine runs work for it."""
_NOTHING = RawStack([], [], [], [], False)
_ENDED = RawStack([], [], [], [], False)
"""Lies beyond a stack that ended at a boundary."""
_VIEW = object()
"""The place of the frame that runs a whole view: one to remember, not one to show."""
_marked: dict[int, tuple[CodeType, Reader]] = {}
_loading: dict[int, tuple[CodeType, Reader]] = {}
"""By identity of the code, which is held so that it stays unique: hashing a code object would read all of it."""


def mark(code: CodeType, reader: Reader) -> None:
    """Note frames of ``code`` in ``RawStack.places`` by what ``reader`` returns.

    It returns objects that live as long as the place itself, such as a node or a field: equal stacks of a statement are
    kept once where their places are equal too.
    """
    _marked[id(code)] = code, reader


def mark_load(code: CodeType, reader: Reader) -> None:
    """Tell for each statement, if it runs inside a frame of ``code``, what ``reader`` returns: the row it starts from."""
    _loading[id(code)] = code, reader


mark(Node.render_annotated.__code__, lambda local: local["self"])
mark(BaseHandler.__dict__["_get_response"].__code__, lambda local: _VIEW)
mark(BaseHandler.__dict__["_get_response_async"].__code__, lambda local: _VIEW)


class Walker:
    """Walks the stacks of one recorder: at most ``limit`` entries each, as far as a frame of ``boundary``."""

    __slots__ = ("_limit", "_remembered", "boundary")

    def __init__(self, limit: int, boundary: CodeType | None = None) -> None:
        self._limit, self.boundary = limit, boundary
        self._remembered: tuple[FrameType | None, RawStack] = None, _NOTHING

    def again(self, skip: int, known: RawStack) -> Walked | None:
        """Return ``known`` where its telling frames are there again, ``skip`` frames outwards of this call.

        Only while the remembered frame runs, the callers of which need no look, or where there is a boundary around them.
        """
        telling = known.telling
        if telling is None or known.beyond is None or known.outer is not awaiting.get():
            return None
        remembered: FrameType | None = None
        if known.beyond is not _ENDED:
            remembered, beyond = self._remembered
            if known.beyond is not beyond:
                return None
        try:
            read = list(map(_getframe, map(skip.__add__, telling.depths)))
        except ValueError:
            return None  # a shorter stack
        # Compared without a line of Python for each. Identities, because equal codes may be those of two files.
        if list(map(id, map(_CODE, read))) != telling.codes or list(map(_OFFSET, read)) != telling.offsets:
            return None
        if remembered is None:
            around = read[-1].f_back
            if around is None or (around.f_code is not _POOL and around.f_code is not self.boundary):
                return None
        elif read.pop() is not remembered:
            return None
        load = None
        if known.loads or len(known.places) > len(known.beyond.places):
            places = iter(known.places)
            for frame in read:
                code_id = id(frame.f_code)
                if code_id in _marked:
                    if _told(frame, _marked) != next(places):
                        return None
                elif load is None and code_id in _loading:
                    load = Load(known.loads[0], _told(frame, _loading))
        walked: Walked = new(Walked, (known, load))
        return walked

    def walk(self, start: FrameType | None) -> Walked:
        """Return the stack from ``start`` outwards."""
        # Of a thread that is awaited, the pool's frames say nothing. A task may run in the thread of a pool as well.
        pooled = self.boundary is not LOOP and awaiting.get() is not None
        return self._walk(start, _POOL if pooled else self.boundary)

    def _walk(self, start: FrameType | None, boundary: CodeType | None) -> Walked:
        frames: list[FrameType] = []
        remembered, beyond = self._remembered
        frame = start
        for _ in range(self._limit):
            if frame is None or frame.f_code is boundary:
                remembered = None
                break
            # The interpreter has a fast way for list.append called like this, not for a bound method kept in a variable.
            frames.append(frame)
            if frame is remembered:
                break
            frame = frame.f_back
        else:
            remembered = None
        if remembered is not None and beyond.cut and len(frames) + len(beyond.entries) // 2 < self._limit:
            # The stack was too deep when it was remembered; of this one more fits.
            self.forget()
            return self._walk(start, boundary)
        if remembered is not None:
            return self._read(frames, len(frames) - 1, self._fitting(len(frames), beyond))
        if frame is not None and frame.f_code is boundary:
            return self._read(frames, len(frames), _ENDED)
        if boundary is _POOL:
            return self._walk(start, self.boundary)  # no pool, but a loop that runs in the middle of a stack
        return self._read(frames, len(frames), _NOTHING._replace(cut=frame is not None))

    def forget(self) -> None:
        """Let go of the remembered frame, and so of the locals that it keeps alive."""
        self._remembered = None, _NOTHING

    def _fitting(self, own: int, beyond: RawStack) -> RawStack:
        """Return as much of ``beyond`` as fits behind ``own`` frames."""
        room = self._limit - own
        if len(beyond.entries) <= 2 * room:
            return beyond
        left = sum(index < room for index in beyond.marks)
        return beyond._replace(
            entries=beyond.entries[: 2 * room],
            marks=beyond.marks[:left],
            places=beyond.places[:left],
            cut=True,
        )

    def _read(self, frames: list[FrameType], unread: int, beyond: RawStack) -> Walked:
        """Read the marked ones among the first ``unread`` frames; the others were read before."""
        codes, own = list(map(_CODE, frames)), len(frames)
        entries: list[Any] = [None] * (2 * own)
        entries[::2], entries[1::2] = codes, list(map(_OFFSET, frames))
        ids = list(map(id, codes[:unread]))
        inner, loads = _found(ids, _marked), _found(ids, _loading)
        met = unread < own
        stack = RawStack(
            entries + beyond.entries,
            inner + [own + index for index in beyond.marks],
            [_told(frames[index], _marked) for index in inner] + beyond.places,
            loads,
            beyond.cut,
            beyond if met or beyond is _ENDED else None,
            None,
            awaiting.get(),
            self._limit,
        )
        # Of nested loops the outermost stays: another ``beyond`` would let no stack be known again.
        outermost = met and type(beyond.places[0]) is ForNode
        if not met or (not outermost and ForNode in map(type, stack.places[: len(inner)])):
            stack = self._remember(frames, stack)
        load = Load(loads[0], _told(frames[loads[0]], _loading)) if loads else None
        return Walked(stack, load)

    def _remember(self, frames: list[FrameType], stack: RawStack) -> RawStack:
        """Remember a frame whose locals live on in the request anyway, of those that were walked."""
        chosen = None
        for order, (index, place) in enumerate(zip(stack.marks, stack.places, strict=True)):
            if index < len(frames) and (type(place) is ForNode or (place is _VIEW and chosen is None)):
                chosen = order, index
        if chosen is None:
            return stack
        order, index = chosen
        beyond = RawStack(
            stack.entries[2 * index + 2 :],
            [each - index - 1 for each in stack.marks[order:]],
            stack.places[order:],
            [],
            stack.cut,
        )
        self._remembered = frames[index], beyond
        return stack._replace(beyond=beyond)


def shown(stack: RawStack) -> list[tuple[int, Any]]:
    """Return the places of a stack with the indexes of their frames, innermost first."""
    return [
        (index, place)
        for index, place in zip(stack.marks, stack.places, strict=True)
        if place is not _VIEW and place is not None
    ]


def _found(codes: list[int], marked: dict[int, tuple[CodeType, Reader]]) -> list[int]:
    return list(compress(range(len(codes)), map(marked.__contains__, codes)))


def _told(frame: FrameType, marked: dict[int, tuple[CodeType, Reader]]) -> Any:
    """Return what the reader of a frame says; of one that it cannot read, nothing is known."""
    try:
        return marked[id(frame.f_code)][1](frame.f_locals)
    except Exception:
        guard.report("a place in a stack")
        return None
