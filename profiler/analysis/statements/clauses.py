"""Reads the clauses of a SELECT that lie in its outermost query, by its tokens; what was cut off is not judged."""

from __future__ import annotations

import re
from functools import lru_cache

from queryscope.profiler.sql.tokens import tokens
from queryscope.profiler.trace import Span, Value

_CLAUSES = frozenset(
    {"from", "where", "group", "having", "order", "limit", "offset", "fetch", "for", "window"}
)
_SETS = frozenset({"union", "intersect", "except"})
_WRAPPED = re.compile(r"\bFROM \((.*)\) subquery$", re.DOTALL)
"""How Django counts what it cannot count directly, such as distinct rows."""
_NO_ORDER = ["by", "null"]
"""What Django has MySQL sort groups by, so that it does not sort them."""
_VALUES = frozenset({"placeholder", "string", "number"})


class Clauses(Value, frozen=True, kw_only=True):
    """What the outermost SELECT of a statement consists of, texts with ``?`` for each value.

    ``names`` holds the words that begin its clauses, in lower case, ``distinct`` and ``union`` among them. ``table`` is
    what stands first after FROM, ``where`` the text of that clause. ``limit`` is the number after LIMIT, ``None`` where
    it is bound.
    """

    names: frozenset[str]
    table: str
    where: str
    selected: str
    limit: int | None
    locks: tuple[str, ...]


@lru_cache(maxsize=500)
def _read(sql: str, vendor: str) -> Clauses:
    depth, clause = 0, ""
    parts: dict[str, list[str]] = {}
    for token in tokens(sql, vendor):
        if token.kind in {"space", "comment"}:
            continue
        depth -= token.text == ")"
        word = token.name if token.kind == "word" and depth == 0 else ""
        if word in {"select", *_CLAUSES, *_SETS, "distinct"} and not (
            word == "distinct" and clause != "select"
        ):
            clause = "union" if word in _SETS else word
            parts.setdefault(clause, [])
            if word == "distinct":
                clause = "select"
        else:
            parts.setdefault(clause, []).append(
                "?" if token.kind in _VALUES and clause != "limit" else token.name
            )
        depth += token.text == "("
    limit = parts.get("limit", ["?"])[-1]
    if parts.get("order") == _NO_ORDER:
        del parts["order"]
    return Clauses(
        names=frozenset(parts),
        table=next(iter(parts.get("from", ())), ""),
        where=" ".join(parts.get("where", ())),
        selected=" ".join(parts.get("select", ())),
        limit=int(limit) if limit.isdigit() else None,
        locks=tuple(parts.get("for", ())),
    )


def clauses(span: Span) -> Clauses | None:
    """Return the clauses of a SELECT, ``None`` for another statement and for one whose text was cut."""
    if span.kind != "select" or span.sql_length > len(span.sql):
        return None
    return _read(span.sql, span.vendor)


def counted(span: Span) -> Clauses | None:
    """Return the clauses of what a statement counts, through the subquery that Django may put around it, else ``None``."""
    read = clauses(span)
    if read is None or not read.selected.startswith("count (") or "group" in read.names:
        return None
    wrapped = _WRAPPED.search(span.sql)
    return _read(wrapped[1], span.vendor) if wrapped else read
