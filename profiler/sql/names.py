"""Finds for each value of a statement the column names it may belong to; when in doubt it names more than one.

It serves masking: a name too many hides a value that was harmless, a name too few would show a secret.
"""

from __future__ import annotations

from queryscope.profiler.sql.tokens import Token

_BOUNDARIES = frozenset(
    [
        "and",
        "or",
        "where",
        "set",
        "having",
        "on",
        "select",
        "from",
        "order",
        "group",
        "limit",
        "offset",
        "returning",
        "values",
        "union",
        "except",
        "intersect",
        "when",
        "then",
        "else",
        "end",
        "join",
        "left",
        "right",
        "inner",
        "outer",
        "into",
        "update",
        "delete",
        "insert",
    ]
)
_KEYWORDS = _BOUNDARIES | frozenset(
    [
        "in",
        "not",
        "like",
        "ilike",
        "rlike",
        "regexp",
        "glob",
        "between",
        "is",
        "null",
        "as",
        "by",
        "asc",
        "desc",
        "case",
        "distinct",
        "all",
        "any",
        "some",
        "exists",
        "escape",
        "collate",
        "interval",
        "true",
        "false",
        "default",
        "using",
        "with",
        "recursive",
        "for",
        "of",
        "nowait",
        "skip",
        "locked",
        "cast",
    ]
)
FoundSlot = tuple[int, int, bool, list[str]]


class Names:
    """Sees the tokens of a statement one by one and fills ``slots``: start, end, is a placeholder, names."""

    def __init__(self) -> None:
        self.slots: list[FoundSlot] = []
        self._name = ""
        self._before = ""
        self._last = ""
        self._between = False
        self._open: list[FoundSlot] = []
        self._insert: InsertColumns = InsertColumns()

    def see(self, token: Token) -> None:
        """Take the next token that is neither white space nor a comment."""
        self._insert.see(token)
        if token.kind in {"placeholder", "string", "number"}:
            self._value(token)
        elif token.kind == "quoted" or (token.kind == "word" and token.name not in _KEYWORDS):
            self._identifier(token)
        elif token.name == "and" and self._between:
            self._between = False  # the second bound belongs to the same column
        elif token.name in _BOUNDARIES:
            self._name = self._before = ""
            self._open = []
        elif token.text == "(" and self._last == "word":
            self._name = self._before  # what stood before "(" was a function
        elif token.text == ",":
            self._open = []
        self._between = self._between or token.name == "between"
        self._last = "cast" if token.text == "::" else token.kind if token.name not in _KEYWORDS else ""

    def _value(self, token: Token) -> None:
        names = [name for name in (self._insert.column(), self._name) if name]
        if token.text.startswith("%("):
            names.append(token.text[2:-2].lower())
        slot = (token.start, token.start + len(token.text), token.kind == "placeholder", names)
        self.slots.append(slot)
        self._open.append(slot)

    def _identifier(self, token: Token) -> None:
        if self._last == "cast":
            return
        self._before, self._name = self._name, token.name
        for slot in self._open:
            slot[3].append(token.name)


class InsertColumns:
    """Follows ``INSERT INTO t (a, b) VALUES (…, …)`` and knows which column the next value fills."""

    def __init__(self) -> None:
        self._columns: list[str] = []
        self._state = ""
        self._depth = 0
        self._index = 0

    def see(self, token: Token) -> None:
        """Take the next token that is neither white space nor a comment."""
        if token.kind == "word" and token.name in {"insert", "replace"} and not self._state:
            self._state = "table"
        elif (
            token.kind == "word"
            and token.name in {"values", "select"}
            and self._state in {"table", "columns"}
        ):
            self._state, self._depth, self._index = token.name, 0, 0
        elif token.kind == "word" and token.name in {"on", "returning"} and self._depth == 0:
            self._state = "done" if self._state else ""
        elif token.text == "(":
            self._depth += 1
            if self._depth == 1:
                self._index = 0
                self._state = "columns" if self._state == "table" else self._state
        elif token.text == ")":
            self._depth -= 1
        elif token.text == "," and self._depth == (1 if self._state == "values" else 0):
            self._index += 1
        elif self._state == "columns" and self._depth == 1 and token.kind in {"quoted", "word"}:
            self._columns.append(token.name)

    def column(self) -> str:
        """Return the column that a value at this place fills, or an empty string."""
        inside = (self._state == "values" and self._depth > 0) or self._state == "select"
        return self._columns[self._index] if inside and self._index < len(self._columns) else ""
