"""Coloured text: pieces with the class of their colour, from the tokens of a Pygments lexer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pygments.token import _TokenType

from queryscope.profiler.trace import Value

Rules = Sequence[tuple[_TokenType, str]]


class Piece(Value, frozen=True, kw_only=True):
    """A stretch of text and the class that colours it; an empty class is plain."""

    css: str
    text: str


def css_of(token: _TokenType, rules: Rules) -> str:
    """Return the class of the first kind that ``token`` is or belongs to; plain where none is."""
    return next((css for kind, css in rules if token[: len(kind)] == kind[:]), "")


def joined(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """Return the pieces with neighbours of one colour joined and empty ones gone: fewer elements, the same text."""
    made: list[Piece] = []
    for piece in pieces:
        if made and made[-1].css == piece.css:
            made[-1] = Piece(css=piece.css, text=made[-1].text + piece.text)
        elif piece.text:
            made.append(piece)
    return tuple(made)
