"""The head of a request's page: what it was, its key figures, and where its time went."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import tzinfo

from queryscope.dashboard.presentation.live.views_table import quantile
from queryscope.dashboard.presentation.phases import REST, Phase, joined_in, measured, orm_ms, total_ms
from queryscope.dashboard.presentation.request.axis import percent as coordinate
from queryscope.dashboard.presentation.request.marks import Mark
from queryscope.profiler.report import Report
from queryscope.profiler.store.summary import Summary
from queryscope.profiler.trace import Trace, Value
from queryscope.profiler.units import (
    clock,
    count,
    decimal,
    ms,
    percent,
    plural,
    share,
    size,
)
from queryscope.profiler.words import cost_of

WRITING_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class Heading(Value, frozen=True, kw_only=True):
    """``title`` is the path with its query string, or the name of what was no request."""

    method: str
    method_css: str
    status: str
    status_css: str
    title: str
    view: str
    time: str


class Figure(Value, frozen=True, kw_only=True):
    """One key figure: a number with its unit, and a remark below it; ``css`` colours the number where a page does so."""

    name: str
    value: str
    unit: str
    sub: str
    css: str = ""


class LegendItem(Value, frozen=True, kw_only=True):
    """One colour of the phase bar with its number and its share of the total."""

    css: str
    name: str
    short: str
    title: str
    value: str
    percent: str


class PhaseBar(Value, frozen=True, kw_only=True):
    """The whole request as one bar; the parts follow each other without a gap."""

    marks: tuple[Mark, ...]
    legend: tuple[LegendItem, ...]


VENDORS = {
    "postgresql": "PostgreSQL",
    "mysql": "MySQL",
    "sqlite": "SQLite",
    "oracle": "Oracle",
}


def server_of(vendor: str, version: str | None) -> str:
    """Return the name and, where it is known, the version of a database server."""
    return f"{VENDORS.get(vendor, vendor)} {version or ''}".strip()


def heading_of(trace: Trace, zone: tzinfo) -> Heading:
    """Return what the request was, its time in ``zone``."""
    status = trace.status or 0
    return Heading(
        method=trace.method or trace.kind,
        method_css="w" if trace.method in WRITING_METHODS else "",
        status=str(trace.status) if trace.status is not None else "",
        status_css=f"e{status // 100}" if status >= 400 else "",
        title=trace.address,
        view=trace.view or "",
        time=clock(trace.started_at, zone),
    )


def figures_of(report: Report, of_view: Sequence[Summary], own: Summary | None = None) -> tuple[Figure, ...]:
    """Return the key figures that were measured; ``of_view`` are the stored traces of the same view or name.

    ``own`` is the row of the log, made anew where it is not at hand: telling repeats reads every parameter.
    """
    return tuple(_figures(report, own or Summary.of(report), of_view))


def phase_bar(trace: Trace) -> PhaseBar:
    """Return the measured phases of all queries and, as the rest, the time outside them."""
    parts = [*measured(trace.phases, joined=joined_in(trace))]
    rest = outside_ms(trace)
    if rest is not None:
        parts.append((REST, rest))
    whole = sum(value for _, value in parts) or 1.0
    marks, x = [], 0.0
    for phase, value in parts:
        marks.append(Mark(css=phase.css, x=coordinate(x), width=coordinate(100 * value / whole)))
        x += 100 * value / whole
    return PhaseBar(marks=tuple(marks), legend=tuple(_legend(*part, trace.duration_ms) for part in parts))


def outside_ms(trace: Trace) -> float | None:
    """Return the total less all measured phases; ``None`` where queries ran and nothing about them was measured."""
    inside = total_ms(trace.phases)
    if inside is None:
        return None if trace.queries else trace.duration_ms
    return max(0.0, trace.duration_ms - inside)


def _legend(phase: Phase, value: float, total: float) -> LegendItem:
    return LegendItem(
        css=phase.css,
        name=phase.name,
        short=phase.short,
        title=phase.title,
        value=ms(value),
        percent=percent(share(value, total)),
    )


def _figures(report: Report, own: Summary, of_view: Sequence[Summary]) -> Iterator[Figure]:
    trace = report.trace
    yield _figure("Total", trace.duration_ms, _typical(trace, of_view))
    yield Figure(
        name="Queries",
        value=count(trace.queries),
        unit="",
        sub=f"{plural(own.patterns, 'pattern')}, {plural(own.repeats, 'repeat')}",
    )
    yield _figure("Database", trace.db_ms, f"{percent(share(trace.db_ms, trace.duration_ms))}% of total")
    orm = orm_ms(trace.phases)
    if orm is not None:
        yield _figure("ORM", orm, "build, compile, hydrate")
    if trace.rows is not None:
        yield Figure(name="Rows", value=count(trace.rows), unit="", sub=_per_query(trace))
    outside = outside_ms(trace)
    if outside is not None:
        yield _figure(REST.name, outside, "outside queries")
    if trace.response_bytes is not None:
        measure = size(trace.response_bytes)
        yield Figure(
            name="Response",
            value=measure.value,
            unit=measure.unit,
            sub=(trace.response_type or "").split(";")[0] or "no content type",
        )
    cost = cost_of(report)
    yield Figure(name="Profiling", value=cost.ms, unit="ms", sub=cost.remarks)


def _figure(name: str, value: float, sub: str) -> Figure:
    return Figure(name=name, value=ms(value), unit="ms", sub=sub)


def _typical(trace: Trace, of_view: Sequence[Summary]) -> str:
    others = [summary.duration_ms for summary in of_view]
    if trace.kind == "request" and not trace.view:
        return "no view"
    what = {"request": "view", "background": "stretch"}.get(trace.kind, trace.kind)
    if len(others) < 2:
        return f"the only one kept of this {what}"
    return f"p50 of this {what} {ms(quantile(others, 0.5))}"


def _per_query(trace: Trace) -> str:
    if not trace.queries or trace.rows is None:
        return "read or changed"
    return f"{decimal(trace.rows / trace.queries)} a query"
