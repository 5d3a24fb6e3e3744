"""Takes the WHERE clause of a SELECT apart into the conditions that all have to hold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Literal

from msgspec.structs import replace

from queryscope.profiler.sql.tokens import Token, tokens
from queryscope.profiler.trace import Span, Value

Test = Literal["equal", "null", "present", "true", "false", "other"]
"""What is asked of a column; ``other`` is everything that is not one column and one of these."""
_ENDS = frozenset(
    {"group", "having", "order", "limit", "offset", "fetch", "for", "window", "union", "intersect", "except"}
)
_TESTS: dict[tuple[str, ...], Test] = {
    (): "true",
    ("is", "null"): "null",
    ("is", "not", "null"): "present",
    ("=", "?"): "equal",
}


_WRAPPED = re.compile(r"\bFROM \((?P<counted>SELECT (?P<distinct>DISTINCT )?.*)\) subquery$", re.DOTALL)
"""How Django counts what it cannot count directly, such as distinct rows."""


class Condition(Value, frozen=True, kw_only=True):
    """One condition: the column that it is about with its table, and which placeholders of the statement lie in it."""

    test: Test
    table: str = ""
    column: str = ""
    places: tuple[int, ...] = ()


class Where(Value, frozen=True, kw_only=True):
    """The conditions of the outermost SELECT in their order, and the table that stands first in its FROM."""

    table: str
    conditions: tuple[Condition, ...]
    distinct: bool = False
    """Whether each row counts once, however often a join has it."""


def where(span: Span) -> Where | None:
    """Return the conditions of a SELECT, or of what it counts, ``None`` where its text was cut.

    The same where one of them need not hold (``OR``), or groups of rows are chosen (``HAVING``).
    """
    if span.kind != "select" or span.sql_length > len(span.sql):
        return None
    wrapped = _WRAPPED.search(span.sql)
    if wrapped is None:
        return _read(span.sql, span.vendor)
    known = _read(wrapped["counted"], span.vendor)
    return known and replace(known, distinct=wrapped["distinct"] is not None)


@lru_cache(maxsize=500)
def _read(sql: str, vendor: str) -> Where | None:
    found: list[tuple[Token, int, int]] = []
    table, clause, depth, number = "", "", 0, 0
    for token in tokens(sql, vendor):
        if token.kind in {"space", "comment"}:
            continue
        depth -= token.text == ")"
        word = token.name if token.kind == "word" and depth == 0 else ""
        if word in _ENDS or word in {"from", "where"}:
            clause = word
            if word == "having":
                return None
        elif clause == "from" and not table:
            table = token.text.strip('"`[]')
        elif clause == "where":
            found.append((token, depth, number))
        depth += token.text == "("
        number += token.kind == "placeholder"
    parts = _split(_bare(found))
    return None if parts is None else Where(table=table, conditions=tuple(map(_condition, parts)))


def _bare(found: Sequence[tuple[Token, int, int]]) -> Sequence[tuple[Token, int, int]]:
    """Return the clause without the brackets around all of it."""
    if len(found) < 3 or found[0][0].text != "(":
        return found
    closed = next((n for n, (token, depth, _) in enumerate(found) if token.text == ")" and depth == 0), 0)
    return found[1:-1] if closed == len(found) - 1 else found


def _split(found: Sequence[tuple[Token, int, int]]) -> list[list[tuple[Token, int]]] | None:
    parts: list[list[tuple[Token, int]]] = [[]]
    level, between = min((depth for _, depth, _ in found), default=0), False
    for token, depth, number in found:
        word = token.name if token.kind == "word" and depth == level else ""
        if word == "or":
            return None
        if word == "and" and not between:
            parts.append([])
            continue
        between = word == "between" or (between and word != "and")
        parts[-1].append((token, number))
    return [part for part in parts if part]


def _condition(part: Iterable[tuple[Token, int]]) -> Condition:
    known = list(part)
    places = tuple(number for token, number in known if token.kind == "placeholder")
    read = [token for token, _ in known]
    denied = read[0].kind == "word" and read[0].name == "not"
    if denied:
        read = read[2:-1] if read[1:2] and read[1].text == "(" else read[1:]
    names = 3 if len(read) > 2 and read[1].text == "." else 1
    if any(token.kind != "quoted" for token in read[:names:2]) or not read:
        return Condition(test="other", places=places)
    rest = tuple("?" if token.kind == "placeholder" else token.name for token in read[names:])
    test = _TESTS.get(rest, "other")
    if denied:
        test = "false" if test == "true" else "other"
    *table, column = (token.text.strip('"`[]') for token in read[:names:2])
    return Condition(test=test, table="".join(table), column=column, places=places)
