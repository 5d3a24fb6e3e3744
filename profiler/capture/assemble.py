"""Turns the raw content of a closed recorder into a frozen Trace; runs in the background thread, a small step a span."""

from __future__ import annotations

import math
import socket
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import cache

import django
import msgspec

from queryscope.profiler.capture import guard
from queryscope.profiler.capture import request as requests
from queryscope.profiler.capture.bound import bind
from queryscope.profiler.capture.build_sites import BuildSites
from queryscope.profiler.capture.gaps import gaps_of
from queryscope.profiler.capture.origins import Origins
from queryscope.profiler.capture.prefetched import with_certain_rows
from queryscope.profiler.capture.querysets import numbered
from queryscope.profiler.capture.raw import RawLane, RawSpan, RawTrace
from queryscope.profiler.capture.redaction import Redaction
from queryscope.profiler.capture.sites import Places, Sites
from queryscope.profiler.capture.text import plain
from queryscope.profiler.capture.timing import database_ms, phases_of, sum_of
from queryscope.profiler.capture.transactions import Transactions
from queryscope.profiler.capture.values import NOTHING
from queryscope.profiler.config import Config
from queryscope.profiler.report import Overhead, Report
from queryscope.profiler.revision import revision
from queryscope.profiler.settings import project_root
from queryscope.profiler.sql.statement import analyse
from queryscope.profiler.trace import (
    AliasTotals,
    Lane,
    Process,
    Span,
    Statement,
    Trace,
    Truncated,
    Unseen,
)

