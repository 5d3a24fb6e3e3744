"""One write transaction on a connection of the store, committed at the end of the block.

On an error nothing is undone here: the pool closes a connection that saw one, and closing rolls back.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

# IMMEDIATE: a transaction that reads first and writes later cannot wait for the lock, it fails at once.
# READ COMMITTED: whoever waited for the counter's row must see the number that was committed meanwhile.
BEGIN = {"sqlite": "BEGIN IMMEDIATE", "postgresql": "BEGIN ISOLATION LEVEL READ COMMITTED"}


@contextmanager
def transaction(connection: BaseDatabaseWrapper) -> Iterator[CursorWrapper]:
    """Yield a cursor inside a transaction that holds (SQLite) or may take (PostgreSQL) the writer's lock."""
    with connection.cursor() as cursor:
        cursor.execute(BEGIN[connection.vendor])
        yield cursor
        cursor.execute("COMMIT")
