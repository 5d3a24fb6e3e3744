"""The log of reports: strictly increasing numbers that become visible in order, whoever writes and whoever reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from queryscope.profiler.config import Config
from queryscope.profiler.errors import StoreError, TraceNotFound
from queryscope.profiler.report import Report
from queryscope.profiler.store import codec, retention
from queryscope.profiler.store.connections import Connections
from queryscope.profiler.store.reference import ALLOWED, conditions
from queryscope.profiler.store.rows import COLUMNS, PLACES, fingerprint_rows, from_row, to_row
from queryscope.profiler.store.summary import Pruned, Summary, Totals
from queryscope.profiler.store.transaction import transaction


class Store:
    """One log, in an SQLite file or in PostgreSQL; every method may be called from any thread, none from an event loop.

    ``target`` is a path or a dict in the format of one ``DATABASES`` entry. Nothing is opened or made before the
    first append; until then the store reads as an empty one. Every method raises StoreError with one clear sentence.
    """

    def __init__(self, target: str | Path | dict[str, Any]) -> None:
        self._connections = Connections(target)
        self.location = self._connections.location

    def append(
        self, reports: Sequence[Report], pause: Callable[[], None] | None = None
    ) -> tuple[Report, ...]:
        """Store the reports in one transaction and return them with their number and their size in bytes.

        ``pause`` is called about every hundred spans, so that encoding lets request threads run.
        """
        encoded = [(report, codec.encode(report, pause)) for report in reports]
        if not encoded:
            return ()
        with self._connections.lend(create=True) as connection, transaction(connection) as cursor:
            # The counter's row stays locked until the commit: a later number cannot become visible earlier.
            cursor.execute("UPDATE queryscope_control SET last_seq = last_seq + %s", [len(encoded)])
            cursor.execute("SELECT last_seq FROM queryscope_control")
            first = cursor.fetchone()[0] - len(encoded) + 1
            stored = [_numbered(report, seq, len(blob)) for seq, (report, blob) in enumerate(encoded, first)]
            cursor.executemany(
                f"INSERT INTO queryscope_trace ({COLUMNS}) VALUES ({PLACES})",
                [to_row(Summary.of(report)) for report in stored],
            )
            cursor.executemany(
                "INSERT INTO queryscope_report VALUES (%s, %s)",
                [(seq, blob) for seq, (_, blob) in enumerate(encoded, first)],
            )
            cursor.executemany(
                'INSERT INTO queryscope_fingerprint (fingerprint, seq, count, total_ms, "view") VALUES (%s, %s, %s, %s, %s)',
                [row for report in stored for row in fingerprint_rows(report, report.trace.seq)],
            )
        return tuple(stored)

    def read_after(self, seq: int, limit: int = 200) -> tuple[Summary, ...]:
        """Return at most ``limit`` traces with a number above ``seq``, oldest first."""
        return self._summaries("WHERE seq > %s ORDER BY seq LIMIT %s", seq, limit)

    def newest(self, limit: int = 200, before: int | None = None) -> tuple[Summary, ...]:
        """Return the newest traces (below the number ``before``), newest first."""
        if before is None:
            return self._summaries("ORDER BY seq DESC LIMIT %s", limit)
        return self._summaries("WHERE seq < %s ORDER BY seq DESC LIMIT %s", before, limit)

    def of_view(self, view: str, limit: int = 200) -> tuple[Summary, ...]:
        """Return the newest traces of one view, newest first."""
        return self._summaries('WHERE "view" = %s ORDER BY seq DESC LIMIT %s', view, limit)

    def neighbours(self, seq: int) -> tuple[Summary | None, Summary | None]:
        """Return the next older and the next newer trace."""
        older, newer = self.newest(1, before=seq), self.read_after(seq, 1)
        return (older[0] if older else None), (newer[0] if newer else None)

    def report(self, trace_id: str) -> Report:
        """Return the whole report of a trace. Raises TraceNotFound."""
        row = self._row(
            "SELECT seq, bytes, pinned, session, body FROM queryscope_trace JOIN queryscope_report USING (seq) WHERE id = %s",
            trace_id,
        )
        if row is None:
            raise TraceNotFound(
                f"No trace {trace_id!r} in the store {self.location}: it was removed, or never stored."
            )
        seq, size, pinned, session, body = row
        try:
            report = codec.decode(bytes(body))
        except ValueError as error:
            raise StoreError(f"Trace {seq} in the store {self.location} cannot be read ({error}).") from error
        return _numbered(report, seq, size, pinned=bool(pinned), session=session)

    def resolve(self, reference: str) -> str:
        """Return the id that is meant by "last", a number, a whole id or the first 6 or more characters of one.

        Raises TraceNotFound where none or more than one answers.
        """
        with self._connections.lend() as connection, connection.cursor() as cursor:
            for condition, parameters in conditions(reference):
                cursor.execute(f"SELECT id FROM queryscope_trace WHERE {condition} LIMIT 2", parameters)
                ids = [row[0] for row in cursor.fetchall()]
                if len(ids) == 1:
                    return str(ids[0])
                if ids:
                    raise TraceNotFound(
                        f"More than one trace begins with {reference!r}. Give more of its id."
                    )
        raise TraceNotFound(
            f"No trace answers to {reference!r} in the store {self.location}. Allowed: {ALLOWED}."
        )

    def last_seq(self) -> int:
        """Return the highest number ever given, 0 before the first; cheap enough to be polled."""
        row = self._row("SELECT last_seq FROM queryscope_control")
        return int(row[0]) if row else 0

    def totals(self) -> Totals:
        """Return the sums over everything stored."""
        row = self._row(
            "SELECT count(*), coalesce(sum(queries), 0), coalesce(sum(db_ms), 0.0), coalesce(sum(duration_ms), 0.0),"
            " coalesce(sum(capture_ms), 0.0), min(started_at), (SELECT last_seq FROM queryscope_control)"
            " FROM queryscope_trace"
        )
        traces, queries, *times, first_at, last_seq = row or (0, 0, 0.0, 0.0, 0.0, None, 0)
        db_ms, duration_ms, capture_ms = times
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
        row = self._row("SELECT paused_at FROM queryscope_control")
        return row[0] if row else None

    def pause(self) -> str:
        """Pause recording in every process that uses this store; return since when it is paused."""
        now = datetime.now(UTC).isoformat()
        with self._connections.lend(create=True) as connection, transaction(connection) as cursor:
            cursor.execute("UPDATE queryscope_control SET paused_at = coalesce(paused_at, %s)", [now])
            cursor.execute("SELECT paused_at FROM queryscope_control")
            return str(cursor.fetchone()[0])

    def resume(self) -> None:
        """Go on recording."""
        with self._connections.lend() as connection, transaction(connection) as cursor:
            cursor.execute("UPDATE queryscope_control SET paused_at = NULL")

    def prune(self, config: Config) -> Pruned:
        """Remove what the ``KEEP_*`` options no longer keep; see ``retention``."""
        with self._connections.lend() as connection:
            return retention.prune(connection, config)

    def clear(self) -> Pruned:
        """Remove every trace, pinned ones too; numbers go on from where they were."""
        with self._connections.lend() as connection:
            return retention.clear(connection)

    def close(self) -> None:
        """Close the idle connections; the store can go on being used."""
        self._connections.close()

    def _summaries(self, condition: str, *parameters: Any) -> tuple[Summary, ...]:
        with self._connections.lend() as connection, connection.cursor() as cursor:
            cursor.execute(f"SELECT {COLUMNS} FROM queryscope_trace {condition}", parameters)
            return tuple(map(from_row, cursor.fetchall()))

    def _row(self, query: str, *parameters: Any) -> tuple[Any, ...] | None:
        with self._connections.lend() as connection, connection.cursor() as cursor:
            cursor.execute(query, parameters)
            row: tuple[Any, ...] | None = cursor.fetchone()
            return row


def _numbered(report: Report, seq: int, size: int, **changes: Any) -> Report:
    return replace(
        report,
        trace=replace(report.trace, seq=seq, **changes),
        overhead=replace(report.overhead, bytes=size),
    )
