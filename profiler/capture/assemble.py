"""Turns the raw content of a closed recorder into a frozen Trace; runs in the background thread, a small step a span."""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import cache

import msgspec

from queryscope.profiler.capture import guard
from queryscope.profiler.capture import request as requests
from queryscope.profiler.capture.bound import bind
from queryscope.profiler.capture.recorder import RawSpan, RawTrace
from queryscope.profiler.capture.redaction import Redaction
from queryscope.profiler.capture.sites import Places, Sites
from queryscope.profiler.capture.text import plain
from queryscope.profiler.capture.transactions import Transactions
from queryscope.profiler.capture.values import NOTHING
from queryscope.profiler.report import Overhead, Report
from queryscope.profiler.sql.statement import analyse
from queryscope.profiler.trace import (
    AliasTotals,
    Lane,
    Phases,
    Process,
    Span,
    Trace,
    Truncated,
)

_REMEMBERED = 2_000
_NOWHERE = Places((), False, None, None, False, "00000000")


def assemble(raw: RawTrace, pause: Callable[[], None]) -> Report:
    """Return the report of a recording, without findings; ``pause`` is called between small steps."""
    return _Assembly(raw, pause).report()


class _Assembly:
    """What is built while the spans of one trace are gone through once."""

    def __init__(self, raw: RawTrace, pause: Callable[[], None]) -> None:
        self._raw, self._pause = raw, pause
        self._redaction = Redaction(raw.config)
        self._sites = Sites()
        self._transactions = Transactions(raw.start)
        self._described = (
            requests.describe(raw.details, self._redaction)
            if isinstance(raw.details, requests.RawRequest)
            else None
        )
        self._hidden = deque(self._described.hidden if self._described else (), _REMEMBERED)
        """What was hidden lately: the text of an exception may quote it."""
        self._cut = {"sql": 0, "params": 0, "stacks": 0}

    def report(self) -> Report:
        raw = self._raw
        spans = []
        for number, span in enumerate(raw.spans, start=1):
            self._pause()
            spans.append(self._readable(number, span))
        return Report(
            trace=self._trace(tuple(spans)),
            overhead=Overhead(capture_ms=raw.own_ns / 1e6, dropped_spans=raw.dropped, bytes=0),
        )

    def _readable(self, number: int, raw: RawSpan) -> Span:
        """Return the span; one that cannot be read loses its text and parameters, and not the trace."""
        try:
            return self._span(number, raw)
        except Exception:
            guard.report("the assembly of a statement")
            return self._span(
                number, raw._replace(sql="<unreadable>", params=NOTHING, error=None, stack=None)
            )

    def _span(self, number: int, raw: RawSpan) -> Span:
        config = self._raw.config
        sql = as_text(raw.sql)
        kept = sql[: config.max_sql_chars]
        analysis = analyse(kept, raw.vendor, self._pause)
        places = self._sites.places(raw.stack) if raw.stack else _NOWHERE
        bound = bind(
            raw.params, kept, analysis, self._redaction, config.max_parameter_chars, len(sql) > len(kept)
        )
        self._hidden.extend(bound.hidden)
        duration = (raw.end - raw.start) / 1e6
        self._cut["sql"] += len(sql) > len(kept)
        self._cut["params"] += len(raw.params.values) < raw.params.total
        self._cut["stacks"] += places.cut
        return Span(
            n=number,
            sql=bound.sql,
            sql_length=len(sql),
            params=bound.params,
            params_total=raw.params.total,
            fingerprint=analysis.fingerprint,
            site_id=places.site_id,
            kind=analysis.kind,
            tables=analysis.tables,
            alias=raw.alias,
            vendor=raw.vendor,
            start_ms=(raw.start - self._raw.start) / 1e6,
            duration_ms=duration,
            phases=Phases(execute_ms=duration),
            rows=_rows(raw, kept),
            bytes=None,
            batch=raw.params.batch,
            error=self._redaction.error(raw.error, bound.hidden),
            model=None,
            call_site=places.call_site,
            template_site=places.template_site,
            transaction=self._transactions.enter(number, raw, kept, analysis.kind == "transaction"),
            stack=places.stack,
            stack_truncated=places.cut,
            via_template=places.via_template,
        )

    def _trace(self, spans: tuple[Span, ...]) -> Trace:
        raw = self._raw
        counted = [span for span in spans if span.kind != "transaction"]
        db_ms = sum(span.duration_ms for span in spans) + raw.dropped_ns / 1e6
        trace = Trace(
            id=raw.id,
            kind=raw.kind,
            name=raw.name,
            started_at=raw.started_at.isoformat(timespec="microseconds"),
            duration_ms=(raw.end - raw.start) / 1e6,
            process=Process(pid=raw.pid, host=_host()),
            queries=len(counted) + raw.dropped,
            db_ms=db_ms,
            rows=_known_sum([span.rows for span in counted]),
            phases=Phases(execute_ms=db_ms) if spans else Phases(),
            by_alias=self._by_alias(spans),
            spans=spans,
            transactions=self._transactions.close(raw.end),
            error=self._redaction.error(raw.error, self._hidden),
            lanes=tuple(
                Lane(name=n, label=label, start_ms=(start - raw.start) / 1e6, duration_ms=(end - start) / 1e6)
                for n, label, start, end in sorted(raw.lanes, key=lambda lane: lane.start)
            ),
            truncated=Truncated(spans=raw.dropped, **self._cut),
        )
        return self._with_request(trace)

    def _with_request(self, trace: Trace) -> Trace:
        details, described = self._raw.details, self._described
        if described is None:
            return trace
        return msgspec.structs.replace(
            trace,
            name=f"{details.method} {described.path}"[:300],
            method=plain(details.method, 40),
            path=described.path,
            route=plain(details.route),
            view=plain(details.view, 300),
            status=details.status,
            response_bytes=details.response_bytes,
            response_type=details.response_type,
            request=described.request,
        )

    def _by_alias(self, spans: tuple[Span, ...]) -> dict[str, AliasTotals]:
        totals = {}
        for alias, known in self._raw.aliases.items():
            own = [span for span in spans if span.alias == alias]
            totals[alias] = AliasTotals(
                vendor=known.vendor,
                server_version=known.server_version,
                queries=sum(span.kind != "transaction" for span in own),
                db_ms=sum(span.duration_ms for span in own),
            )
        return totals


def as_text(sql: object) -> str:
    """Return a statement as text; drivers also take bytes and composed objects, which are named by their class."""
    if isinstance(sql, str):
        return plain(sql, len(sql))
    if isinstance(sql, (bytes, bytearray)):
        return bytes(sql).decode("utf-8", "backslashreplace")
    if type(sql).__module__.partition(".")[0] in {"psycopg", "psycopg2"} and hasattr(sql, "as_string"):
        # A literal of a type that the driver does not know has no text; the statement has failed for it too.
        with suppress(Exception):
            return str(sql.as_string(None))
    return f"<{type(sql).__module__}.{type(sql).__name__}>"


def _rows(raw: RawSpan, sql: str) -> int | None:
    """Return how many rows the driver knew of; SQLite counts those of RETURNING while they are fetched, which is later."""
    if type(raw.rowcount) is not int or raw.rowcount < 0:
        return None
    later = raw.vendor == "sqlite" and raw.rowcount == 0 and "RETURNING" in sql.upper()
    return None if later else raw.rowcount


def _known_sum(values: list[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


@cache
def _host() -> str:
    return socket.gethostname()
