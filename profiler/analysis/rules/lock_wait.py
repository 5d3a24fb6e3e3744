"""lock-wait: statements that failed for a lock, or that took long for what they did because somebody else held one."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.analysis.found import found
from queryscope.profiler.analysis.rule import Rule
from queryscope.profiler.analysis.statements.clauses import clauses
from queryscope.profiler.finding import Advice, Finding
from queryscope.profiler.trace import Span
from queryscope.profiler.units import duration

ID = "lock-wait"
WAITED_MS = 100.0
"""From this length on a statement on one row has probably waited, where the same one can be far quicker."""
ALONE_MS = 500.0
"""The same where there is no other execution to compare it with, or where the statement is a transaction of its own.

That one ends when the disk has what it wrote, which alone has been seen to take 190 ms on a busy machine.
"""
TIMES_FASTER = 20.0
LARGE_BYTES = 1_000_000
"""Values of this size take their time to travel."""
_SAYS_SO = re.compile(
    r"deadlock|could not obtain lock|lock timeout|lock wait timeout|database (table )?is locked|ORA-000(54|60)",
    re.IGNORECASE,
)
_REPEATING = ("IntegrityError", "DataError")
"""Errors that are never about locks and repeat values, which may be called anything."""
_DEADLOCK = re.compile(r"deadlock|ORA-00060", re.IGNORECASE)
_WRITES = frozenset({"insert", "update", "delete"})
_AT_ONCE = re.compile(r"^\s*BEGIN\s+(IMMEDIATE|EXCLUSIVE)\b", re.IGNORECASE)
"""SQLite's beginning of a transaction that takes the lock of the whole file: it does nothing else."""


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield the statements whose error names a lock, then those that probably waited for one."""
    failed: dict[tuple[str, str], list[Span]] = defaultdict(list)
    for span in evidence.trace.spans:
        if span.error is not None and _names_a_lock(span.error) and not _asked_not_to_wait(span):
            failed[span.alias, span.fingerprint].append(span)
    for spans in failed.values():
        yield _failed(evidence, spans)
    yield from _waited(evidence)


def _names_a_lock(error: str) -> bool:
    """Tell whether a database says in its own words, which fill the first line, that a lock was the reason."""
    return not error.startswith(_REPEATING) and _SAYS_SO.search(error.partition("\n")[0]) is not None


def _asked_not_to_wait(span: Span) -> bool:
    read = clauses(span)
    return read is not None and bool({"nowait", "skip"} & set(read.locks))


def _waited(evidence: Evidence) -> Iterator[Finding]:
    same: dict[tuple[str, str], list[Span]] = defaultdict(list)
    for span in evidence.spans:
        if _on_one_row(span):
            same[span.alias, span.fingerprint].append(span)
    for spans in same.values():
        quickest = min(span.duration_ms for span in spans)
        slow = [span for span in spans if span.duration_ms >= (ALONE_MS if _alone(span) else WAITED_MS)]
        compared = [span for span in slow if span.duration_ms >= quickest * TIMES_FASTER]
        if compared:
            yield _probably(evidence, compared, quickest)
        elif len(spans) == 1 and spans[0].duration_ms >= ALONE_MS:
            yield _probably(evidence, spans, None)
    begun = [span for span in evidence.trace.spans if _took_file(span)]
    if begun:
        yield _for_file(evidence, begun)


def _on_one_row(span: Span) -> bool:
    """Tell whether a statement locks at most one row, so that its own work takes next to no time."""
    if span.rows is None or span.rows > 1 or (span.batch or 1) > 1:
        return False
    if sum(parameter.bytes or 0 for parameter in span.params) >= LARGE_BYTES:
        return False
    return span.kind in _WRITES or _locks(span)


def _locks(span: Span) -> bool:
    read = clauses(span)
    return read is not None and bool(read.locks) and not {"nowait", "skip"} & set(read.locks)


def _alone(span: Span) -> bool:
    return span.transaction is None and span.kind in _WRITES


def _took_file(span: Span) -> bool:
    waited = span.vendor == "sqlite" and span.error is None and span.duration_ms >= WAITED_MS
    return waited and _AT_ONCE.match(span.sql) is not None


def _failed(evidence: Evidence, spans: list[Span]) -> Finding:
    error = (spans[0].error or "").splitlines()[0]
    dead = _DEADLOCK.search(error) is not None
    return found(
        evidence,
        ID,
        spans,
        title="A deadlock ended a statement" if dead else "A statement gave up waiting for a lock",
        why=f"The database said: {error}",
        model=spans[0].model,
        advice=_ORDER if dead else _SHORTEN,
        certain=True,
    )


def _probably(evidence: Evidence, spans: list[Span], quickest_ms: float | None) -> Finding:
    longest = max(span.duration_ms for span in spans)
    compared = (
        f"the same statement also took {duration(quickest_ms)} here"
        if quickest_ms is not None
        else "there is no other execution to compare it with: its plan is the other possible reason"
    )
    alone = " Outside a transaction it also had to reach the disk." if _alone(spans[0]) else ""
    return found(
        evidence,
        ID,
        spans,
        title=f"A statement on one row took {duration(longest)}, probably waiting for a lock",
        why=f"It touched at most one row, and {compared}.{alone}",
        model=spans[0].model,
        advice=_SHORTEN,
        level="low" if quickest_ms is not None else "info",
    )


def _for_file(evidence: Evidence, spans: list[Span]) -> Finding:
    longest = max(span.duration_ms for span in spans)
    return found(
        evidence,
        ID,
        spans,
        title=f"A transaction waited {duration(longest)} for the lock of the database file",
        why="BEGIN IMMEDIATE takes the one lock for writing that a file of SQLite has; another connection held it.",
        advice=_SHORTEN,
        level="low",
    )


_SHORTEN = Advice(
    summary="Look for the transaction that held the lock, and shorten it: it shows as long-transaction in its own trace.",
    alternatives=(
        "select_for_update(nowait=True) or (skip_locked=True), where doing something else is better than waiting.",
        "Write the contended row last, so that its lock is held for as short as possible.",
    ),
)
_ORDER = Advice(
    summary='Have all code lock these rows in the same order, such as select_for_update() with order_by("pk").',
    alternatives=("Catch the error and run the whole transaction again: the database undid all of it.",),
)

RULE = Rule(
    id=ID,
    badge="LOCK",
    name="Waiting for a lock",
    summary="A statement failed or was slow because another transaction held a lock.",
    find=find,
    explains=True,
)
