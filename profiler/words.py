"""What a trace tells in words, the same on pages and in commands: its own cost, its limits, connections, loads, fields."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from queryscope.profiler.config import Config
from queryscope.profiler.report import Report
from queryscope.profiler.trace import (
    AliasTotals,
    CallSite,
    FieldSite,
    Origin,
    Phases,
    Span,
    Statement,
    Trace,
    Value,
)
from queryscope.profiler.units import count, ms, percent, plural, share

WIDGETS = {
    "serializer": "serializer {owner}, field {path}",
    "admin": "admin list of {owner}, column {path}",
    "form": "form {owner}, field {path}",
}


_ROWLESS: frozenset[Statement] = frozenset({"insert", "update", "delete", "ddl", "transaction"})


class Cost(Value, frozen=True, kw_only=True):
    """Our own time: in ms, its share of the whole ("1.2% of total") and of a query ("31 µs a query", empty without one)."""

    ms: str
    share: str
    per_query: str

    @property
    def remarks(self) -> str:
        return ", ".join(part for part in (self.share, self.per_query) if part)

    def __str__(self) -> str:
        return f"{self.ms} ms ({self.remarks})"


def cost_of(report: Report) -> Cost:
    """Return what recording cost in the thread of the unit of work, as it was measured there."""
    trace, spent = report.trace, report.overhead.capture_ms
    part = share(spent, trace.duration_ms)
    small = part is not None and 0 < part < 0.0005
    return Cost(
        ms=ms(spent),
        share="under 0.1% of total" if small else f"{percent(part)}% of total",
        per_query=f"{spent * 1000 / trace.queries:,.0f} µs a query" if trace.queries else "",
    )


def limit_reached(trace: Trace, config: Config) -> tuple[str, str]:
    """Return the setting that kept statements out of a trace, and its value in words."""
    if len(trace.spans) < config.max_spans:
        return "MAX_TRACE_BYTES", f"{count(config.max_trace_bytes)} bytes"
    return "MAX_SPANS", count(config.max_spans)


def left_out(trace: Trace, config: Config) -> Iterator[str]:
    """Yield a sentence on what limits left out of a trace, with their names: whole statements, then parts of them."""
    if trace.truncated.spans:
        name, value = limit_reached(trace, config)
        yield f"{plural(trace.truncated.spans, 'statement')} counted but not kept: {name} is {value}."
    if cut := "; ".join(cut_short(trace, config)):
        yield f"Some of the recording was cut: {cut}."


def cut_short(trace: Trace, config: Config) -> Iterator[str]:
    """Yield what is missing beside whole statements, and the setting that cut it where there is one."""
    limits = (
        (trace.truncated.sql, "SQL text", "MAX_SQL_CHARS", config.max_sql_chars),
        (trace.truncated.params, "parameters", "MAX_PARAMETERS", config.max_parameters),
        (trace.truncated.stacks, "stack", "MAX_STACK_FRAMES", config.max_stack_frames),
    )
    for number, what, name, value in limits:
        if number:
            yield f"the {what} of {plural(number, 'statement')}, by {name} ({count(value)})"
    if trace.truncated.lanes:
        yield f"{plural(trace.truncated.lanes, 'stretch', 'stretches')} of views and templates, of which a trace keeps the first"


def one_number(span: Span) -> bool:
    """Tell whether execution of a statement holds its fetch too: the rows were read while SQLite was working."""
    return (
        span.vendor == "sqlite" and span.rows is not None and span.phases.fetch_ms is None and fetches(span)
    )


def fetches(span: Span) -> bool:
    """Tell whether a statement is of a kind that answers with rows."""
    return span.kind not in _ROWLESS


def phases_of(phases: Phases, *, joined: bool) -> str:
    """Return the measured phases in their order, as milliseconds: "construction 0.10, compilation 0.20".

    Where ``joined``, execution is named for fetching too.
    """
    names = {
        "construct_ms": "construction",
        "compile_ms": "compilation",
        "execute_ms": "execution and fetch" if joined else "execution",
        "fetch_ms": "fetch",
        "hydrate_ms": "hydration",
    }
    found = ((name, getattr(phases, field)) for field, name in names.items())
    return ", ".join(f"{name} {ms(value)}" for name, value in found if value is not None)


def connected(totals: AliasTotals) -> str:
    """Return what opening connections took ("1 connection opened in 3.10 ms"), or nothing where none was opened."""
    if not totals.connects:
        return ""
    opened = f"{plural(totals.connects, 'connection')} opened"
    return opened if totals.connect_ms is None else f"{opened} in {ms(totals.connect_ms)} ms"


def set_up(spans: tuple[Span, ...]) -> str:
    """Return how many statements set connections up, which count as no queries, and their time; or nothing."""
    if not spans:
        return ""
    spent = ms(sum(span.duration_ms for span in spans))
    return f"Connection set up: {plural(len(spans), 'statement')}, {spent} ms, not counted among the queries"


def load_of(span: Span, rows: int = 1) -> str:
    """Return how the ORM came to run a statement, or nothing where it did not; ``rows`` is from how many it was followed."""
    of = f"each of {count(rows)} rows" if rows > 1 else "one row"
    relation = _relation(span)
    match span.load:
        case None:
            return ""
        case "queryset":
            return "evaluates a queryset"
        case "raw":
            return "evaluates raw SQL, .raw()"
        case "prefetch":
            return f"prefetch of {span.relation or 'a relation'}"
        case "deferred":
            return f"loads {relation}, which was deferred, for {of}"
        case _:
            return f"follows {relation} from {of}"


def rows_of(origin: Origin) -> str:
    """Return which rows an evaluation produced: their model, and how they were reached from the first one's."""
    return f"rows of {origin.model}" + (f", reached by {origin.path}" if origin.path else "")


def steps(sites: Sequence[CallSite]) -> tuple[CallSite, ...]:
    """Return the lines that built a queryset in their order, one that did several steps in a row once."""
    return tuple(next(same) for _, same in groupby(sites, key=lambda site: (site.file, site.line)))


def field_of(site: FieldSite) -> str:
    """Return the declared field that ran a statement, with its class."""
    return WIDGETS[site.kind].format(owner=site.owner.rpartition(".")[2], path=site.path)


def _relation(span: Span) -> str:
    if not span.relation:
        return "a field" if span.load == "deferred" else "a relation"
    if span.origin is None or "." in span.relation:
        return span.relation
    return f"{span.origin.model.rpartition('.')[2]}.{span.relation}"
