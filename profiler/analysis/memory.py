"""Remembers in one process what earlier units of work asked and got, as far as rules need it: see ``Past``.

It holds digests and numbers, no statement and no value, and forgets what was not asked for longest.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

from queryscope.profiler.analysis.past import Asked, Past
from queryscope.profiler.analysis.stacks import asking
from queryscope.profiler.analysis.statements import questions
from queryscope.profiler.config import Config
from queryscope.profiler.groups import whole_ms
from queryscope.profiler.trace import Span, Trace

MOST = 2_000
"""Statements, and tables, that are remembered."""
MOST_OF_TRACE = 200
"""Statements remembered of one trace: a long loop must not push out what every request asks."""
MOST_NAMES = 5
_KINDS = frozenset({"request", "message", "task"})
_LOADS = frozenset({None, "queryset", "raw"})
"""What follows a relation from a row depends on the row."""


class _Known:
    """One statement with its values: how often it was asked, and what came the last time."""

    __slots__ = ("answer", "names", "same", "seen", "since", "total_ms", "traces")

    def __init__(self, since: str) -> None:
        self.traces = self.same = self.seen = 0
        self.total_ms = 0.0
        self.since = since
        self.names: tuple[str, ...] = ()
        self.answer: tuple[int | None, int | None] | None = None


class Memory:
    """The only state of the analysis; used by one thread."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._written: OrderedDict[str, int] = OrderedDict()
        self._anything_written = 0
        self._connected: dict[str, int] = {}
        self._traces = 0

    def enter(self, trace: Trace, config: Config) -> Past:
        """Take a trace in and return what there is to know up to it, the trace itself included."""
        self._traces += 1
        self._connect(trace)
        asked = self._ask(trace, config) if trace.kind in _KINDS else {}
        self._write(trace.spans)
        if trace.truncated.spans:
            self._anything_written = self._traces  # what was left out may have written
        return Past(asked=asked, connected=dict(self._connected))

    def _connect(self, trace: Trace) -> None:
        if trace.kind == "request":
            for alias, totals in trace.by_alias.items():
                self._connected[alias] = self._connected.get(alias, 0) + 1 if totals.connects else 0

    def _ask(self, trace: Trace, config: Config) -> dict[str, Asked]:
        found: dict[str, Asked] = {}
        for span in trace.spans:
            if len(found) >= MOST_OF_TRACE:
                break
            key = key_of(span, config)
            if key is not None and key not in found:
                found[key] = self._asked(key, span, trace)
        return found

    def _asked(self, key: str, span: Span, trace: Trace) -> Asked:
        known = self._known.pop(key, None) or _Known(trace.started_at)
        self._known[key] = known
        if len(self._known) > MOST:
            self._known.popitem(last=False)
        answer = (span.rows, span.bytes)
        known.same = known.same + 1 if known.answer == answer and not self._changed(span, known.seen) else 1
        if known.same == 1:
            known.since, known.total_ms, known.traces, known.names = trace.started_at, 0.0, 0, ()
        known.answer, known.seen = answer, self._traces
        known.traces += 1
        known.total_ms += whole_ms(span)
        if trace.name not in known.names and len(known.names) < MOST_NAMES:
            known.names = (*known.names, trace.name)
        return Asked(
            traces=known.traces,
            same=known.same,
            total_ms=known.total_ms,
            since=known.since,
            names=known.names,
        )

    def _changed(self, span: Span, since: int) -> bool:
        """Return whether something was written since trace number ``since``, in which the statement was asked last."""
        if self._anything_written >= since:
            return True
        return any(self._written.get(table, 0) >= since for table in questions.table_names(span))

    def _write(self, spans: Iterable[Span]) -> None:
        for span in spans:
            if span.connecting or span.kind in {"select", "transaction"}:
                continue
            tables = questions.written(span)
            if tables is None:
                self._anything_written = self._traces
            for table in tables or ():
                self._written.pop(table, None)
                self._written[table] = self._traces
                if len(self._written) > MOST:
                    # When the oldest was written is not known any more: take all of them for written.
                    self._written.popitem(last=False)
                    self._anything_written = self._traces


def key_of(span: Span, config: Config) -> str | None:
    """Return the key under which a statement with its values is remembered, ``None`` for one that never is.

    Masked values have other pseudonyms in each trace, so nothing can be said of them.
    """
    if span.load not in _LOADS or span.rows is None or asking.plumbing(span):
        return None
    question = questions.question(span, config)
    if question is None or any(value.masked for value in span.params):
        return None
    return questions.digest(question)