_LABEL_CHARS = 300
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
        self._origins = Origins(BuildSites(self._sites), self._redaction)
        self._transactions = Transactions(raw.start)
        self._described = (
            requests.describe(raw.details, self._redaction)
            if isinstance(raw.details, requests.RawRequest | requests.RawMessage)
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
            trace=self._trace(numbered(with_certain_rows(tuple(spans)))),
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
        timing = phases_of(raw)
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
            alias=str(raw.alias),
            vendor=raw.vendor,
            start_ms=(raw.start - self._raw.start) / 1e6,
            duration_ms=database_ms(timing),
            phases=timing,
            rows=_rows(raw, kept, analysis.kind),
            columns=raw.evaluation.columns if raw.evaluation else None,
            bytes=raw.evaluation.bytes if raw.evaluation else None,
            batch=raw.params.batch,
            error=self._redaction.error(raw.error, bound.hidden),
            call_site=places.call_site,
            template_site=places.template_site,
            field_site=places.field_site,
            transaction=self._transactions.enter(number, raw, kept, analysis.kind == "transaction"),
            stack=places.stack,
            stack_truncated=places.cut,
            via_template=places.via_template,
            connecting=raw.connecting,
            **self._origins.beginning(raw.evaluation, number, places, analysis.kind == "select")._asdict(),
        )

    def _trace(self, spans: tuple[Span, ...]) -> Trace:
        raw = self._raw
        counted = [span for span in spans if span.kind != "transaction" and not span.connecting]
        db_ms = sum(span.duration_ms for span in spans) + raw.dropped_ns / 1e6
        lanes = self._lanes()
        trace = Trace(
            id=raw.id,
            kind=raw.kind,
            name=raw.name,
            started_at=raw.started_at,
            duration_ms=(raw.end - raw.start) / 1e6,
            process=Process(pid=raw.pid, host=_host()),
            queries=len(counted) + raw.dropped,
            db_ms=db_ms,
            rows=_known_sum([span.rows for span in counted]),
            phases=sum_of(span.phases for span in spans),
            by_alias=self._by_alias(spans),
            spans=spans,
            transactions=self._transactions.close(raw.end),
            error=self._redaction.error(raw.error, self._hidden),
            lanes=lanes,
            gaps=gaps_of(spans, lanes, (raw.end - raw.start) / 1e6, self._known_until(spans)),
            truncated=Truncated(spans=raw.dropped, lanes=raw.dropped_lanes, **self._cut),
            relations=self._origins.relations(),
            quiet=self._origins.quiet(),
            django=django.__version__,
            commit=revision(project_root()),
            unseen=_unseen(raw.config),
        )
        trace = self._with_request(trace)
        return msgspec.structs.replace(trace, cold=_first(trace.kind, trace.view or trace.name))

    def _lanes(self) -> tuple[Lane, ...]:
        raw = self._raw
        return tuple(
            Lane(
                name=name,
                label=plain(label, _LABEL_CHARS),
                start_ms=(start - raw.start) / 1e6,
                duration_ms=(end - start) / 1e6,
            )
            for name, label, start, end in sorted(
                [*raw.lanes, *self._around_view()], key=lambda lane: (lane.start, -lane.end)
            )
        )

    def _around_view(self) -> list[RawLane]:
        """Return the view, and before and after it the middlewares as a whole."""
        raw, (start, returned, answered) = self._raw, self._raw.around
        end = answered or raw.end
        returned = returned or end
        name = (self._described and self._described.view) or "view"
        view = [RawLane("view", name, start, returned)] if start else []
        if raw.kind != "request":
            return view
        if not start:
            return [RawLane("middleware", "middleware", raw.start, end)]
        before = RawLane("middleware", "before the view", raw.start, start)
        return [before, *view, RawLane("middleware", "after the view", returned, end)]

    def _known_until(self, spans: tuple[Span, ...]) -> float:
        """Return up to when all statements are known: to the end, or to the last one before some were left out."""
        if not self._raw.dropped:
            return math.inf
        return max((span.start_ms + span.duration_ms for span in spans), default=0.0)

    def _with_request(self, trace: Trace) -> Trace:
        details, described = self._raw.details, self._described
        if described is None:
            return trace
        if isinstance(details, requests.RawMessage):
            return msgspec.structs.replace(
                trace, path=described.path or None, view=plain(described.view, 300)
            )
        return msgspec.structs.replace(
            trace,
            name=f"{details.method} {described.path}"[:300],
            method=plain(details.method, 40),
            path=described.path,
            route=plain(details.route),
            view=plain(described.view, 300),
            status=details.status,
            response_bytes=details.response_bytes,
            response_type=_media_type(details.response_type),
            response_encoding=plain(details.response_encoding, 40) or None,
            request=described.request,
        )

    def _by_alias(self, spans: tuple[Span, ...]) -> dict[str, AliasTotals]:
        totals = {}
        for alias, known in self._raw.aliases.items():
            own = [span for span in spans if span.alias == alias]
            totals[alias] = AliasTotals(
                vendor=known.vendor,
                server_version=known.server_version,
                queries=sum(span.kind != "transaction" and not span.connecting for span in own),
                db_ms=sum(span.duration_ms for span in own),
                connects=known.connects,
                connect_ms=known.connect_ns / 1e6 if known.connects else None,
                persistent=known.persistent,
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


def _rows(raw: RawSpan, sql: str, kind: Statement) -> int | None:
    """Return how many rows the driver knew of; SQLite counts those of RETURNING while they are fetched, which is later."""
    fetched = None if raw.evaluation is None else raw.evaluation.rows
    # A write that returns nothing fetches nothing: how many rows it changed is the driver's to say.
    if fetched or (fetched == 0 and kind == "select"):
        return fetched
    if type(raw.rowcount) is not int or raw.rowcount < 0:
        return None
    later = raw.vendor == "sqlite" and raw.rowcount == 0 and "RETURNING" in sql.upper()
    return None if later else raw.rowcount


_warm: set[tuple[str, str]] = set()
"""Kinds and names of the units of work that this process has done; forgotten as a whole when there are too many."""
_MOST_WARM = 5_000


def _unseen(config: Config) -> tuple[Unseen, ...]:
    """Return what the settings keep from being recorded; masked values have other pseudonyms in each trace."""
    missing: dict[Unseen, bool] = {
        "orm": not config.orm,
        "lanes": not config.lanes,
        "values": config.parameters == "masked",
    }
    return tuple(name for name, is_missing in missing.items() if is_missing)


def _first(kind: str, name: str) -> bool:
    if (kind, name) in _warm:
        return False
    if len(_warm) >= _MOST_WARM:
        _warm.clear()
    _warm.add((kind, name))
    return True


def _known_sum(values: list[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _media_type(content_type: object) -> str | None:
    return plain(content_type or "", 200).partition(";")[0] or None


@cache
def _host() -> str:
    return socket.gethostname()
