"""Reads which rows a SELECT is about: its FROM and WHERE with their values, apart from its columns and its order."""

from __future__ import annotations

import re
from typing import NamedTuple

from queryscope.profiler.sql.tokens import tokens
from queryscope.profiler.trace import Parameter, Span

_COUNT = re.compile(r"SELECT COUNT\(\*\)(?: AS \S+)? FROM (?!\()")
_COUNT_DISTINCT = re.compile(
    r"SELECT COUNT\(\*\) FROM \((SELECT DISTINCT .*)\) [\"`]?subquery[\"`]?\s*$", re.DOTALL
)
_AFTER = frozenset(
    {
        "group",
        "having",
        "window",
        "order",
        "limit",
        "offset",
        "fetch",
        "for",
        "union",
        "intersect",
        "except",
        "minus",
    }
)
_ORDERING = frozenset({"order"})


class Source(NamedTuple):
    """``tables`` is the text of FROM, ``where`` that of WHERE, ``values`` what both are bound to.

    ``whole`` tells whether every such row is a row of the answer, once where ``distinct``: nothing groups, cuts, merges
    or locks them.
    """

    alias: str
    tables: str
    where: str
    values: tuple[Parameter, ...]
    distinct: bool
    whole: bool


def counts(span: Span) -> bool:
    """Return whether a statement is what ``count()`` sends for rows as they are, or for distinct ones."""
    return span.kind == "select" and bool(_COUNT.match(span.sql) or _COUNT_DISTINCT.match(span.sql))


def source(span: Span) -> Source | None:
    """Return what a SELECT is about, of a count what it counts; ``None`` where it is not wholly known."""
    wrapped = _COUNT_DISTINCT.match(span.sql)
    sql = wrapped[1] if wrapped else span.sql
    depth = placeholders = 0
    starts: dict[str, tuple[int, int]] = {}
    after: set[str] = set()
    distinct = False
    for token in tokens(sql, span.vendor):
        depth += (token.text == "(") - (token.text == ")")
        if token.kind == "placeholder":
            placeholders += 1
        elif token.kind == "word" and depth == 0:
            if token.name in {"from", "where"} and not after:
                starts.setdefault(token.name, (token.start, placeholders))
            elif token.name in _AFTER:
                if not after:
                    starts["end"] = (token.start, placeholders)
                after.add(token.name)
            distinct = distinct or token.name == "distinct"
    end, last = starts.get("end", (len(sql), placeholders))
    if "from" not in starts or placeholders != len(span.params):
        return None
    begin, first = starts["from"]
    middle = starts.get("where", (end, 0))[0]
    return Source(
        alias=span.alias,
        tables=sql[begin:middle].strip(),
        where=sql[middle:end].strip(),
        values=span.params[first:last],
        distinct=distinct,
        whole=after <= _ORDERING,
    )


def same_rows(counted: Source, loaded: Source, joins: bool) -> bool:
    """Return whether both are about the same rows; ``joins`` allows the second one tables that were joined to its rows."""
    about, other = ((each.alias, each.where, each.values, each.distinct) for each in (counted, loaded))
    if about != other:
        return False
    return counted.tables == loaded.tables or (joins and loaded.tables.startswith(f"{counted.tables} "))
