"""Everything the drawer says about one query, as one frozen value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from queryscope.dashboard.presentation.badges import Badge, badges
from queryscope.dashboard.presentation.phases import (
    EXECUTE,
    EXECUTE_AND_FETCH,
    PHASES,
    UNSPLIT,
    Phase,
)
from queryscope.dashboard.presentation.request.findings import FindingBox, boxes_of
from queryscope.dashboard.presentation.request.heading import server_of
from queryscope.dashboard.presentation.request.lanes import bounds
from queryscope.dashboard.presentation.request.parameters import Parameters, parameters_of
from queryscope.dashboard.presentation.request.provenance import Provenance, provenance_of
from queryscope.dashboard.presentation.request.sql import Layout, layout
from queryscope.dashboard.presentation.request.stack import Stack, stack_of
from queryscope.dashboard.presentation.request.statement import headline, mark_of
from queryscope.profiler.config import Config
from queryscope.profiler.groups import group_of, median_ms, whole_ms
from queryscope.profiler.report import Report
from queryscope.profiler.trace import Span, Trace, Transaction, Value
from queryscope.profiler.units import count, ms, percent, plural, share, size
from queryscope.profiler.words import fetches, one_number

ONE_NUMBER = "Execution and fetch are one number: this database works while its rows are read."
OWN_CURSOR = "Fetching was not measured: nothing was read from its cursor, or by a way round Django's."
NO_HYDRATION = (
    "No hydration was measured: counts and values make no instances, and with .iterator() instances are made between "
    "your own lines."
)


class Fact(Value, frozen=True, kw_only=True):
    """A name, a value and a remark on it."""

    name: str
    value: str
    remark: str


class PhaseRow(Value, frozen=True, kw_only=True):
    """One phase: of this query, and of the whole group (empty where the query is alone in it)."""

    css: str
    name: str
    title: str
    this: str
    all: str
    percent: str
    median: str
    max: str


class Drawer(Value, frozen=True, kw_only=True):
    """One query of a trace. ``previous`` and ``next`` are span numbers in its group, ``None`` at the ends.

    ``group_count`` is empty where the query is alone in its group; ``unmeasured`` says why a phase has no number.
    ``findings`` are those that the query proves, ``letters`` their badges.
    """

    n: int
    title: str
    badge: str
    position: str
    previous: int | None
    next: int | None
    fingerprint: str
    sql: str
    layout: Layout
    sql_cut: str
    error: str
    parameters: Parameters
    facts: tuple[Fact, ...]
    group_count: str
    phases: tuple[PhaseRow, ...]
    unmeasured: str
    provenance: Provenance
    stack: Stack
    findings: tuple[FindingBox, ...] = ()
    letters: tuple[Badge, ...] = ()


def drawer_of(report: Report, n: int, config: Config) -> Drawer:
    """Return the drawer of span ``n``; raises LookupError where the trace has no such span."""
    trace = report.trace
    group = group_of(trace.spans, n).spans
    index = next(index for index, span in enumerate(group) if span.n == n)
    span = group[index]
    return Drawer(
        n=n,
        title=f"{count(len(group))} queries, one pattern" if len(group) > 1 else str(headline(span)),
        badge=mark_of(span),
        position=f"{count(index + 1)} / {count(len(group))}" if len(group) > 1 else "",
        previous=group[index - 1].n if index else None,
        next=group[index + 1].n if index + 1 < len(group) else None,
        fingerprint=" ".join(
            span.fingerprint[at : at + 4] for at in range(0, min(len(span.fingerprint), 8), 4)
        ),
        sql=span.sql,
        layout=layout(span.sql, span.vendor),
        sql_cut=_sql_cut(span, config),
        error=span.error or "",
        parameters=parameters_of(span, group, config.max_parameters),
        facts=tuple(_facts(span, trace)),
        group_count=count(len(group)) if len(group) > 1 else "",
        phases=tuple(_phases(span, group)),
        unmeasured=_unmeasured(span),
        provenance=provenance_of(span, group, trace),
        stack=stack_of(span, config.max_stack_frames),
        findings=boxes_of(report.findings, n),
        letters=badges([finding for finding in report.findings if n in finding.spans]),
    )


def _sql_cut(span: Span, config: Config) -> str:
    if span.sql_length <= len(span.sql):
        return ""
    return (
        f"{count(len(span.sql))} of {count(span.sql_length)} characters were kept: "
        f"MAX_SQL_CHARS is {count(config.max_sql_chars)}."
    )


def _facts(span: Span, trace: Trace) -> Iterator[Fact]:
    yield from _answer(span)
    yield Fact(name="Alias", value=span.alias, remark=_server(span, trace))
    if span.batch is not None:
        yield Fact(
            name="Batch", value=plural(span.batch, "parameter set"), remark="executemany; the first is shown"
        )
    if span.model:
        yield Fact(name="Model", value=span.model, remark="")
    transaction = next((t for t in trace.transactions if t.n == span.transaction), None)
    if transaction is not None:
        yield Fact(name="Transaction", value=bounds(transaction), remark=_place(span, transaction))


def _answer(span: Span) -> Iterator[Fact]:
    """Yield how large the answer was: rows by columns, and about how many bytes its values had."""
    if span.rows is None:
        return
    if span.kind in ("insert", "update", "delete") and span.columns is None:
        yield Fact(name="Rows", value=count(span.rows), remark="changed")
        return
    width = "" if span.columns is None else f" × {plural(span.columns, 'column')}"
    weight = "" if span.bytes is None else f"about {size(span.bytes)} of values"
    yield Fact(name="Rows", value=count(span.rows) + width, remark=weight)


def _place(span: Span, transaction: Transaction) -> str:
    if span.n not in transaction.spans:
        return f"{ms(transaction.duration_ms)} ms"
    place = transaction.spans.index(span.n) + 1
    return f"{ms(transaction.duration_ms)} ms, statement {place} of {len(transaction.spans)}"


def _server(span: Span, trace: Trace) -> str:
    totals = trace.by_alias.get(span.alias)
    return server_of(span.vendor, totals.server_version if totals else None)


def _phases(span: Span, group: Sequence[Span]) -> Iterator[PhaseRow]:
    whole = sum(map(whole_ms, group))
    joined = any(map(one_number, group))
    for phase in PHASES:
        values = [value for s in group if (value := phase.of(s.phases)) is not None]
        if values:
            named = EXECUTE_AND_FETCH if joined and phase is EXECUTE else phase
            yield _phase_row(named, phase.of(span.phases), values, whole)
    if all(EXECUTE.of(s.phases) is None for s in group):
        yield _phase_row(UNSPLIT, span.duration_ms, [s.duration_ms for s in group], whole)


def _unmeasured(span: Span) -> str:
    """Return why phases are missing that a reader may look for: unknown is not zero."""
    if not fetches(span):
        return ""
    fetch, hydrate = span.phases.fetch_ms, span.phases.hydrate_ms
    said = [ONE_NUMBER] if one_number(span) else []
    unread = span.load is None and fetch is None and not one_number(span)
    own_cursor = unread and not (span.error or span.connecting)
    said += [OWN_CURSOR] if own_cursor else []
    said += [NO_HYDRATION] if span.load is not None and hydrate is None and span.rows else []
    return " ".join(said)


def _phase_row(phase: Phase, this: float | None, values: Sequence[float], whole: float) -> PhaseRow:
    return PhaseRow(
        css=phase.css,
        name=phase.name,
        title=phase.title,
        this=ms(this),
        all=ms(sum(values)),
        percent=percent(share(sum(values), whole)),
        median=ms(median_ms(values)),
        max=ms(max(values)),
    )
