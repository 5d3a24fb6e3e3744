"""The recorder of one unit of work: takes raw events while it is active, gives them away when it is closed.

Part of the hot path: one event is a clock, a walk of the stack and an append. A recorder is never shared between
units of work; ``active`` names the one of this thread or task.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextvars import ContextVar, Token
from sys import _getframe
from time import perf_counter_ns, time_ns
from types import CodeType
from typing import Any

from queryscope.profiler.capture import guard
from queryscope.profiler.capture.coroutines import Coroutines
from queryscope.profiler.capture.cursors import follow
from queryscope.profiler.capture.evaluation import Evaluation, thread
from queryscope.profiler.capture.raw import RawLane, RawSpan, RawTrace, alias_of
from queryscope.profiler.capture.raw_stack import Load, RawStack
from queryscope.profiler.capture.stack import Walker, meet, met_before
from queryscope.profiler.capture.timing import database_ms, phases_of
from queryscope.profiler.capture.values import NOTHING, keep, new
from queryscope.profiler.config import Config
from queryscope.profiler.trace import Kind

active: ContextVar[Recorder | None] = ContextVar("queryscope_recorder", default=None)
open_recorders: set[str] = set()
"""Ids of the recorders that are open in this process; the background thread gives way while there are any."""


_NO_PARAMS: tuple[()] = ()
MOST_LANES = 500
"""More stretches than this are counted, not kept; those around the view are kept besides."""
_ENTRY_BYTES = 20
"""What one entry of a raw stack weighs: a place in a list of two, and a number."""


class Recorder:
    """Collects the events of one unit of work within the limits of ``config``."""

    __slots__ = (
        "_config", "_connections", "_connects", "_coroutines", "_dropped", "_dropped_lanes", "_dropped_ns", "_held", "_known",
        "_own_ns", "_pid", "_spans", "_start", "_started_ns", "_totals", "_walker", "answered", "closed", "db_ns", "error", "kind", "lanes",
        "name", "trace_id", "view", "view_end", "view_start",
    )  # fmt: skip

    def __init__(self, kind: Kind, name: str, config: Config) -> None:
        # From the system, not from ``random``: its sequence is the application's, which may have chosen the seed.
        self.trace_id = os.urandom(16).hex()
        self.kind, self.name, self._config = kind, name, config
        self._started_ns = time_ns()
        self._start = perf_counter_ns()
        self._spans: list[RawSpan] = []
        self._connections: dict[str, Any] = {}
        self._connects: dict[str, tuple[int, int]] = {}
        self._known: dict[str, tuple[str, RawStack]] = {}
        self._held = self._dropped = self._dropped_ns = self._dropped_lanes = self._own_ns = 0
        self._pid = os.getpid()
        self.db_ns = 0
        self._walker = Walker(config.max_stack_frames)
        self._coroutines: Coroutines | None = None
        self.error: str | None = None
        self.view: Any = None
        self.view_start = self.view_end = self.answered = 0
        """When the view was called and had returned, and when the response came out of the middlewares."""
        self.lanes: list[RawLane] = []
        self.closed = False
        self._totals: tuple[int, float] | None = None
        if kind != "background":
            open_recorders.add(self.trace_id)

    def backdate(self, start: int) -> None:
        """Have begun with a statement that was running already; ``start`` in nanoseconds."""
        self._started_ns -= self._start - start
        self._start = start

    @property
    def boundary(self) -> CodeType | None:
        """Code of the frame that opened this recorder: what called it says nothing about a statement."""
        return self._walker.boundary

    @boundary.setter
    def boundary(self, code: CodeType) -> None:
        self._walker.boundary = code

    @property
    def queries(self) -> int:
        """Statements so far, without those that only mark a transaction."""
        return self._totals[0] if self._totals else self._count()

    @property
    def db_ms(self) -> float:
        """Time in the database so far, as the trace will say it: execution and fetch."""
        return self._totals[1] if self._totals else self._time()

    def keep_totals(self) -> None:
        """Know ``queries`` and ``db_ms`` beyond the end: a look at each statement, which not every request has to pay."""
        self._totals = self._count(), self._time()

    def _count(self) -> int:
        return self._dropped + sum(not (span.marker or span.connecting) for span in self._spans)

    def _time(self) -> float:
        return sum(database_ms(phases_of(span)) for span in self._spans) + self._dropped_ns / 1e6

    def statement(
        self,
        sql: Any,
        params: Any,
        many: bool,
        context: dict[str, Any],
        start: int,
        end: int,
        error: str | None,
    ) -> None:
        """Take one executed statement; ``start`` and ``end`` in nanoseconds, ``context`` as Django's wrappers get it."""
        progress = thread.progress
        progress.counted += end - start
        evaluation = progress.compiling
        config, spans = self._config, self._spans
        if self.closed or len(spans) >= config.max_spans or self._held >= config.max_trace_bytes:
            self._left_out(evaluation, end - start)
            return
        self.db_ns += end - start
        if evaluation is not None and evaluation.executed:
            # Where this one was running before that one: a wrapper of the application's sent it on the way.
            evaluation = self._taken_back(evaluation) if start < evaluation.executed else None
        kept, rowcount, followed = NOTHING, -1, evaluation
        try:
            if params is not None and params is not _NO_PARAMS:
                kept = keep(params, many, config.max_parameters, config.max_parameter_chars)
            if error is None:
                cursor = context["cursor"].cursor
                rowcount = cursor.rowcount
                if evaluation is None and not many and cursor.description:
                    followed = follow(context["cursor"], self.trace_id, end)
        except Exception:
            guard.report("the reading of parameters and row counts")
        known = None
        if type(sql) is str:
            known = self._known.get(sql) or met_before(sql, config.max_stack_frames)
        walked = None if known is None else self._walker.again(3, known[1])
        if known is None or walked is None:
            walked = self._walker.walk(_getframe(2))
            sql, stack = self._shared(sql, walked.stack)
        else:
            sql, stack = known
            if sql not in self._known:
                self._hold(known)
        self._held += kept.held
        if evaluation is not None:
            evaluation.executed, evaluation.returned = end, end - progress.counted
            self._evaluated(evaluation, walked.load)
        connection = context["connection"]
        alias = connection.alias
        if alias not in self._connections:
            self._connections[alias] = connection
        spans.append(new(RawSpan, (
            sql, kept, alias, connection.vendor, start, end, error, rowcount, stack, False,
            followed, progress.connecting,
        )))  # fmt: skip
        took = perf_counter_ns() - end
        self._own_ns += took
        progress.counted += took

    def _evaluated(self, evaluation: Evaluation, load: Load | None) -> None:
        if evaluation.compile is None:
            evaluation.compile = evaluation.returned - evaluation.began
        if load is not None or evaluation.hinted is not None:
            try:
                evaluation.settle(load)
            except Exception:
                guard.report("the row that a relation is followed from")

    def coroutine(self, skip: int) -> RawStack:
        """Return the stack that begins ``skip`` frames outwards of this call, to be set as ``awaiting`` elsewhere."""
        coroutines = self._coroutines
        if coroutines is None:
            coroutines = Coroutines(self.boundary)
            if not self.closed:  # nobody would ever have it let go of what it remembers
                self._coroutines = coroutines
        return coroutines.stack(skip + 1)

    def _taken_back(self, evaluation: Evaluation) -> Evaluation:
        """Return the evaluation that a statement was taken for which was not its compiler's."""
        for index in range(len(self._spans) - 1, -1, -1):
            if self._spans[index].evaluation is evaluation:
                self._spans[index] = self._spans[index]._replace(evaluation=None)
                break
        return evaluation

    def own(self, took: int) -> None:
        """Add nanoseconds that a hook of ours took besides."""
        self._own_ns += took

    def connected(self, connection: Any, took: int) -> None:
        """Take note of a connection that was opened and set up within ``took`` nanoseconds."""
        if not self.closed:
            count, total = self._connects.get(connection.alias, (0, 0))
            self._connects[connection.alias] = count + 1, total + took
            self._connections.setdefault(connection.alias, connection)

    def marker(self, sql: str, connection: Any, start: int, end: int, error: str | None) -> None:
        """Take a BEGIN, COMMIT or ROLLBACK that the backend sent by itself."""
        if self.closed:
            return
        stack = self._walker.walk(_getframe(2)).stack
        self._connections.setdefault(connection.alias, connection)
        self._spans.append(RawSpan(
            sql, NOTHING, connection.alias, connection.vendor, start, end, error, -1, stack, True
        ))  # fmt: skip
        self._own_ns += perf_counter_ns() - end

    def lane(self, name: str, label: str, start: int, end: int) -> None:
        """Take a named stretch of the work; times in nanoseconds."""
        lanes = self.lanes
        if len(lanes) < MOST_LANES:
            lanes.append(new(RawLane, (name, label, start, end)))
        else:
            self._dropped_lanes += 1

    def close(self, details: Any = None) -> RawTrace | None:
        """End the recording; return its content, or ``None`` where it was closed before or in the process it was forked from."""
        if self.closed or self._pid != os.getpid():
            self.discard()
            return None
        self.closed = True
        raw: RawTrace = new(RawTrace, (
            self.trace_id, self.kind, self.name, self._started_ns, self._start, perf_counter_ns(), self._pid,
            self._spans, self._dropped, self._dropped_ns, self._own_ns,
            {
                str(alias): alias_of(connection, *self._connects.get(alias, (0, 0)))
                for alias, connection in list(self._connections.items())
            },
            self.lanes, self.error, details, self._config, self._held, self._dropped_lanes,
            (self.view_start, self.view_end, self.answered),
        ))  # fmt: skip
        self.discard()
        return raw

    def rest(self) -> None:
        """Hold no frame of the host's while its work goes on elsewhere."""
        self._walker.forget()
        self._coroutines = None

    def discard(self) -> None:
        """End the recording and let go of what it holds: a task that a view started may keep this recorder for ever."""
        self.closed = True
        open_recorders.discard(self.trace_id)
        self._spans, self._known, self._connections, self.lanes = [], {}, {}, []
        self.rest()

    def __del__(self) -> None:
        """Where nobody closed it, such as the body of a response that was never read, nobody waits for it either."""
        open_recorders.discard(self.trace_id)

    def _left_out(self, evaluation: Evaluation | None, duration: int) -> None:
        """Count a statement that comes beyond a limit; one after the end is nobody's."""
        if evaluation is not None:
            evaluation.hinted = None
        if not self.closed:
            self.db_ns += duration
            self._dropped += 1
            self._dropped_ns += duration

    def _hold(self, known: tuple[str, RawStack]) -> None:
        self._known[known[0]] = known
        self._held += len(known[0]) + _ENTRY_BYTES * known[1].size()

    def _shared(self, sql: Any, stack: RawStack) -> tuple[Any, RawStack]:
        """Return the text and the stack of the last equal statement where they are equal: a loop holds them once."""
        if type(sql) is not str:
            self._held += len(sql) if type(sql) is bytes else 0
            return sql, stack
        known = self._known.get(sql)
        if known is None:
            known = sql, meet(sql, stack)
            self._hold(known)
        elif not known[1].same(stack):
            self._held += _ENTRY_BYTES * stack.size()
            known = self._known[sql] = (known[0], stack)
        elif stack.beyond is not None:
            known = self._known[sql] = (known[0], stack.recognisable())
        return known


