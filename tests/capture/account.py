"""Holds a trace against what the database saw: each statement of the one must be one of the other."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

from queryscope.profiler.trace import Span
from tests.capture.witness import Seen

_MARKS = re.compile(r"(BEGIN|START|COMMIT|SAVEPOINT|RELEASE|ROLLBACK TO|ROLLBACK)\b", re.IGNORECASE)
_DRIVERS = re.compile(r"(FETCH|CLOSE|MOVE) |SET autocommit ?= ?1|SET @`?_", re.IGNORECASE)
"""What a driver sends on account of a statement: the reading of a server-side cursor, the variables of a procedure."""
_UNTRACED = "EXPLAIN QUERY PLAN"
"""SQLite runs no step of a statement that it explains, and its trace tells of none."""
_NOTE = re.compile(r"#: (.+)$")
_HOLE = re.compile(r"%%|%s|%\(\w+\)s")


class Account(NamedTuple):
    """``spans`` are the recorded statements of the application; the two lists of differences are to be empty."""

    spans: list[Span]
    unrecorded: list[str]
    unseen: list[str]


def account(spans: Iterable[Span], seen: Iterable[Seen], alias: str = "default") -> Account:
    """Pair the statements of one alias by their text.

    What the backend sends to set a connection up may be missing. A statement that fails may be one that the database
    never saw: Django, the driver or the database's parser have refused it.
    """
    left = [each for each in seen if each.alias == alias and not _DRIVERS.match(each.text)]
    ours, unseen, marks = [], [], Counter[str]()
    for span in (span for span in spans if span.alias == alias):
        if span.kind == "transaction":
            marks[_mark(span.sql) or span.sql] += 1
            continue
        taken = _take(span, left)
        if not taken and not span.error and not span.sql.startswith(_UNTRACED):
            unseen.append(span.sql)
        elif not taken or not taken[0].connecting:
            ours.append(span)
    left = [each for each in left if not each.connecting]
    marks.subtract(filter(None, (_mark(each.text) for each in left)))
    unseen += [f"{mark} x{count}" for mark, count in marks.items() if count > 0]
    unrecorded = [f"{mark} x{-count}" for mark, count in marks.items() if count < 0]
    return Account(ours, [each.text for each in left if not _mark(each.text)] + unrecorded, unseen)


def _take(span: Span, left: list[Seen]) -> list[Seen]:
    """Remove what one span stands for: a statement, or one for each set of parameters of a batch."""
    pattern = _pattern(span)
    found = sorted((each for each in left if pattern.fullmatch(each.text)), key=lambda each: each.connecting)
    # MySQL's driver makes one statement of the rows that a batch inserts.
    joined = span.vendor == "mysql" and span.kind == "insert"
    taken = found[: 1 if joined else span.batch or 1]
    for each in taken:
        left.remove(each)
    return taken


def _pattern(span: Span) -> re.Pattern[str]:
    """Return what the recorded text may look like with its parameters put in."""
    if span.kind == "call":
        name = re.escape(span.sql.split()[1])
        return re.compile(rf"(CALL|SELECT \* FROM) \W{name}\W\(.*\)", re.DOTALL)
    parts = _HOLE.split(span.sql.strip())
    holes = ["%{1,2}" if hole == "%%" else ".*?" for hole in _HOLE.findall(span.sql)]
    text = "".join(re.escape(part) + hole for part, hole in zip(parts, [*holes, ""], strict=True))
    return re.compile(rf'(DECLARE "\w+" .*?CURSOR.*? FOR )?{text}', re.DOTALL)


def _mark(text: str) -> str | None:
    if re.match(r"SET autocommit ?= ?0", text, re.IGNORECASE):
        return "BEGIN"
    found = _MARKS.match(text)
    return None if found is None else found[1].upper().replace("START", "BEGIN")


class Expected(NamedTuple):
    """What a line of a test says in its comment: ``#: insert rows=2``, several separated by commas."""

    line: int
    kind: str
    properties: dict[str, Any]


def expected(function: Callable[..., Any]) -> list[Expected]:
    """Return what the lines of a function say that they send."""
    lines, first = inspect.getsourcelines(function)
    notes = ((number, _NOTE.search(line)) for number, line in enumerate(lines, first))
    return [
        Expected(number, kind, {key: int(value) for key, value in (pair.split("=") for pair in pairs)})
        for number, note in notes
        if note
        for kind, *pairs in (statement.split() for statement in note[1].split(","))
    ]


def differences(spans: list[Span], function: Callable[..., Any]) -> list[str]:
    """Return what is wrong with the spans of a function, by its comments: line, kind, rows, batch, error."""
    wanted, file = expected(function), Path(inspect.getsourcefile(function) or "").name
    told = [(span.call_site.line if span.call_site else None, span.kind) for span in spans]
    wrong = (
        []
        if told == [each[:2] for each in wanted]
        else [f"sent {told}, expected {[each[:2] for each in wanted]}"]
    )
    for span, each in zip(spans, wanted, strict=False):
        if span.call_site is None or Path(span.call_site.file).name != file:
            wrong.append(f"{span.sql}: {span.call_site}")
        wrong += [f"{span.sql}: {problem}" for problem in _wrong(span, each.properties)]
    return wrong


def _wrong(span: Span, wanted: dict[str, Any]) -> Iterable[str]:
    if span.batch != wanted.get("batch"):
        yield f"batch {span.batch}"
    if bool(span.error) != bool(wanted.get("error")):
        yield f"error {span.error}"
    # How many rows an answer has is unknown where the driver reads it later; a number that is told must be right.
    later = span.kind == "select" or "RETURNING" in span.sql
    if "rows" in wanted and span.rows != wanted["rows"] and not (later and span.rows is None):
        yield f"{span.rows} rows"
