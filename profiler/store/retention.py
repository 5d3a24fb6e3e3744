"""What leaves the log: everything beyond the limits of age, count and bytes, but for what somebody pinned.

The slowest traces of each view, task, command and message outlive count and bytes, so that a burst of quick requests does not push out the
ones worth looking at. They do not outlive their age: nothing that nobody pinned stays for ever. A problem outlives its
traces, by far; one that somebody ignores stays.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db.backends.base.base import BaseDatabaseWrapper

from queryscope.profiler.config import Config
from queryscope.profiler.store import sqlite
from queryscope.profiler.store.summary import Pruned
from queryscope.profiler.store.transaction import transaction

BATCH = 500
"""Traces removed in one transaction: no other process that appends waits for more than that."""
FREED_PAGES = 1000
"""Pages of an SQLite file that one pruning gives back to the disk; the others are used again."""

PROBLEM_KEEPS = 12
"""A problem is forgotten when it was not found for this many times KEEP_HOURS: twelve weeks by default."""
MOST_PROBLEMS = 2_000
"""Problems that are not ignored and outlive every pruning, those that were found last."""

# A view's place is taken by the name only where there are no more names than the project has: every path that leads to
# no view, and every block and test, would be a group of its own otherwise, and none of them would ever leave.
_DOOMED = """
    SELECT seq FROM (
        SELECT seq, started_at, pinned,
            row_number() OVER (ORDER BY seq DESC) AS place,
            sum(bytes) OVER (ORDER BY seq DESC) AS stored,
            row_number() OVER (PARTITION BY kind, coalesce(
                "view", CASE WHEN kind IN ('message', 'task', 'command') THEN name END) ORDER BY duration_ms DESC, seq DESC) AS slowness
        FROM queryscope_trace) AS ranked
    WHERE NOT pinned AND (started_at < %s OR (slowness > %s AND (place > %s OR stored > %s)))
"""


def prune(connection: BaseDatabaseWrapper, config: Config) -> Pruned:
    """Remove what the ``KEEP_*`` options do not keep; return how much that was."""
    oldest = (datetime.now(UTC) - timedelta(hours=config.keep_hours)).isoformat()
    with connection.cursor() as cursor:
        cursor.execute(_DOOMED, [oldest, config.keep_worst, config.keep_traces, config.keep_bytes])
        doomed = [row[0] for row in cursor.fetchall()]
    pruned = _remove(connection, doomed)
    _forget_problems(connection, config.keep_hours * PROBLEM_KEEPS, MOST_PROBLEMS)
    if doomed and connection.vendor == "sqlite":
        sqlite.give_back(connection, FREED_PAGES)
    return pruned


def clear(connection: BaseDatabaseWrapper) -> Pruned:
    """Remove every trace, pinned or not, and every problem that nobody ignores; return how much that was."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT seq FROM queryscope_trace")
        doomed = [row[0] for row in cursor.fetchall()]
    pruned = _remove(connection, doomed)
    _forget_problems(connection, 0.0, 0)
    if connection.vendor == "sqlite":
        sqlite.give_back(connection)
    return pruned


def _remove(connection: BaseDatabaseWrapper, doomed: list[int]) -> Pruned:
    traces = size = 0
    for start in range(0, len(doomed), BATCH):
        batch = doomed[start : start + BATCH]
        which = f"WHERE seq IN ({', '.join(['%s'] * len(batch))})"
        with transaction(connection) as cursor:
            # Another process may be pruning too: only what is still there counts.
            cursor.execute(f"SELECT count(*), coalesce(sum(bytes), 0) FROM queryscope_trace {which}", batch)
            count, total = cursor.fetchone()
            cursor.execute(f"DELETE FROM queryscope_trace {which}", batch)
        traces, size = traces + count, size + int(total)
    return Pruned(traces=traces, bytes=size)


def _forget_problems(connection: BaseDatabaseWrapper, hours: float, most: int) -> None:
    """Remove the problems that were not found for some hours, and the oldest beyond a number."""
    oldest = (datetime.now(UTC) - timedelta(hours=hours)).isoformat() if hours else ""
    doomed = """SELECT identity FROM (
            SELECT identity, last_seen, row_number() OVER (ORDER BY last_seen DESC) AS place
            FROM queryscope_problem WHERE reason IS NULL) AS ranked
        WHERE last_seen < %s OR place > %s"""
    with connection.cursor() as cursor:
        cursor.execute(f"{doomed} LIMIT 1", [oldest, most])
        if cursor.fetchone() is None:
            return
    with transaction(connection) as cursor:
        # Takes the turn of an appending process, which may be about to find one of them again.
        cursor.execute("UPDATE queryscope_control SET last_seq = last_seq")
        cursor.execute(f"DELETE FROM queryscope_problem WHERE identity IN ({doomed})", [oldest, most])
