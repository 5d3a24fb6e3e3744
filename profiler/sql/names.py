"""Finds for each value of a statement the column names it may belong to; when in doubt it names more than one.

It serves masking: a name too many hides a value that was harmless, a name too few would show a secret. A name counts as
far as its expression reaches: to the next AND, comma or clause, through functions, and through the branches of a CASE.
"""

from __future__ import annotations

import re

from queryscope.profiler.sql.insert import InsertColumns
from queryscope.profiler.sql.tokens import Token

_BOUNDARIES = frozenset((
    "and", "or", "where", "set", "having", "on", "select", "from", "order", "group", "limit", "offset",
    "returning", "values", "union", "except", "intersect", "join", "left", "right", "inner", "outer", "into",
    "update", "delete", "insert",
))  # fmt: skip
_KEYWORDS = _BOUNDARIES | frozenset((
    "in", "not", "like", "ilike", "rlike", "regexp", "glob", "between", "is", "null", "as", "by", "asc",
    "desc", "case", "when", "then", "else", "end", "distinct", "all", "any", "some", "exists", "escape",
    "collate", "interval", "true", "false", "default", "using", "with", "recursive", "for", "of", "nowait",
    "skip", "locked", "cast",
))  # fmt: skip
_TELLING = re.compile(r"crypt|passw|hmac|digest|secret|token")
"""A function of such a name takes a secret, whatever column its result goes to."""
_MOST_OPEN = 30
_MOST_NAMES = 12
"""How many values wait for a name that follows, and how many names one collects: an expression of a megabyte ends."""
FoundSlot = tuple[int, int, bool, list[str]]


class _Level:
    """What is known between one pair of parentheses."""

    __slots__ = ("between", "cases", "function", "names", "query", "waiting")

    def __init__(self, names: list[str], function: bool = False) -> None:
        self.names = names
        self.function = function
        self.query = False
        self.between = False
        self.waiting: list[FoundSlot] = []
        self.cases: list[_Case] = []


class _Case:
    """A CASE that is open: the names its result belongs to, the names of its operand, and the values of its branches."""

    __slots__ = ("operand", "result", "waiting")

    def __init__(self, result: list[str]) -> None:
        self.result = result
        self.operand: list[str] | None = None
        self.waiting: list[FoundSlot] = []


class Names:
    """Sees the tokens of a statement one by one and fills ``slots``: start, end, is a placeholder, names."""

    def __init__(self, vendor: str = "") -> None:
        self.slots: list[FoundSlot] = []
        self._text_in_quotes = vendor == "sqlite"
        self._levels = [_Level([])]
        self._levels[0].query = True
        self._last = Token("mark", "", 0)
        self._perhaps_text: Token | None = None
        self._insert = InsertColumns()

    def see(self, token: Token) -> None:
        """Take the next token that is neither white space nor a comment."""
        self._settle(token)
        self._insert.see(token)
        level = self._levels[-1]
        if token.kind in {"placeholder", "string", "number"}:
            self._value(token, level)
        elif token.kind == "quoted" or (token.kind == "word" and token.name not in _KEYWORDS):
            self._identifier(token, level)
        elif token.kind == "word":
            self._keyword(token.name, level)
        elif token.text == "(":
            self._opened(level)
        elif token.text == ")":
            self._closed(level)
        elif token.text == "." and self._last.kind in {"quoted", "word"}:
            level.names = level.names[:-1]  # what stood before was a table
        elif token.text == ";" or (token.text == "," and level.query):
            self._end_expression(level)
        self._last = token

    def end(self) -> None:
        """Say that there are no more tokens."""
        self._settle(Token("mark", "", 0))

    def _value(self, token: Token, level: _Level) -> None:
        names = list(dict.fromkeys((*self._insert.columns(), *level.names)))
        if token.text.startswith("%("):
            names.append(token.text[2:-2].lower())
        slot = (token.start, token.start + len(token.text), token.kind == "placeholder", names)
        self.slots.append(slot)
        for waiting in (level.waiting, *(case.waiting for case in level.cases[-1:])):
            if len(waiting) < _MOST_OPEN:
                waiting.append(slot)

    def _identifier(self, token: Token, level: _Level) -> None:
        if self._last.text == "::":
            return
        if self._text_in_quotes and token.text[0] == '"' and self._last.text in {"=", "<", ">", "like"}:
            self._perhaps_text = token
        if len(level.names) < _MOST_NAMES:
            level.names = [*level.names, token.name]
        for _, _, _, names in level.waiting:
            if len(names) < _MOST_NAMES:
                names.append(token.name)

    def _keyword(self, word: str, level: _Level) -> None:
        if word == "and" and level.between:
            level.between = False  # the second bound belongs to the same column
        elif word == "between":
            level.between = True
        elif word in {"case", "when", "then", "else", "end"}:
            self._case(word, level)
        elif word in _BOUNDARIES:
            level.query = level.query or word in {"select", "insert", "update", "delete", "values"}
            self._end_expression(level)

    def _case(self, word: str, level: _Level) -> None:
        if word == "case":
            level.cases.append(_Case(level.names))
            level.names = []
            return
        if not level.cases:
            self._end_expression(level)
            return
        case = level.cases[-1]
        if word == "when" and case.operand is None:
            case.operand = level.names
        level.waiting = []
        if word == "end":
            level.cases.pop()
            # Its values may be named by what follows: ``CASE … END AS token``.
            level.waiting = case.waiting
            level.names = case.result
        else:
            level.names = (case.operand or []) if word == "when" else case.result

    def _opened(self, level: _Level) -> None:
        function = self._last.kind == "word" and self._last.name not in _KEYWORDS
        if function and not _TELLING.search(self._last.name):
            level.names = level.names[:-1]
        self._levels.append(_Level(level.names, function))

    def _closed(self, inner: _Level) -> None:
        if len(self._levels) == 1:
            return
        self._levels.pop()
        level = self._levels[-1]
        if not inner.query:
            for _, _, _, names in level.waiting:
                names += inner.names[: max(0, _MOST_NAMES - len(names))]
            level.names = inner.names
        for waiting in (level.waiting, *(case.waiting for case in level.cases[-1:])):
            waiting += inner.waiting[: max(0, _MOST_OPEN - len(waiting))]

    def _settle(self, token: Token) -> None:
        """SQLite takes ``"x"`` as a text where no column has that name; with a dot behind it is a table."""
        text, self._perhaps_text = self._perhaps_text, None
        if text is not None and token.text not in {".", "("}:
            names = [name for name in self._levels[-1].names if name != text.name]
            self.slots.append((text.start, text.start + len(text.text), False, names))

    @staticmethod
    def _end_expression(level: _Level) -> None:
        level.names, level.waiting = [], []
