"""What one pass over the tokens of a statement tells: kind, tables, fingerprint, and the names beside each value.

The fingerprint stands for the text without literals, list lengths, comments and white space (OpenTelemetry's
"sanitised" text, hashed): equal fingerprints are "the same query". Nothing here needs a full parse.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b

from queryscope.profiler.sql.names import Names
from queryscope.profiler.sql.tables import Tables
from queryscope.profiler.sql.tokens import Token, tokens
from queryscope.profiler.trace import Statement, Value

KINDS: dict[str, Statement] = {
    **dict.fromkeys(("select", "values", "table"), "select"),
    **dict.fromkeys(("insert", "replace"), "insert"),
    **dict.fromkeys(("update", "merge"), "update"),
    "delete": "delete",
    **dict.fromkeys(("create", "alter", "drop", "truncate", "rename", "comment"), "ddl"),
    **dict.fromkeys(("begin", "start", "commit", "rollback", "savepoint", "release", "end"), "transaction"),
    **dict.fromkeys(("call", "exec", "execute"), "call"),
}
_CHANGES = frozenset({"insert", "update", "delete", "merge"})
_NO_VERB_AFTER = frozenset({"for", "do", "on", "key", "of"})
CACHED_CHARS = 20_000
"""A longer text is not remembered: it is seldom seen twice and would hold the memory."""
REMEMBERED_BYTES = 32 * 1024 * 1024
_SLOT_BYTES = 200


class Slot(Value, frozen=True, kw_only=True):
    """One value of a statement: a placeholder or a literal, where it stands, and the names it may belong to."""

    start: int
    end: int
    placeholder: bool
    names: tuple[str, ...]


class Analysis(Value, frozen=True, kw_only=True):
    """What the text of a statement tells; ``slots`` and ``comments`` (start, end) are in the order of the text."""

    kind: Statement
    tables: tuple[str, ...]
    fingerprint: str
    slots: tuple[Slot, ...]
    comments: tuple[tuple[int, int], ...] = ()


class _Memory:
    """What was read lately; forgotten as a whole when it weighs too much, for a list of values weighs much more than its text."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Analysis] = {}
        self._weight = 0

    def get(self, sql: str, vendor: str) -> Analysis | None:
        return self._known.get((sql, vendor))

    def keep(self, sql: str, vendor: str, analysis: Analysis) -> None:
        self._weight += len(sql) + _SLOT_BYTES * (5 + len(analysis.slots))
        if self._weight > REMEMBERED_BYTES:
            self._known, self._weight = {}, 0
        self._known[sql, vendor] = analysis


_memory = _Memory()


def analyse(sql: str, vendor: str = "", pause: Callable[[], None] | None = None) -> Analysis:
    """Return what ``sql`` tells; ``pause`` is called now and then while the text is read."""
    known = _memory.get(sql, vendor)
    if known is None:
        known = _read(sql, vendor, pause)
        if len(sql) <= CACHED_CHARS:
            _memory.keep(sql, vendor, known)
    return known


def _read(sql: str, vendor: str, pause: Callable[[], None] | None) -> Analysis:
    names, tables = Names(vendor), Tables()
    shape: list[str] = []
    verbs: list[str] = []
    comments: list[tuple[int, int]] = []
    previous = ""
    for index, token in enumerate(tokens(sql, vendor)):
        if pause is not None and not index % 200:
            pause()
        if token.kind == "comment":
            comments.append((token.start, token.start + len(token.text)))
        if token.kind in {"space", "comment"}:
            continue
        names.see(token)
        tables.see(token)
        shape.append(_shape(token, shape))
        if token.kind == "word" and previous not in _NO_VERB_AFTER:
            verbs.append(token.name)
        previous = token.name
    names.end()
    kind = _kind(verbs)
    return Analysis(
        kind=kind,
        tables=tables.found(),
        fingerprint=_hash(_savepoint(verbs, kind) or " ".join(_collapse(shape))),
        slots=tuple(
            Slot(start=start, end=end, placeholder=placeholder, names=tuple(found))
            for start, end, placeholder, found in names.slots
        ),
        comments=tuple(comments),
    )


def _shape(token: Token, before: list[str]) -> str:
    if token.kind in {"placeholder", "string", "number"}:
        return "?"
    if token.kind == "word":
        return token.text.lower()
    return token.text


def _collapse(shape: list[str]) -> list[str]:
    """Shorten lists of values: ``( ? , ? , ? )`` to ``( ? )``, and repeated rows of them to one."""
    short: list[str] = []
    for piece in shape:
        if piece == "?" and short[-2:] == ["?", ","]:
            short.pop()
            continue
        short.append(piece)
        if piece == ")" and short[-7:] == ["(", "?", ")", ",", "(", "?", ")"]:
            del short[-4:]
    return short


def _savepoint(verbs: list[str], kind: Statement) -> str | None:
    """Return the words of a statement that names a savepoint, whose name differs each time."""
    if kind != "transaction":
        return None
    return " ".join(
        verb for verb in verbs if verb in {"begin", "commit", "rollback", "to", "savepoint", "release"}
    )


def _kind(verbs: list[str]) -> Statement:
    first = verbs[0] if verbs else ""
    if first == "with":
        changing = next((verb for verb in verbs if verb in _CHANGES), "select")
        return KINDS[changing]
    return KINDS.get(first, "other")


def _hash(text: str) -> str:
    return blake2b(text.encode("utf-8", "backslashreplace"), digest_size=8).hexdigest()