Successor = Callable[[Recorder, int], Recorder | None]
_successor: Successor | None = None


def activate(recorder: Recorder | None) -> Token[Recorder | None]:
    """Make ``recorder`` the one of this thread or task; ``deactivate`` takes the token back."""
    return active.set(recorder)


def deactivate(token: Token[Recorder | None], recorder: Recorder | None) -> None:
    """Undo ``activate(recorder)``.

    In another context (a generator that is closed elsewhere, a task that is thrown away) the recorder of that context
    stays: only where it is a copy of the one that was activated is there something to undo.
    """
    if recorder is not None:
        recorder.rest()
    try:
        active.reset(token)
    except ValueError:
        if active.get() is recorder:
            active.set(None)


def recording() -> Recorder | None:
    """Return the recorder of the unit of work that this thread or task is in.

    A task that outlives its request still holds the closed one; what a thread does in the background is no unit of work.
    """
    recorder = active.get()
    return None if recorder is None or recorder.closed or recorder.kind == "background" else recorder


def succeed_by(successor: Successor | None) -> None:
    """Have ``successor(closed, start)`` find the recorder for what begins or ends after the active one was closed."""
    global _successor
    _successor = successor


def succeeding(closed: Recorder, start: int) -> Recorder | None:
    """Return the recorder for a statement that began at ``start`` and came too late for ``closed``, if there is one."""
    return None if _successor is None else _successor(closed, start)
