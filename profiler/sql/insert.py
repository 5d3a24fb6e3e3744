"""Follows the lists of values of a statement: which column the next value of an INSERT fills, as far as one can tell."""

from __future__ import annotations

from queryscope.profiler.sql.tokens import Token

UNTOLD = "?"
"""Stands for a column that the statement does not name, as in ``INSERT INTO t VALUES (…)``: it may be any."""


class InsertColumns:
    """Follows ``INSERT INTO t (a, b) VALUES (…, …)``, also inside a common table expression, and ``VALUES`` alone."""

    def __init__(self) -> None:
        self._columns: list[str] = []
        self._state = ""
        self._depth = self._base = self._index = 0
        self._last = ""

    def see(self, token: Token) -> None:
        """Take the next token that is neither white space nor a comment."""
        if token.text == "(":
            self._opened()
        elif token.text == ")":
            self._closed()
        elif token.text == ";":
            self._state = ""
        elif token.text == "," and self._state == "values" and self._depth == self._base + 1:
            self._index += 1
        elif token.kind == "word":
            self._word(token.name)
        if self._state == "columns" and self._depth == self._base + 1 and token.kind in {"quoted", "word"}:
            self._columns.append(token.name)
        self._last = token.name

    def columns(self) -> list[str]:
        """Return the columns that a value at this place may fill."""
        if self._state == "select":
            # Counting through functions, unions and common table expressions would go wrong sooner or later.
            return list(self._columns)
        if self._state != "values" or self._depth <= self._base:
            return []
        return [self._columns[self._index] if self._index < len(self._columns) else UNTOLD]

    def _opened(self) -> None:
        self._depth += 1
        if self._last in {"insert", "replace"}:
            self._state = ""  # a function of that name
        if self._depth == self._base + 1:
            self._index = 0
            if self._state == "table":
                self._state = "columns"

    def _closed(self) -> None:
        self._depth -= 1
        if self._depth < self._base:
            self._state = ""

    def _word(self, word: str) -> None:
        if word in {"insert", "replace"} and self._state not in {"table", "columns", "values", "select"}:
            self._begin("table")
        elif word in {"values", "select", "with"} and self._state in {"table", "columns"}:
            if self._depth == self._base or word == "select":
                self._state, self._index = "values" if word == "values" else "select", 0
        elif word == "values" and self._state == "":
            self._begin("values")
        elif self._depth == self._base and self._state and word in {"on", "returning", "set"}:
            self._state = "done"

    def _begin(self, state: str) -> None:
        self._state, self._base, self._index = state, self._depth, 0
        self._columns = []
