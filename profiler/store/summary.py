"""What a reader of the log sees of a trace without opening it: one frozen value a row, and totals that add."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Self

from queryscope.profiler.finding import FindingMark, marks
from queryscope.profiler.groups import statements
from queryscope.profiler.report import Report
from queryscope.profiler.trace import Kind, Phases, Span, Value, address

WRITES = frozenset({"insert", "update", "delete", "ddl", "call"})


class Summary(Value, frozen=True):
    """One row of the log. ``patterns`` counts distinct fingerprints, ``repeats`` queries whose SQL and parameters
    both occurred before in the trace, ``writes`` statements that change data, ``findings`` what was found by rule, the worst
    first, without what was ignored when the trace was stored; times in milliseconds."""

    seq: int
    id: str
    kind: Kind
    name: str
    method: str | None
    path: str | None
    query_string: str
    route: str | None
    view: str | None
    status: int | None
    error: str | None
    started_at: str
    duration_ms: float
    queries: int
    db_ms: float
    rows: int | None
    phases: Phases
    patterns: int
    repeats: int
    writes: int
    truncated_spans: int
    response_bytes: int | None
    capture_ms: float
    bytes: int
    pid: int
    host: str
    session: str | None
    commit: str | None
    pinned: bool
    findings: tuple[FindingMark, ...] = ()
    cold: bool | None = None

    @property
    def address(self) -> str:
        """The path with its query string, or the name of what was no request."""
        return address(self.path, self.query_string, self.name)

    @classmethod
    def of(cls, report: Report, pause: Callable[[], None] | None = None) -> Self:
        """Return the summary of a report; ``seq`` is the report's own, 0 before it was stored.

        ``pause`` is called about every fifty spans: telling which were repeated reads all their parameters.
        """
        trace = report.trace
        spans = statements(trace.spans)
        return cls(
            seq=trace.seq,
            id=trace.id,
            kind=trace.kind,
            name=trace.name,
            method=trace.method,
            path=trace.path,
            query_string=trace.request.query_string if trace.request else "",
            route=trace.route,
            view=trace.view,
            status=trace.status,
            error=trace.error,
            started_at=trace.started_at,
            duration_ms=trace.duration_ms,
            queries=trace.queries,
            db_ms=trace.db_ms,
            rows=trace.rows,
            phases=trace.phases,
            patterns=len({span.fingerprint for span in spans}),
            repeats=_repeats(spans, pause),
            writes=sum(span.kind in WRITES for span in spans),
            truncated_spans=trace.truncated_spans,
            response_bytes=trace.response_bytes,
            capture_ms=report.overhead.capture_ms,
            bytes=report.overhead.bytes,
            pid=trace.process.pid,
            host=trace.process.host,
            session=trace.session,
            commit=trace.commit,
            pinned=trace.pinned,
            findings=marks(report.findings),
            cold=trace.cold,
        )


def _repeats(spans: Sequence[Span], pause: Callable[[], None] | None) -> int:
    seen = set()
    for index, span in enumerate(spans):
        if pause is not None and not index % 50:
            pause()
        seen.add((span.alias, span.sql, span.params, span.batch))
    return len(spans) - len(seen)


class Totals(Value, frozen=True):
    """Sums over the log (or over the part a filter admits); ``first_at`` is ``None`` where there is no trace."""

    traces: int = 0
    queries: int = 0
    db_ms: float = 0.0
    duration_ms: float = 0.0
    capture_ms: float = 0.0
    first_at: str | None = None
    last_seq: int = 0


class Pruned(Value, frozen=True):
    """What was removed from the log: how many traces, and their size in bytes."""

    traces: int = 0
    bytes: int = 0
