"""The log of reports: strictly increasing numbers that become visible in order, whoever writes and whoever reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from queryscope.profiler.config import Config
from queryscope.profiler.errors import StoreError, TraceNotFound
from queryscope.profiler.finding import marks
from queryscope.profiler.ignored import IgnoredFile
from queryscope.profiler.report import Report
from queryscope.profiler.store import codec, retention, rows
from queryscope.profiler.store.catalogue import Catalogue
from queryscope.profiler.store.connections import Connections
from queryscope.profiler.store.problems import Ledger
from queryscope.profiler.store.reference import ALLOWED, conditions
from queryscope.profiler.store.summary import Pruned, Summary, Totals
from queryscope.profiler.store.text import storable
from queryscope.profiler.store.transaction import transaction
from queryscope.profiler.trace import Kind


class Store(Catalogue):
    """One log, in an SQLite file or in PostgreSQL; every method may be called from any thread, none from an event loop.

    ``target`` is a path or a dict in the format of one ``DATABASES`` entry. Nothing is opened or made before it is
    needed: until the first append the store reads as an empty one. Every method raises StoreError, with one sentence.
    ``location`` names the store to people, without credentials; ``ignored`` is the project's file of ignored problems.
    """

    def __init__(self, target: str | Path | dict[str, Any], ignored: IgnoredFile | None = None) -> None:
        super().__init__(Connections(target), ignored)
        self.location = self._connections.location

    def append(
        self, reports: Sequence[Report], pause: Callable[[], None] | None = None
    ) -> tuple[Report, ...]:
        """Store the reports in one transaction, bring the problems up to date, and return them with number and size in bytes.

        ``pause`` is called about every hundred spans, so that encoding lets request threads run.
        """
        entries = [rows.Entry.of(report, pause) for report in reports]
        if not entries:
            return ()
        with self._connections.lend(create=True) as connection, transaction(connection) as cursor:
            # The counter's row stays locked until the commit: a later number cannot become visible earlier.
            cursor.execute("UPDATE queryscope_control SET last_seq = last_seq + %s", [len(entries)])
            cursor.execute("SELECT last_seq FROM queryscope_control")
            first = int(cursor.fetchone()[0]) - len(entries) + 1
            entries = [entry.numbered(seq) for seq, entry in enumerate(entries, first)]
            ledger = Ledger(cursor, [entry.report for entry in entries])
            entries = [self._marked(entry, ledger) for entry in entries]
            rows.insert(cursor, entries)
            ledger.write()
        return tuple(entry.report for entry in entries)

    def _marked(self, entry: rows.Entry, ledger: Ledger) -> rows.Entry:
        """Return the entry without the marks of what somebody ignores."""
        if not entry.summary.findings:
            return entry
        shown = (
            finding
            for finding in entry.report.findings
            if not ledger.ignores(finding.identity) and not (self.ignored and self.ignored.reason(finding))
        )
        return replace(entry, summary=replace(entry.summary, findings=marks(shown)))

    def read_after(self, seq: int, limit: int = 200) -> tuple[Summary, ...]:
        """Return at most ``limit`` traces with a number above ``seq``, oldest first."""
        return self._summaries("WHERE seq > %s ORDER BY seq LIMIT %s", seq, limit)

    def newest(self, limit: int = 200, before: int | None = None) -> tuple[Summary, ...]:
        """Return at most ``limit`` traces (with a number below ``before``), newest first."""
        if before is None:
            return self._summaries("ORDER BY seq DESC LIMIT %s", limit)
        return self._summaries("WHERE seq < %s ORDER BY seq DESC LIMIT %s", before, limit)

    def of_view(self, view: str, limit: int = 200) -> tuple[Summary, ...]:
        """Return at most ``limit`` traces of one view, newest first."""
        return self._summaries('WHERE "view" = %s ORDER BY seq DESC LIMIT %s', view, limit)

    def of_name(self, kind: Kind, name: str, limit: int = 200) -> tuple[Summary, ...]:
        """Return at most ``limit`` traces of what has no view but this name, newest first."""
        where = 'WHERE "view" IS NULL AND kind = %s AND name = %s ORDER BY seq DESC LIMIT %s'
        return self._summaries(where, kind, name, limit)

    def previous(self, summary: Summary) -> Summary | None:
        """Return the newest older trace of the same kind, method, view and address, or of the same name without a path."""
        named = ("view", "path") if summary.path is not None else ("view", "path", "name")
        same = {name: getattr(summary, name) for name in ("kind", "method", *named)}
        where = [f'"{name}" IS NULL' if value is None else f'"{name}" = %s' for name, value in same.items()]
        known = [storable(value) for value in same.values() if value is not None]
        found = self._summaries(
            f"WHERE seq < %s AND query_string = %s AND {' AND '.join(where)} ORDER BY seq DESC LIMIT 1",
            summary.seq,
            storable(summary.query_string),
            *known,
        )
        return next(iter(found), None)

    def traces_of_problem(self, identity: str, limit: int = 200) -> tuple[Summary, ...]:
        """Return at most ``limit`` traces that have a problem, newest first; those that were removed are missing."""
        where = "WHERE seq IN (SELECT seq FROM queryscope_problem_trace WHERE identity = %s ORDER BY seq DESC LIMIT %s)"
        return self._summaries(f"{where} ORDER BY seq DESC", storable(identity), limit)

    def neighbours(self, seq: int) -> tuple[Summary | None, Summary | None]:
        """Return the next older and the next newer trace, ``None`` at either end."""
        return next(iter(self.newest(1, before=seq)), None), next(iter(self.read_after(seq, 1)), None)

    def report(self, trace_id: str) -> Report:
        """Return the whole report of a trace. Raises TraceNotFound."""
        found = self._rows(
            "SELECT seq, bytes, pinned, session, body FROM queryscope_trace JOIN queryscope_report USING (seq)"
            " WHERE id = %s",
            trace_id,
        )
        if not found:
            raise TraceNotFound(
                f"No trace {trace_id!r} in the store {self.location}: it was removed, or never stored."
            )
        seq, size, pinned, session, body = found[0]
        try:
            report = codec.decode(bytes(body))
        except ValueError as error:
            raise StoreError(f"Trace {seq} in the store {self.location} cannot be read ({error}).") from error
        trace = replace(report.trace, seq=seq, pinned=bool(pinned), session=session)
        return replace(report, trace=trace, overhead=replace(report.overhead, bytes=size))

    def resolve(self, reference: str) -> str:
        """Return the id that is meant by "last", a number, a whole id or the first 6 or more characters of one.

        Raises TraceNotFound where none or more than one answers.
        """
        for condition, parameters in conditions(reference):
            found = self._rows(f"SELECT id FROM queryscope_trace WHERE {condition} LIMIT 2", *parameters)
            if len(found) > 1:
                raise TraceNotFound(
                    f"More than one trace begins with {reference!r}: give more characters of its id."
                )
            if found:
                return str(found[0][0])
        raise TraceNotFound(
            f"No trace answers to {reference!r} in the store {self.location}. Allowed: {ALLOWED}."
        )

    def last_seq(self) -> int:
        """Return the highest number ever given, 0 before the first; cheap enough to be polled."""
        return int(self._rows("SELECT last_seq FROM queryscope_control")[0][0])

    def totals(self) -> Totals:
        """Return the sums over everything stored."""
        (row,) = self._rows(
            "SELECT count(*), coalesce(sum(queries), 0), coalesce(sum(db_ms), 0.0), coalesce(sum(duration_ms), 0.0),"
            " coalesce(sum(capture_ms), 0.0), min(started_at), (SELECT last_seq FROM queryscope_control)"
            " FROM queryscope_trace"
        )
        traces, queries, db_ms, duration_ms, capture_ms, first_at, last_seq = row
        return Totals(
            traces=traces,
            queries=int(queries),
            db_ms=db_ms,
            duration_ms=duration_ms,
            capture_ms=capture_ms,
            first_at=first_at,
            last_seq=last_seq,
        )

    def paused_at(self) -> str | None:
        """Return since when recording is paused (RFC 3339), or ``None`` while it runs."""
        paused_at: str | None = self._rows("SELECT paused_at FROM queryscope_control")[0][0]
        return paused_at

    def pause(self) -> str:
        """Pause recording in every process that uses this store; return since when it is paused (RFC 3339)."""
        now = datetime.now(UTC).isoformat()
        with self._connections.lend(create=True) as connection, transaction(connection) as cursor:
            cursor.execute("UPDATE queryscope_control SET paused_at = coalesce(paused_at, %s)", [now])
            cursor.execute("SELECT paused_at FROM queryscope_control")
            return str(cursor.fetchone()[0])

    def resume(self) -> None:
        """Let every process that uses this store go on recording."""
        with self._connections.lend() as connection, transaction(connection) as cursor:
            cursor.execute("UPDATE queryscope_control SET paused_at = NULL")

    def prune(self, config: Config) -> Pruned:
        """Remove what the ``KEEP_*`` options no longer keep; ``retention`` says what that is."""
        with self._connections.lend() as connection:
            return retention.prune(connection, config)

    def clear(self) -> Pruned:
        """Remove every trace, pinned ones too; numbers go on from where they were."""
        with self._connections.lend() as connection:
            return retention.clear(connection)

    def close(self) -> None:
        """Close the connections that nobody uses just now; the next call opens one again."""
        self._connections.close()

    def _summaries(self, condition: str, *parameters: Any) -> tuple[Summary, ...]:
        found = self._rows(f"SELECT {rows.COLUMNS} FROM queryscope_trace {condition}", *parameters)
        return tuple(map(rows.to_summary, found))

    def _rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        with self._connections.lend() as connection, connection.cursor() as cursor:
            cursor.execute(query, parameters)
            return list(cursor.fetchall())
