"""What leaves the log: everything beyond the limits of age, count and bytes, but for what somebody pinned.

The slowest traces of each view outlive count and bytes, so that a burst of quick requests does not push out the
ones worth looking at. They do not outlive their age: nothing stays for ever unless it was pinned.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db.backends.base.base import BaseDatabaseWrapper

from queryscope.profiler.config import Config
from queryscope.profiler.store.summary import Pruned
from queryscope.profiler.store.transaction import transaction

BATCH = 500
"""Traces removed in one transaction: other processes that append wait for no more than that."""

_DOOMED = """
    SELECT seq FROM (
        SELECT seq, started_at, pinned,
            row_number() OVER (ORDER BY seq DESC) AS place,
            sum(bytes) OVER (ORDER BY seq DESC) AS stored,
            row_number() OVER (PARTITION BY kind, "view" ORDER BY duration_ms DESC, seq DESC) AS slowness
        FROM queryscope_trace) AS ranked
    WHERE NOT pinned AND (started_at < %s OR (slowness > %s AND (place > %s OR stored > %s)))
    ORDER BY seq
"""


def prune(connection: BaseDatabaseWrapper, config: Config) -> Pruned:
    """Remove what the ``KEEP_*`` options do not keep and return how much that was."""
    oldest = (datetime.now(UTC) - timedelta(hours=config.keep_hours)).isoformat()
    with connection.cursor() as cursor:
        cursor.execute(_DOOMED, [oldest, config.keep_worst, config.keep_traces, config.keep_bytes])
        doomed = [row[0] for row in cursor.fetchall()]
    return _remove(connection, doomed)


def clear(connection: BaseDatabaseWrapper) -> Pruned:
    """Remove every trace, pinned or not."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT seq FROM queryscope_trace ORDER BY seq")
        return _remove(connection, [row[0] for row in cursor.fetchall()])


def _remove(connection: BaseDatabaseWrapper, doomed: list[int]) -> Pruned:
    traces = size = 0
    for start in range(0, len(doomed), BATCH):
        batch = doomed[start : start + BATCH]
        places = ", ".join(["%s"] * len(batch))
        with transaction(connection) as cursor:
            cursor.execute(
                f"SELECT count(*), coalesce(sum(bytes), 0) FROM queryscope_trace WHERE seq IN ({places})",
                batch,
            )
            found, found_bytes = cursor.fetchone()
            cursor.execute(f"DELETE FROM queryscope_trace WHERE seq IN ({places})", batch)
        traces, size = traces + found, size + int(found_bytes)
    if traces and connection.vendor == "sqlite":
        # Freed pages are used again anyway; this gives some of them back to the disk, a little at a time.
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA incremental_vacuum(1000)").fetchall()
    return Pruned(traces=traces, bytes=size)
