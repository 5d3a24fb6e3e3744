"""reconnect: request after request opens its connection anew, because nothing keeps it."""

from __future__ import annotations

from collections.abc import Iterator

from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.analysis.found import found
from queryscope.profiler.analysis.rule import Rule
from queryscope.profiler.analysis.severity import noticeable
from queryscope.profiler.finding import Advice, Finding
from queryscope.profiler.trace import AliasTotals, Span, Trace
from queryscope.profiler.units import duration

ID = "reconnect"
IN_A_ROW = 3
"""Requests that each opened a connection: one after another process was started is no habit."""


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield one finding for each alias whose connections serve one request only."""
    trace = evidence.trace
    if trace.kind != "request":
        return
    for alias, totals in trace.by_alias.items():
        spans = _spans(trace, alias)
        kept = totals.persistent is not False or totals.vendor == "sqlite"
        if spans and not kept and totals.connects and evidence.past.connected.get(alias, 0) >= IN_A_ROW:
            yield _finding(evidence, alias, totals, spans)


def _spans(trace: Trace, alias: str) -> list[Span]:
    """Return what setting the connection up sent, or the first statement that went through it."""
    own = [span for span in trace.spans if span.alias == alias]
    return [span for span in own if span.connecting] or own[:1]


def _finding(evidence: Evidence, alias: str, totals: AliasTotals, spans: list[Span]) -> Finding:
    cost, whole = totals.connect_ms or 0.0, evidence.trace.duration_ms
    return found(
        evidence,
        ID,
        spans,
        title=f"Every request opens a connection to {alias}",
        why=(
            f"Opening it took {duration(cost)} of {duration(whole)}; so did the {evidence.past.connected[alias] - 1} "
            "requests before this one. CONN_MAX_AGE is 0 and there is no pool, so each connection is closed with its request."
        ),
        advice=_advice(alias, totals.vendor, _server(evidence.trace)),
        level="medium" if noticeable(cost, evidence.trace) else "low",
        cost_ms=cost,
        build_site=None,
    )


def _server(trace: Trace) -> str:
    """Return ``asgi`` or ``wsgi`` as the stacks tell, empty where they do not."""
    for span in trace.spans:
        for frame in span.stack:
            if frame.label in {"django/core/handlers/asgi.py", "django/core/handlers/wsgi.py"}:
                return frame.label[-7:-3]
    return ""


def _advice(alias: str, vendor: str, server: str) -> Advice:
    entry = f'DATABASES["{alias}"]'
    kept = f'{entry}["CONN_MAX_AGE"] = 60\n{entry}["CONN_HEALTH_CHECKS"] = True'
    pool = f'{entry}.setdefault("OPTIONS", {{}})["pool"] = True' if vendor == "postgresql" else None
    later = "Under runserver every thread has connections of its own: judge it on the server that serves the project."
    if server == "asgi":
        outside = f"A pooler between Django and {alias}, such as PgBouncer or ProxySQL, keeps connections for all processes."
        summary = "Keep connections in a pool, in DATABASES; CONN_MAX_AGE does not fit ASGI, where threads come and go."
        return Advice(summary=summary, code=pool, where="the settings", alternatives=(outside, later))
    others = (f"A pool instead, with psycopg 3 and Django 5.1 or newer: {pool}",) if pool else ()
    unknown = ("Under ASGI use a pool instead.",) if not server and not pool else ()
    summary = "Keep connections for the next request, in DATABASES."
    return Advice(summary=summary, code=kept, where="the settings", alternatives=(*others, *unknown, later))


RULE = Rule(
    id=ID,
    badge="CONN",
    name="A connection per request",
    summary="Each request opens a connection to the database and closes it again.",
    find=find,
)
