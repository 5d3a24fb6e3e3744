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
from typing import Any

import django
from django.core.handlers.base import BaseHandler
from django.template.base import Node
from django.template.defaulttags import ForNode
from msgspec.structs import replace

from queryscope.profiler.capture import guard
from queryscope.profiler.capture.raw_stack import Load, RawStack, Telling, Walked

Reader = Callable[[Mapping[str, Any]], Any]
"""Picks out of a frame's locals what a place is made of; must not run a line of the host's."""


awaiting: ContextVar[RawStack | None] = ContextVar("queryscope_awaiting", default=None)
"""The stack of the coroutine that waits for work in another thread: that thread's own stack does not hold it."""

LOOP = Handle._run.__code__
"""The frame of an event loop that runs a step of a task."""
_CODE, _OFFSET = attrgetter("f_code"), attrgetter("f_lasti")
_POOL = thread._WorkItem.run.__code__
_NOTHING = RawStack([], [], [], [], False)
_ENDED = RawStack([], [], [], [], False)
"""Lies beyond a stack that ended at a boundary."""
_DJANGO = str(django.__file__).removesuffix("__init__.py")
_VIEW = object()
"""The place of the frame that runs a whole view: one to remember, not one to show."""
_MOST = 500
_MOST_CHARS = 2_000
_met: dict[str, tuple[str, RawStack]] = {}
"""The stacks of statements in earlier units of work, by text: so that a page that comes again is not walked again."""
_beyond: dict[tuple[int, int], RawStack] = {}
"""What lay around the frames that were remembered, by the identities of their code and their place."""
_marked: dict[int, tuple[CodeType, Reader]] = {}
_loading: dict[int, tuple[CodeType, Reader]] = {}
"""By identity of the code, which is held so that it stays unique: hashing a code object would read all of it."""


def mark(code: CodeType, reader: Reader) -> None:
    """Note frames of ``code`` in ``RawStack.places`` by what ``reader`` returns.

    It returns objects that live as long as the place itself, such as a node or a field: equal stacks of a statement are
    kept once where their places are equal too.
    """
    _marked[id(code)] = code, reader
    _met.clear()  # they were walked without this place


def mark_load(code: CodeType, reader: Reader) -> None:
    """Tell for each statement, if it runs inside a frame of ``code``, what ``reader`` returns: the row it starts from."""
    _loading[id(code)] = code, reader
    _met.clear()


def met_before(sql: str, limit: int) -> tuple[str, RawStack] | None:
    """Return the text and the stack of an equal statement of an earlier unit of work, of at most ``limit`` frames."""
    known = _met.get(sql)
    return known if known is not None and known[1].limit == limit else None


