"""Derives the transactions of a trace from its statements: which stretch on which alias, and how it ended."""

from __future__ import annotations

from typing import NamedTuple

from queryscope.profiler.capture.raw import RawSpan
from queryscope.profiler.sql.tokens import tokens
from queryscope.profiler.trace import Transaction, TransactionEnd

_DEEP = 50
"""Savepoints that nobody releases lie in one another: a statement counts for the innermost ones, and the transaction."""


class _Open(NamedTuple):
    number: int
    alias: str
    savepoint: str | None
    start: int
    spans: list[int]


class Transactions:
    """Sees the statements of a trace in order; ``enter`` says in which transaction each one ran."""

    def __init__(self, trace_start: int) -> None:
        self._trace_start = trace_start
        self._open: dict[str, list[_Open]] = {}
        self._count = 0
        self.ended: list[Transaction] = []

    def enter(self, number: int, span: RawSpan, sql: str, transactional: bool) -> int | None:
        """Take statement ``number`` with its text; return the number of the innermost transaction that it ran in."""
        stack = self._open.setdefault(span.alias, [])
        if not transactional:
            for transaction in stack if len(stack) <= _DEEP else (stack[0], *stack[-_DEEP:]):
                transaction.spans.append(number)
            return stack[-1].number if stack else None
        words = [token.name for token in tokens(sql[:500]) if token.kind in {"word", "quoted"}]
        return self._mark(words, span, stack)

    def close(self, end: int) -> tuple[Transaction, ...]:
        """Return all transactions in the order of their start; those still open end as "open" at ``end``."""
        for stack in self._open.values():
            while stack:
                self._end(stack.pop(), end, "open")
        return tuple(sorted(self.ended, key=lambda transaction: transaction.n))

    def _mark(self, words: list[str], span: RawSpan, stack: list[_Open]) -> int | None:
        verb = words[0] if words else ""
        name = words[-1] if len(words) > 1 else None
        if verb in {"begin", "start"}:
            return self._begin(span, stack, None)
        if verb == "savepoint":
            return self._begin(span, stack, name)
        within = stack[-1].number if stack else None
        if verb in {"release", "rollback"} and name and "transaction" not in words:
            self._end_savepoint(stack, name, span, "committed" if verb == "release" else "rolled_back")
        elif verb in {"commit", "end", "rollback"}:
            while stack:
                self._end(stack.pop(), span.end, "rolled_back" if verb == "rollback" else "committed")
        return within

    def _begin(self, span: RawSpan, stack: list[_Open], savepoint: str | None) -> int:
        self._count += 1
        stack.append(_Open(self._count, span.alias, savepoint, span.start, []))
        return self._count

    def _end_savepoint(self, stack: list[_Open], name: str, span: RawSpan, end: TransactionEnd) -> None:
        """End the savepoint and those inside it. After ROLLBACK TO, Django releases it: it is gone by then."""
        if any(transaction.savepoint == name for transaction in stack):
            while stack:
                transaction = stack.pop()
                self._end(transaction, span.end, end)
                if transaction.savepoint == name:
                    return

    def _end(self, opened: _Open, end: int, how: TransactionEnd) -> None:
        self.ended.append(
            Transaction(
                n=opened.number,
                alias=opened.alias,
                savepoint=opened.savepoint,
                start_ms=(opened.start - self._trace_start) / 1e6,
                duration_ms=(end - opened.start) / 1e6,
                end=how,
                spans=tuple(opened.spans),
            )
        )
