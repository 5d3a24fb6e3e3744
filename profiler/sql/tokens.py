"""Splits SQL text into tokens that join to the very same text; never fails, whatever the text is.

Knows what Django's backends write: ``"x"``, `` `x` `` and ``[x]`` as identifiers, ``'x'`` with doubled quotes as
strings, ``%s`` and ``%(name)s`` as placeholders, and ``--`` and ``/* */`` comments. MySQL and MariaDB differ: there
``"x"`` is a string and a backslash escapes; so does PostgreSQL, whose brackets hold the values of an array. A token that
the end of the text cuts off runs to the end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_PATTERN = r"""
      (?P<space>\s+)
    | (?P<comment>--[^\n]*|/\*.*?(?:\*/|\Z))
    | (?P<placeholder>%s|%\(\w*\)s)
    | (?P<quoted>{quoted}`(?:[^`]|``)*(?:`|\Z))
    | (?P<string>{string}|[bBeEnNxX]?'(?:[^'{escape}]|''{escaped})*(?:'|\Z))
    | (?P<number>0[xX][0-9a-fA-F]+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    | (?P<word>[^\W\d]\w*)
    | (?P<mark>::|%%|.)
"""
_FLAGS = re.VERBOSE | re.DOTALL


def _standard(brackets: str) -> re.Pattern[str]:
    return re.compile(
        _PATTERN.format(
            quoted=rf'"(?:[^"]|"")*(?:"|\Z)|{brackets}',
            string=r"[eE]'(?:[^'\\]|''|\\.)*(?:'|\Z)|\$(?P<tag>\w*)\$.*?(?:\$(?P=tag)\$|\Z)",
            escape="",
            escaped="",
        ),
        _FLAGS,
    )


_STANDARD = _standard(r"\[\w[^\[\]\n]*\]|")
_POSTGRESQL = _standard("")
_MYSQL = re.compile(
    _PATTERN.format(quoted="", string=r'"(?:[^"\\]|""|\\.)*(?:"|\Z)', escape=r"\\", escaped=r"|\\."),
    _FLAGS,
)


class Token(NamedTuple):
    """A piece of SQL: ``kind`` is a group name of the pattern above, ``start`` its place in the text."""

    kind: str
    text: str
    start: int

    @property
    def name(self) -> str:
        """The identifier or keyword without its quotes, in lower case."""
        return self.text.strip('"`[]').lower()


def tokens(sql: str, vendor: str = "") -> Iterator[Token]:
    """Yield the tokens of ``sql`` in order; ``vendor`` is the name of Django's backend, as in ``connection.vendor``."""
    pattern = {"mysql": _MYSQL, "postgresql": _POSTGRESQL}.get(vendor, _STANDARD)
    for match in pattern.finditer(sql):
        yield Token(match.lastgroup or "mark", match.group(), match.start())