def meet(sql: str, stack: RawStack) -> RawStack:
    """Return a stack that was walked for the first ``sql`` of its unit of work, recognisable if an earlier one had the same.

    It is then known in later ones. Their places are those of templates and classes that live on; texts and stacks are few.
    """
    known = _met.get(sql)
    if known is not None and known[1].limit == stack.limit and known[1].same(stack):
        stack = known[1] if known[1].beyond is stack.beyond else stack
        stack = stack if stack.telling is not None else stack.recognisable()
    elif known is None and len(_met) >= _MOST:
        _met.pop(next(iter(_met)), None)
    if len(sql) <= _MOST_CHARS:
        _met[sql] = sql, stack
    return stack


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
        beyond, telling = known.beyond, known.telling
        if telling is None or beyond is None or known.outer is not awaiting.get():
            return None
        read = _there(telling, skip + 1)
        if read is None:
            return None
        if beyond is _ENDED:
            around = read[-1].f_back
            if around is None or (around.f_code is not _POOL and around.f_code is not self.boundary):
                return None
        else:
            last, remembered = read.pop(), self._remembered
            if beyond is not remembered[1]:
                if not self._adopted(last, skip + telling[-1][0], beyond):
                    return None
            elif last is not remembered[0]:
                return None
        load, known_places = None, known.places
        if known.loads or len(known_places) > len(beyond.places):
            places = iter(known_places)
            for frame in read:
                code_id = id(frame.f_code)
                if code_id in _marked:
                    if _told(frame, _marked) != next(places):
                        return None
                elif load is None and code_id in _loading:
                    load = Load(known.loads[0], _told(frame, _loading))
        return Walked(known, load)

    def _adopted(self, frame: FrameType, depth: int, beyond: RawStack) -> bool:
        """Remember ``frame``, ``depth`` frames outwards of the caller, where all around it is ``beyond`` of an earlier unit."""
        if beyond.cut or beyond.telling is None:
            return False
        outwards = depth + 3  # of a function that this one calls, as far as the caller of ``frame``
        read = _there(beyond.telling, outwards)
        if read is None or _code_at(outwards + len(beyond.entries) // 2) is not self.boundary:
            return False
        around = (frame, *read)
        if [_told(each, _marked) for each in around if id(each.f_code) in _marked] != beyond.places:
            return False
        self._remembered = frame, beyond
        return True

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
        return self._read(frames, len(frames), replace(_NOTHING, cut=frame is not None))

    def forget(self) -> None:
        """Let go of the remembered frame, and so of the locals that it keeps alive."""
        self._remembered = None, _NOTHING

    def _fitting(self, own: int, beyond: RawStack) -> RawStack:
        """Return as much of ``beyond`` as fits behind ``own`` frames."""
        room = self._limit - own
        if len(beyond.entries) <= 2 * room:
            return beyond
        left = sum(index < room for index in beyond.marks)
        return replace(
            beyond,
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
        beyond = _shared(frames[index].f_code, beyond)
        self._remembered = frames[index], beyond
        return replace(stack, beyond=beyond)


def shown(stack: RawStack) -> list[tuple[int, Any]]:
    """Return the places of a stack with the indexes of their frames, innermost first."""
    return [
        (index, place)
        for index, place in zip(stack.marks, stack.places, strict=True)
        if place is not _VIEW and place is not None
    ]


def _shared(code: CodeType, beyond: RawStack) -> RawStack:
    """Return the equal one that an earlier unit of work remembered, if there is one: its stacks are known by that."""
    key = id(code), id(beyond.places[0])
    known = _beyond.get(key)
    if known is not None and known.same(beyond) and known.cut == beyond.cut:
        return known
    if len(_beyond) >= _MOST:
        _beyond.clear()
    known = _beyond[key] = replace(beyond, telling=_around(beyond))
    return known


def _around(beyond: RawStack) -> Telling:
    """Return the frames by which ``beyond`` is known again.

    Those of Django between two others are taken to be the same, as they are within a unit of work.
    """
    within = zip(beyond.entries[::2], beyond.entries[1::2], strict=True)
    return [
        (index, code, offset)
        for index, (code, offset) in enumerate(within)
        if index in beyond.marks or not code.co_filename.startswith(_DJANGO)
    ]


def _there(telling: Telling, skip: int) -> list[FrameType] | None:
    """Return the frames of a stack, ``skip`` frames outwards of this call, that are to be the telling ones, if they are.

    They are few: passes of C over all of them at once take longer than these lines.
    """
    found = []
    try:
        for depth, code, offset in telling:
            frame = _getframe(skip + depth)
            # The very code: equal ones may be those of two files.
            if frame.f_code is not code or frame.f_lasti != offset:
                return None
            found.append(frame)
    except ValueError:
        return None  # a shorter stack
    return found


def _code_at(depth: int) -> CodeType | None:
    """Return the code of the frame that is ``depth`` frames outwards of this call, if the stack is that deep."""
    try:
        return _getframe(depth).f_code
    except ValueError:
        return None


def _found(codes: list[int], marked: dict[int, tuple[CodeType, Reader]]) -> list[int]:
    return list(compress(range(len(codes)), map(marked.__contains__, codes)))


def _told(frame: FrameType, marked: dict[int, tuple[CodeType, Reader]]) -> Any:
    """Return what the reader of a frame says; of one that it cannot read, nothing is known."""
    try:
        return marked[id(frame.f_code)][1](frame.f_locals)
    except Exception:
        guard.report("a place in a stack")
        return None
