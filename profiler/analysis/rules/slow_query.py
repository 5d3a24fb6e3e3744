"""slow-query: one statement takes longer in the database than the project allows, whatever else is wrong with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.analysis.found import found
from queryscope.profiler.analysis.rule import Rule
from queryscope.profiler.finding import Advice, Finding
from queryscope.profiler.trace import Span
from queryscope.profiler.units import duration, plural

ID = "slow-query"
ROW_MS = 0.05
"""An answer that comes at this pace for each row is long, not slow."""
_JUDGED = frozenset({"select", "insert", "update", "delete"})


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield one finding for each statement that took at least ``Config.slow_ms``, its executions together."""
    slow: dict[tuple[str, str], list[Span]] = defaultdict(list)
    for span in evidence.open:
        if span.kind in _JUDGED and span.duration_ms >= evidence.config.slow_ms and not _long(span):
            slow[span.alias, span.fingerprint].append(span)
    for spans in slow.values():
        yield _finding(evidence, spans)


def _long(span: Span) -> bool:
    rows = max(span.rows or 0, span.batch or 0)
    return rows > 1 and span.duration_ms / rows < ROW_MS


def _finding(evidence: Evidence, spans: list[Span]) -> Finding:
    slowest = max(spans, key=lambda span: span.duration_ms)
    rows = "" if slowest.rows is None else f" for {plural(slowest.rows, 'row')}"
    return found(
        evidence,
        ID,
        [slowest, *(span for span in spans if span is not slowest)],
        title=f"A query on {_tables(slowest)} takes {duration(slowest.duration_ms)}",
        why=(
            f"The database worked {duration(slowest.duration_ms)}{rows}. The limit is {duration(evidence.config.slow_ms)} "
            "(SLOW_MS)."
        ),
        model=slowest.model,
        advice=_ADVICE,
        cost_ms=sum(span.duration_ms for span in spans),
    )


def _tables(span: Span) -> str:
    first = span.tables[:1]
    return first[0] if first else span.alias


_ADVICE = Advice(
    summary="Read its plan: it tells whether a table is read from end to end, sorted on disk or asked once for each row.",
    alternatives=(
        "A subquery that runs for each row can often be a join, a window function or an annotation.",
        "Where the answer may be a little old, compute it beforehand or keep it in the cache.",
    ),
)

RULE = Rule(
    id=ID,
    badge="SLOW",
    name="Slow query",
    summary="One statement takes longer in the database than the limit.",
    find=find,
)
