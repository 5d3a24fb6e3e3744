"""A statement in one line, as a row of the timeline names it: its verb, its tables, and what it locks."""

from __future__ import annotations

import re

from queryscope.profiler.trace import Span, Statement, Value

TABLES_NAMED = 3
WORDS_OF_OTHER = 60
SCANNED_CHARS = 400
"""Only the head and the tail of a statement are looked at: it may be a megabyte long."""

VERBS: dict[Statement, str] = {"select": "SELECT", "insert": "INSERT", "update": "UPDATE", "delete": "DELETE"}
WRITES = frozenset({"insert", "update", "delete"})

_COUNT = re.compile(r"\s*SELECT\s+COUNT\s*\(", re.IGNORECASE)
_EXISTS = re.compile(r"\s*SELECT\s+(?:\(?1\)?\s+AS\b|EXISTS\b)", re.IGNORECASE)
_LOCK = re.compile(r"\bFOR\s+(?:NO\s+KEY\s+)?UPDATE\b|\bFOR\s+(?:KEY\s+)?SHARE\b", re.IGNORECASE)
_SPACES = re.compile(r"\s+")


class Headline(Value, frozen=True, kw_only=True):
    """``verb`` and ``lock`` are SQL words in capitals, ``tables`` the text between them; each may be empty."""

    verb: str
    tables: str
    lock: str

    def __str__(self) -> str:
        return " ".join(part for part in (self.verb, self.tables, self.lock) if part)


def headline(span: Span) -> Headline:
    """Return the statement of a span in one line; a statement without known tables is named by its own first words."""
    verb = VERBS.get(span.kind)
    if verb is None or not span.tables:
        return Headline(verb="", tables=_beginning(span.sql), lock="")
    return Headline(verb=_precise(verb, span.sql), tables=_tables(span.tables), lock=_lock(span))


def mark_of(span: Span) -> str:
    """Return the word a row carries: "write", "DDL" or "call" because its statement changes something, or nothing.

    A statement that sets a connection up is no query of the application, whatever it does: "connection".
    """
    if span.connecting:
        return "connection"
    if span.kind in WRITES:
        return "write"
    return {"ddl": "DDL", "call": "call"}.get(span.kind, "")


def _precise(verb: str, sql: str) -> str:
    if verb != "SELECT":
        return verb
    if _COUNT.match(sql):
        return "SELECT COUNT"
    return "SELECT EXISTS" if _EXISTS.match(sql) else verb


def _tables(tables: tuple[str, ...]) -> str:
    more = len(tables) - TABLES_NAMED
    return ", ".join(tables[:TABLES_NAMED]) + (f" +{more}" if more > 0 else "")


def _lock(span: Span) -> str:
    if span.kind != "select":
        return ""
    found = _LOCK.search(span.sql[-SCANNED_CHARS:])
    return _SPACES.sub(" ", found[0]).upper() if found else ""


def _beginning(sql: str) -> str:
    text = _SPACES.sub(" ", sql[:SCANNED_CHARS]).strip()
    return text if len(text) <= WORDS_OF_OTHER else text[:WORDS_OF_OTHER] + "…"
