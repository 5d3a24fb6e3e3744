"""``queryscope show``: one report as text, bounded; what is left out is said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from queryscope.profiler.config import Config
from queryscope.profiler.finding import Problem
from queryscope.profiler.groups import SiteGroup, by_site, connecting
from queryscope.profiler.management import findings, gaps, statements
from queryscope.profiler.management.listing import paint, what
from queryscope.profiler.management.places import nearest
from queryscope.profiler.management.text import moment, one_line
from queryscope.profiler.report import Report
from queryscope.profiler.store import Summary
from queryscope.profiler.trace import Trace
from queryscope.profiler.units import count, ms, plural, size
from queryscope.profiler.words import connected, cost_of, left_out, one_number, phases_of, set_up

SITES = 20
STATEMENTS_OF_SITE = 3
HEAD_CHARS = 400
LINE_CHARS = 140


def lines(
    report: Report, problems: Mapping[str, Problem], config: Config, style: Any, every: bool
) -> Iterator[str]:
    """Yield the report: head, totals, findings, sites by time, and the slowest statements (``every``: all, in order).

    ``problems`` are those that the findings belong to, by identity.
    """
    trace = report.trace
    yield from _head(report, style)
    yield ""
    yield from _totals(report, config, style)
    if report.findings:
        yield ""
        yield from findings.lines(report, problems, style)
    sites = by_site(trace.spans)
    if not sites:
        yield ""
        yield "No query was recorded."
        return
    yield ""
    yield from _call_sites(sites, style)
    yield ""
    if trace.gaps:
        yield from gaps.by_name(trace.gaps, style)
        yield ""
    yield from statements.in_order(trace.spans, style) if every else statements.slowest(sites, style)


def _head(report: Report, style: Any) -> Iterator[str]:
    trace = report.trace
    yield style.MIGRATE_HEADING(one_line(what(Summary.of(report)), HEAD_CHARS)) + _status(trace, style)
    if trace.view:
        route = f"  route {trace.route}" if trace.route else ""
        yield one_line(trace.view + route, HEAD_CHARS)
    process = f"process {trace.process.pid} on {trace.process.host}"
    yield one_line(f"trace {trace.seq}, {trace.id}, began {moment(trace.started_at)}, {process}", HEAD_CHARS)
    if trace.error:
        yield style.ERROR(one_line(f"Error: {trace.error}", HEAD_CHARS))


def _totals(report: Report, config: Config, style: Any) -> Iterator[str]:
    trace, own = report.trace, Summary.of(report)
    total = paint(ms(trace.duration_ms), trace.duration_ms, config.warm_total_ms, config.hot_total_ms, style)
    queries = paint(count(trace.queries), trace.queries, config.warm_queries, config.hot_queries, style)
    database = paint(ms(trace.db_ms), trace.db_ms, config.warm_db_ms, config.hot_db_ms, style)
    parts = [f"total {total} ms", f"queries {queries}", f"database {database} ms"]
    if trace.rows is not None:
        parts.append(f"rows {count(trace.rows)}")
    if trace.response_bytes is not None:
        parts.append(f"response {size(trace.response_bytes)}")
    parts.append(f"profiling {cost_of(report)}")
    yield "  ".join(parts)
    words = (
        plural(own.patterns, "pattern"),
        plural(own.repeats, "repeat"),
        plural(own.writes, "write"),
        plural(len(trace.transactions), "transaction"),
    )
    yield ", ".join(words)
    for alias, totals in trace.by_alias.items():
        server = f"{totals.vendor} {totals.server_version or ''}".strip()
        numbers = f"{plural(totals.queries, 'query', 'queries')}, {ms(totals.db_ms)} ms"
        opened = f", {connected(totals)}" if totals.connects else ""
        yield one_line(f"database {alias}: {server}, {numbers}{opened}", LINE_CHARS)
    if apart := set_up(connecting(trace.spans)):
        yield apart[0].lower() + apart[1:]
    if trace.phases.execute_ms is not None:
        yield f"phases: {phases_of(trace.phases, joined=any(map(one_number, trace.spans)))} ms"
    for sentence in left_out(trace, config):
        yield style.WARNING(sentence)


def _status(trace: Trace, style: Any) -> str:
    if trace.status is None:
        return ""
    return "  " + paint(str(trace.status), trace.status, 400, 500, style)


def _call_sites(sites: Sequence[SiteGroup], style: Any) -> Iterator[str]:
    ordered = sorted(sites, key=lambda site: -site.total_ms)
    yield style.MIGRATE_HEADING("Call sites, slowest first")
    yield f"  {'queries':>7}  {'ms':>8}"
    for site in ordered[:SITES]:
        yield f"  {count(site.count):>7}  {ms(site.total_ms):>8}  {style.MIGRATE_LABEL(nearest(site.first))}"
        yield from _patterns(site)
    if rest := ordered[SITES:]:
        queries = plural(sum(site.count for site in rest), "query", "queries")
        total = ms(sum(site.total_ms for site in rest))
        yield f"  {plural(len(rest), 'more call site')}, {queries}, {total} ms, not shown: --json has them."


def _patterns(site: SiteGroup) -> Iterator[str]:
    several = len(site.queries) > 1
    for group in sorted(site.queries, key=lambda group: -group.total_ms)[:STATEMENTS_OF_SITE]:
        times = f"{count(len(group.spans))} x " if several else ""
        yield f"{'':21}{times}{statements.summary(group.first)}"
    if len(site.queries) > STATEMENTS_OF_SITE:
        yield f"{'':21}{plural(len(site.queries) - STATEMENTS_OF_SITE, 'more pattern')}"
