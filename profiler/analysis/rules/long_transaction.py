"""long-transaction: a transaction that has written is kept open for long, or while Python does something else."""

from __future__ import annotations

from collections.abc import Iterator

from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.analysis.found import found
from queryscope.profiler.analysis.rule import Rule
from queryscope.profiler.analysis.statements.clauses import clauses
from queryscope.profiler.finding import Advice, Finding
from queryscope.profiler.trace import Lane, Span, Transaction
from queryscope.profiler.units import duration, plural

ID = "long-transaction"
HELD_MS = 50.0
"""From this length on, a stretch of Python inside a transaction is work that it did not need to wait for."""
_WRITES = frozenset({"insert", "update", "delete", "call"})
_WAITING = frozenset({"request", "message"})
"""Units of work that somebody waits for; an import may well be one transaction from end to end."""


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for each transaction that locked something for longer than its statements needed."""
    trace = evidence.trace
    if trace.kind == "test":
        return
    for transaction in trace.transactions:
        spans = _statements(evidence, transaction)
        first = _first_lock(spans)
        if transaction.savepoint is not None or first is None:
            continue
        since = first.start_ms + first.duration_ms
        limit = evidence.config.long_transaction_ms
        held = _held(trace.gaps, transaction, since, HELD_MS if trace.kind in _WAITING else limit)
        if held:
            yield _holding(evidence, transaction, spans, held)
        elif trace.kind in _WAITING and _locking_ms(evidence, transaction, spans, first.start_ms) >= limit:
            yield _lasting(evidence, transaction, spans)


def _statements(evidence: Evidence, transaction: Transaction) -> list[Span]:
    return [evidence.by_number[n] for n in transaction.spans if n in evidence.by_number]


def _first_lock(spans: list[Span]) -> Span | None:
    """Return the first statement that locks rows; one that only reads keeps nobody waiting."""
    for span in spans:
        if span.error is None and (span.kind in _WRITES or _locks(span)):
            return span
    return None


def _locks(span: Span) -> bool:
    read = clauses(span)
    return read is not None and bool(read.locks)


def _held(
    gaps: tuple[Lane, ...], transaction: Transaction, since_ms: float, least_ms: float
) -> list[tuple[float, float, str]]:
    """Return start, length and name of the stretches of Python inside a transaction, after its first lock."""
    end = transaction.start_ms + transaction.duration_ms
    inside = (
        (max(gap.start_ms, since_ms), min(gap.start_ms + gap.duration_ms, end), gap.label) for gap in gaps
    )
    return [(start, until - start, label) for start, until, label in inside if until - start >= least_ms]


def _locking_ms(evidence: Evidence, transaction: Transaction, spans: list[Span], since_ms: float) -> float:
    """Return how long a transaction went on from its first lock on, by its own doing.

    Reading before it keeps nobody waiting, and statements that other findings explain are not held against it again.
    """
    explained = sum(
        span.duration_ms for span in spans if span.n in evidence.explained and span.start_ms >= since_ms
    )
    return transaction.start_ms + transaction.duration_ms - since_ms - explained


def _holding(
    evidence: Evidence,
    transaction: Transaction,
    spans: list[Span],
    held: list[tuple[float, float, str]],
) -> Finding:
    cost = sum(length for _, length, _ in held)
    start, length, label = max(held, key=lambda each: each[1])
    return found(
        evidence,
        ID,
        spans,
        title=f"A transaction stays open for {duration(cost)} while Python does something else",
        why=(
            f"{duration(length)} of {label} ran {_between(evidence, transaction, start)}. The rows that were written before "
            f"stay locked for that long, and the connection is taken. The transaction lasted {duration(transaction.duration_ms)}."
        ),
        advice=_MOVE_OUT,
        certain=True,
        cost_ms=cost,
        build_site=None,
    )


def _between(evidence: Evidence, transaction: Transaction, start_ms: float) -> str:
    """Return between which statements a stretch lies, by number and line."""
    own = [span for span in evidence.trace.spans if span.alias == transaction.alias]
    before = [span for span in own if span.start_ms <= start_ms]
    after = [span for span in own if span.start_ms > start_ms]
    return " and ".join(
        f"{word} {_statement(span)}"
        for word, span in (("after", before[-1] if before else None), ("before", after[0] if after else None))
        if span is not None
    )


def _statement(span: Span) -> str:
    what = span.sql.partition(" ")[0].upper() if span.kind == "transaction" else f"statement {span.n}"
    site = span.call_site
    return f"{what} ({site.label}:{site.line})" if site is not None and site.line else what


def _lasting(evidence: Evidence, transaction: Transaction, spans: list[Span]) -> Finding:
    return found(
        evidence,
        ID,
        spans,
        title=f"A transaction stays open for {duration(transaction.duration_ms)}",
        why=(
            f"It holds {plural(len(spans), 'statement')} and locks what it wrote until it ends. The limit is "
            f"{duration(evidence.config.long_transaction_ms)} (LONG_TRANSACTION_MS)."
        ),
        advice=_SHORTEN,
        cost_ms=transaction.duration_ms,
        build_site=None,
    )


_MOVE_OUT = Advice(
    summary="Do that work before the transaction begins or after it has ended; keep only the statements inside.",
    alternatives=(
        "transaction.on_commit(...) for what has to follow, such as sending mail or starting a task.",
        "Where the answer decides what is written: ask first, then open the transaction and check what may have changed.",
    ),
)
_SHORTEN = Advice(
    summary="Read what is needed before the transaction begins, write last, and write many rows with one statement.",
    alternatives=(
        "With ATOMIC_REQUESTS: non_atomic_requests for this view, and atomic() around what belongs together.",
    ),
)

RULE = Rule(
    id=ID,
    badge="TX",
    name="Long transaction",
    summary="A transaction that has written stays open for long, or while Python does something else.",
    find=find,
)
