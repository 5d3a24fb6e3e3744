"""The recorder of one unit of work: takes raw events while it is active, gives them away when it is closed.

Part of the hot path: one event is a clock, a walk of the stack and an append. A recorder is never shared between
units of work; ``active`` names the one of this thread or task.
"""

from __future__ import annotations

import os
from contextvars import ContextVar, Token
from datetime import UTC, datetime
from sys import _getframe
from time import perf_counter_ns
from types import CodeType
from typing import Any, NamedTuple

from queryscope.profiler.capture import guard
from queryscope.profiler.capture.stack import RawStack, walk
from queryscope.profiler.capture.values import NOTHING, Kept, keep, new
from queryscope.profiler.config import Config
from queryscope.profiler.trace import Kind

active: ContextVar[Recorder | None] = ContextVar("queryscope_recorder", default=None)
open_recorders: set[str] = set()
"""Ids of the recorders that are open in this process; the background thread gives way while there are any."""


_NO_PARAMS: tuple[()] = ()
_ENTRY_BYTES = 20
"""What one entry of a raw stack weighs: a place in a list of two, and a number."""


class RawSpan(NamedTuple):
    """One statement as it was caught; times in nanoseconds of the process's monotonic clock."""

    sql: Any
    params: Kept
    alias: str
    vendor: str
    start: int
    end: int
    error: str | None
    rowcount: int
    stack: RawStack | None
    marker: bool
    """True for BEGIN, COMMIT and ROLLBACK that the backend sent without a statement of ours."""


class RawAlias(NamedTuple):
    """What a connection tells about its server without being asked."""

    vendor: str
    server_version: str | None


class RawLane(NamedTuple):
    """A named stretch; times in nanoseconds of the process's monotonic clock."""

    name: str
    label: str
    start: int
    end: int


class RawTrace(NamedTuple):
    """A closed recorder's content: what the background thread turns into a Trace."""

    id: str
    kind: Kind
    name: str
    started_at: datetime
    start: int
    end: int
    pid: int
    spans: list[RawSpan]
    dropped: int
    dropped_ns: int
    own_ns: int
    aliases: dict[str, RawAlias]
    lanes: list[RawLane]
    error: str | None
    details: Any
    """What the scope knows of its unit of work: for a request a RawRequest."""
    config: Config
    held: int = 0
    """About how many bytes of texts, parameters and stacks it keeps alive."""


