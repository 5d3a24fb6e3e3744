"""Finds the tables that a statement names after FROM, JOIN, INTO, UPDATE and TABLE; common table expressions apart."""

from __future__ import annotations

from queryscope.profiler.sql.tokens import Token

_OPENERS = frozenset({"from", "join", "into", "update", "table"})
_LISTS = frozenset({"from", "join"})
_FILLERS = frozenset({"only", "if", "not", "exists", "lateral", "ignore", "or", "as"})
_LIST_ENDS = frozenset(
    [
        "where",
        "group",
        "order",
        "having",
        "limit",
        "set",
        "on",
        "using",
        "union",
        "returning",
        "values",
        "select",
        "inner",
        "left",
        "right",
        "cross",
    ]
)
_NOT_OPENED_BY = frozenset({"for", "do", "key", "on"})


class Tables:
    """Sees the tokens of a statement one by one; ``found()`` names its tables in the order of their appearance."""

    def __init__(self) -> None:
        self._found: list[str] = []
        self._defined: set[str] = set()
        self._queries = [True]
        """Per open parenthesis: does it hold a query? ``EXTRACT(YEAR FROM x)`` does not, its FROM names no table."""
        self._expects = self._in_list = False
        self._qualifier = ""
        self._last = Token("mark", "", 0)
        self._named = self._last

    def see(self, token: Token) -> None:
        """Take the next token that is neither white space nor a comment."""
        if token.text == "(":
            self._queries.append(False)
            self._expects = self._in_list = False
        elif token.text == ")":
            if len(self._queries) > 1:
                self._queries.pop()
        elif token.text == ",":
            self._expects = self._in_list
        elif token.text == "." and self._last is self._named:
            self._qualifier = self._found.pop() + "."
            self._expects = True
        elif token.kind == "quoted" or (token.kind == "word" and not self._steers(token.name)):
            self._identifier(token)
        self._last = token

    def found(self) -> tuple[str, ...]:
        """Return the names, schema and all, without quotes."""
        return tuple(dict.fromkeys(name for name in self._found if name.lower() not in self._defined))

    def _steers(self, word: str) -> bool:
        """Take a keyword; return whether it was one."""
        if word in {"select", "insert", "update", "delete"}:
            self._queries[-1] = True
        if word == "as" and not self._in_list:
            self._defined.add(self._last.name)
        if word in _OPENERS and self._last.name not in _NOT_OPENED_BY and self._queries[-1]:
            self._expects, self._in_list = True, word in _LISTS
        elif word in _LIST_ENDS:
            self._expects = self._in_list = False
        elif word not in _FILLERS and word not in _OPENERS:
            return False
        return True

    def _identifier(self, token: Token) -> None:
        if not self._expects:
            return
        self._found.append(self._qualifier + token.text.strip('"`[]'))
        self._expects, self._qualifier, self._named = False, "", token
