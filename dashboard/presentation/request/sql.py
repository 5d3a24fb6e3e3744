"""SQL laid out and coloured for reading: pieces of text with the class of their colour; never on a request's path.

The layout is bounded: lists are shortened first, long statements keep their own layout, and what the formatter
cannot take is shown as it is.
"""

from __future__ import annotations

import re
from functools import lru_cache

import sqlparse
from pygments.lexer import RegexLexer, inherit
from pygments.lexers.sql import MySqlLexer, PostgresLexer
from pygments.token import Comment, Keyword, Name, Number, String

from queryscope.dashboard.presentation.request.colour import Piece, Rules, css_of, joined
from queryscope.profiler.trace import Value
from queryscope.profiler.units import count

LIST_ITEMS = 20
"""A list longer than this is shortened: 1,000 markers take the formatter 100 ms and tell nothing."""
LAYOUT_CHARS = 6_000
"""Longer statements keep their own layout; the formatter's time grows faster than the text."""
SHOWN_CHARS = 20_000
JOINED_CHARS = 56
"""Columns of a SELECT share a line up to this length, as many as the drawer is wide."""

_PLACEHOLDER = r"%s|%\(\w+\)s"
_ITEM = r"(?:%s|%\(\w+\)s|\?|-?\d+(?:\.\d+)?|'(?:[^']|'')*')"
_LIST = re.compile(rf"\(\s*(?P<items>{_ITEM}(?:\s*,\s*{_ITEM}){{{LIST_ITEMS},}})\s*\)")
_SPLIT_ITEMS = re.compile(_ITEM)


class Layout(Value, frozen=True, kw_only=True):
    """A statement as it is shown; ``note`` says what the reader does not see, or is empty."""

    pieces: tuple[Piece, ...]
    note: str


class _Postgres(PostgresLexer):
    tokens = {"root": [(_PLACEHOLDER, Name.Placeholder), inherit]}


class _MySql(MySqlLexer):
    tokens = {"root": [(_PLACEHOLDER, Name.Placeholder), inherit]}


RULES: Rules = (
    (Name.Placeholder, "ph"),
    (String.Name, ""),  # a quoted identifier
    (String.Symbol, ""),
    (Keyword, "k"),
    (String, "s"),
    (Number, "n"),
    (Comment, "c"),
    (Name.Function, "f"),
)
LEXERS: dict[str, type[RegexLexer]] = {"mysql": _MySql}


@lru_cache(maxsize=256)
def layout(sql: str, vendor: str) -> Layout:
    """Return the statement laid out and coloured.

    Cached by the text, not by the fingerprint: statements of one fingerprint may differ in literals written into them.
    """
    shown, left_out = shorten_lists(sql)
    notes = [f"{count(left_out)} list items are not shown; Copy takes all of them."] if left_out else []
    if len(shown) > SHOWN_CHARS:
        notes.append(
            f"{count(SHOWN_CHARS)} of {count(len(sql))} characters are shown; Copy takes all of them."
        )
        shown = shown[:SHOWN_CHARS]
    return Layout(pieces=colour(lay_out(shown), vendor), note=" ".join(notes))


def shorten_lists(sql: str) -> tuple[str, int]:
    """Return the statement with lists of over 20 literals or placeholders cut, and how many items went."""
    gone = 0

    def cut(found: re.Match[str]) -> str:
        nonlocal gone
        items = _SPLIT_ITEMS.findall(found["items"])
        gone += len(items) - LIST_ITEMS
        return f"({', '.join(items[:LIST_ITEMS])}, /* … {count(len(items) - LIST_ITEMS)} more */)"

    return _LIST.sub(cut, sql), gone


def lay_out(sql: str) -> str:
    """Return the statement with one clause a line, or as it is where it is long or the formatter gives up."""
    if len(sql) > LAYOUT_CHARS:
        return sql
    try:
        text: str = sqlparse.format(sql, reindent_aligned=True)
    except Exception:
        # sqlparse raises SQLParseError on deep nesting and has raised IndexError and RecursionError on odd input:
        # whatever it is, the statement itself is what the reader came for.
        return sql
    return text if "\n" in sql and "'" in sql else _join_columns(text)


def colour(sql: str, vendor: str) -> tuple[Piece, ...]:
    """Return the text in coloured pieces; all pieces together are the text."""
    lexer = LEXERS.get(vendor, _Postgres)(stripnl=False, ensurenl=False)
    # MySqlLexer knows a number only by what follows it, so the text ends in a line break, which goes again below.
    # PostgresLexer takes the dot between two quoted names for a number.
    *pieces, last = joined(
        Piece(css="" if text == "." else css_of(token, RULES), text=text)
        for token, text in lexer.get_tokens(sql + "\n")
    )
    return joined([*pieces, Piece(css=last.css, text=last.text.removesuffix("\n"))])


def _join_columns(text: str) -> str:
    lines: list[str] = []
    for line in text.splitlines():
        word = line.strip()
        if lines and lines[-1].endswith(",") and len(lines[-1]) + len(word) < JOINED_CHARS:
            lines[-1] += " " + word
        else:
            lines.append(line)
    return "\n".join(lines)