class Recorder:
    """Collects the events of one unit of work within the limits of ``config``."""

    __slots__ = (
        "_config", "_connections", "_dropped", "_dropped_ns", "_held", "_known", "_own_ns", "_pid", "_spans", "_start",
        "_started_at", "boundary", "closed", "db_ns", "error", "kind", "lanes", "name", "trace_id", "view_end", "view_start",
    )  # fmt: skip

    def __init__(self, kind: Kind, name: str, config: Config) -> None:
        # From the system, not from ``random``: its sequence is the application's, which may have chosen the seed.
        self.trace_id = os.urandom(16).hex()
        self.kind, self.name, self._config = kind, name, config
        self._started_at = datetime.now(UTC)
        self._start = perf_counter_ns()
        self._spans: list[RawSpan] = []
        self._connections: dict[str, Any] = {}
        self._known: dict[str, tuple[str, RawStack]] = {}
        self._held = self._dropped = self._dropped_ns = self._own_ns = 0
        self._pid = os.getpid()
        self.db_ns = 0
        self.boundary: CodeType | None = None
        """Code of the frame that opened this recorder: what called it says nothing about a statement."""
        self.error: str | None = None
        self.view_start = self.view_end = 0
        self.lanes: list[RawLane] = []
        self.closed = False
        open_recorders.add(self.trace_id)

    @property
    def queries(self) -> int:
        """Statements so far, without those that only mark a transaction."""
        return self._dropped + sum(not span.marker for span in self._spans)

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
        if self._full(end - start):
            return
        config = self._config
        kept, rowcount = NOTHING, -1
        try:
            if params is not None and params is not _NO_PARAMS:
                kept = keep(params, many, config.max_parameters, config.max_parameter_chars)
            if error is None:
                rowcount = context["cursor"].cursor.rowcount
        except Exception:
            guard.report("the reading of parameters and row counts")
        stack = walk(_getframe(2), config.max_stack_frames, self.boundary)
        sql, stack = self._shared(sql, stack)
        self._held += kept.held
        connection = context["connection"]
        self._take(connection, new(RawSpan, (
            sql, kept, connection.alias, connection.vendor, start, end, error, rowcount, stack, False
        )))  # fmt: skip
        self._own_ns += perf_counter_ns() - end

    def marker(self, sql: str, connection: Any, start: int, end: int, error: str | None) -> None:
        """Take a BEGIN, COMMIT or ROLLBACK that the backend sent by itself."""
        if self.closed:
            return
        stack = walk(_getframe(2), self._config.max_stack_frames, self.boundary)
        self._take(connection, RawSpan(
            sql, NOTHING, connection.alias, connection.vendor, start, end, error, -1, stack, True
        ))  # fmt: skip
        self._own_ns += perf_counter_ns() - end

    def lane(self, name: str, label: str, start: int, end: int) -> None:
        """Take a named stretch of the work; times in nanoseconds."""
        self.lanes.append(RawLane(name, label, start, end))

    def close(self, details: Any = None) -> RawTrace | None:
        """End the recording; return its content, or ``None`` where it was closed before or in the process it was forked from."""
        if self.closed or self._pid != os.getpid():
            self.discard()
            return None
        self.closed = True
        if self.view_start:
            self.lane("middleware", "middleware", self._start, self.view_start)
            self.lane("view", "view", self.view_start, self.view_end or perf_counter_ns())
        raw = RawTrace(
            self.trace_id, self.kind, self.name, self._started_at, self._start, perf_counter_ns(), self._pid,
            self._spans, self._dropped, self._dropped_ns, self._own_ns,
            {alias: _known(connection) for alias, connection in list(self._connections.items())},
            self.lanes, self.error, details, self._config, self._held,
        )  # fmt: skip
        self.discard()
        return raw

    def discard(self) -> None:
        """End the recording and let go of what it holds: a task that a view started may keep this recorder for ever."""
        self.closed = True
        open_recorders.discard(self.trace_id)
        self._dropped = self.queries
        self._spans, self._known, self._connections, self.lanes = [], {}, {}, []

    def __del__(self) -> None:
        """Where nobody closed it, such as the body of a response that was never read, nobody waits for it either."""
        open_recorders.discard(self.trace_id)

    def _full(self, duration: int) -> bool:
        """Count a statement that comes after the end or beyond a limit; return whether it did."""
        if self.closed:
            return True
        self.db_ns += duration
        if len(self._spans) < self._config.max_spans and self._held < self._config.max_trace_bytes:
            return False
        self._dropped += 1
        self._dropped_ns += duration
        return True

    def _shared(self, sql: Any, stack: RawStack) -> tuple[Any, RawStack]:
        """Return the text and the stack of the last equal statement where they are equal: a loop holds them once."""
        if type(sql) is not str:
            self._held += len(sql) if type(sql) is bytes else 0
            return sql, stack
        known = self._known.get(sql)
        if known is None:
            self._held += len(sql) + _ENTRY_BYTES * len(stack.entries)
            known = self._known[sql] = (sql, stack)
        elif known[1] != stack:
            self._held += _ENTRY_BYTES * len(stack.entries)
            known = self._known[sql] = (known[0], stack)
        return known

    def _take(self, connection: Any, span: RawSpan) -> None:
        if span.alias not in self._connections:
            self._connections[span.alias] = connection
        self._spans.append(span)


def activate(recorder: Recorder | None) -> Token[Recorder | None]:
    """Make ``recorder`` the one of this thread or task; ``deactivate`` takes the token back."""
    return active.set(recorder)


def deactivate(token: Token[Recorder | None], recorder: Recorder | None) -> None:
    """Undo ``activate(recorder)``.

    In another context (a generator that is closed elsewhere, a task that is thrown away) the recorder of that context
    stays: only where it is a copy of the one that was activated is there something to undo.
    """
    try:
        active.reset(token)
    except ValueError:
        if active.get() is recorder:
            active.set(None)


def recording() -> Recorder | None:
    """Return the open recorder of this thread or task. A task that outlives its request still holds the closed one."""
    recorder = active.get()
    return None if recorder is None or recorder.closed else recorder


def _known(connection: Any) -> RawAlias:
    """Read what the wrapper has already learnt about its server; asking could send a statement."""
    version: Any = None
    try:
        if connection.vendor == "sqlite":
            version = connection.Database.sqlite_version
        elif connection.vendor == "postgresql" and connection.connection is not None:
            number = connection.connection.info.server_version
            version = f"{number // 10000}.{number % 10000}"
        elif connection.vendor == "mysql":
            version = (connection.__dict__.get("mysql_server_data") or {}).get("version")
    except Exception:
        version = None  # a connection that was closed under Django's wrapper
    return RawAlias(connection.vendor, version)
