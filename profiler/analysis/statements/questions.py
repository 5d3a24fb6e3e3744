"""Tells when two statements ask the same, by text, values and database, and whether anything changed the answer in between."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from hashlib import blake2b

from queryscope.profiler.config import Config
from queryscope.profiler.trace import Parameter, Span

Question = tuple[str, str, tuple[Parameter, ...]]
"""Alias, SQL and every value of a statement: equal questions get the same answer while nothing is written."""

_VOLATILE = re.compile(
    r"\b(?:random|rand|randomblob|now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday|sysdate|curdate"
    r"|curtime|nextval|currval|lastval|last_insert_rowid|last_insert_id|uuid|newid|gen_random_uuid|uuid_generate_v\w+|sleep"
    r"|pg_sleep|changes|pg_\w*lock\w*|get_lock|setval|set_config|current_setting)\s*\("
    r"|\bcurrent_(?:timestamp|date|time)\b|\blocaltime(?:stamp)?\b"
    r"|\b(?:julianday|date|time|datetime|strftime|unixepoch)\([^()]*'now'",
    re.IGNORECASE,
)
_LOCKS = re.compile(
    r"\bFOR (?:NO KEY )?(?:UPDATE|SHARE)\b|\bFOR KEY SHARE\b|\bLOCK IN SHARE MODE\b", re.IGNORECASE
)
_TAIL_CHARS = 100
_BINARY = frozenset({"bytes", "bytearray", "memoryview"})


def question(span: Span, config: Config) -> Question | None:
    """Return what a SELECT asks, ``None`` for anything else and where text or values are not wholly known."""
    if span.kind != "select" or not span.tables or span.batch is not None or span.error is not None:
        return None
    if span.sql_length > config.max_sql_chars or span.params_total != len(span.params):
        return None
    if not all(map(_known, span.params)):
        return None
    return span.alias, span.sql, span.params


def steady(span: Span) -> bool:
    """Return whether a SELECT locks nothing and calls no function that answers differently each time."""
    return not locks(span) and not _VOLATILE.search(span.sql)


def locks(span: Span) -> bool:
    """Return whether a SELECT locks the rows that it reads, which stands at its end."""
    return _LOCKS.search(span.sql[-_TAIL_CHARS:]) is not None


def digest(question: Question) -> str:
    """Return a short name of a question, equal for equal ones in every trace of a process."""
    alias, sql, values = question
    parts = (alias, sql, *(f"{value.type}:{value.text}" for value in values))
    return blake2b("\0".join(parts).encode("utf-8", "backslashreplace"), digest_size=16).hexdigest()


def alike(spans: Sequence[Span]) -> bool:
    """Return whether the answers to one question were equally large: where they were not, somebody changed the data."""
    return len({span.rows for span in spans}) == 1 and len({span.bytes for span in spans}) == 1


def written(span: Span) -> tuple[str, ...] | None:
    """Return the tables whose rows a statement may change, as ``table_names`` spells them; ``None`` for any table."""
    if span.kind == "select":
        # One without a table calls a function for what it does: a lock, a setting of the connection.
        return () if span.tables and not locks(span) else None
    if span.kind == "transaction":
        # What was read since the savepoint may be gone with it.
        return None if span.sql[:8].upper() == "ROLLBACK" else ()
    return table_names(span) or None if span.kind in {"insert", "update", "delete", "ddl"} else None


def table_names(span: Span) -> tuple[str, ...]:
    """Return the tables that a statement names, without schema and in lower case."""
    return tuple(name.rpartition(".")[2].lower() for name in span.tables)


class Changes:
    """Where a trace may have changed what its statements read; failed statements count, for what they did is unknown."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._any: list[int] = []
        self._tables: dict[str, list[int]] = defaultdict(list)
        for span in spans:
            if span.connecting or (tables := written(span)) == ():
                continue
            if tables is None:
                self._any.append(span.n)
            else:
                for table in tables:
                    self._tables[table].append(span.n)

    def between(self, first: Span, later: Span) -> bool:
        """Return whether the answer to ``first`` may have changed before ``later``, which asks the same."""
        if later.transaction is not None and later.transaction != first.transaction:
            return True  # asked again on purpose: what was read outside a transaction may be outdated in it
        places = (self._any, *(self._tables.get(name, ()) for name in table_names(first)))
        return any(_holds(place, first.n, later.n) for place in places)

    def runs(self, spans: Sequence[Span]) -> list[list[Span]]:
        """Return statements that ask the same in stretches within which nothing changed their answer."""
        found: list[list[Span]] = []
        for span in spans:
            if found and not self.between(found[-1][-1], span):
                found[-1].append(span)
            else:
                found.append([span])
        return found


def _holds(numbers: Sequence[int], low: int, high: int) -> bool:
    index = bisect_right(numbers, low)
    return index < len(numbers) and numbers[index] < high


def _known(value: Parameter) -> bool:
    """Whether the text is the whole value."""
    if value.truncated:
        return False
    if value.text is None:
        return value.bytes is None
    if value.masked:
        return True
    if value.type in _BINARY:
        return value.bytes is not None and value.bytes * 2 <= len(value.text)
    # Of a text the length is known; of anything else these signs say that it was left out or cut.
    return value.bytes is not None or ("…" not in value.text and "<" not in value.text)
