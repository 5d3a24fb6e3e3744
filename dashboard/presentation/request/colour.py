"""Coloured text: pieces with the class of their colour, from the tokens of a Pygments lexer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pygments.lexer import Lexer
from pygments.token import Comment, Keyword, Name, Number, Operator, String, _TokenType

from queryscope.profiler.trace import Value

Rules = Sequence[tuple[_TokenType, str]]

SOURCE: Rules = (
    (Name.Tag, "g"),
    (Name.Attribute, "f"),
    (Name.Function, "f"),
    (Name.Class, "f"),
    (Keyword, "k"),
    (Operator.Word, "k"),
    (String, "s"),
    (Number, "n"),
    (Comment, "c"),
)
"""Colours of Python and of templates."""


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


def coloured(texts: Sequence[str], lexer: Lexer) -> list[tuple[Piece, ...]]:
    """Return lines of source, coloured together, so that a tag or a string over two of them keeps its colour."""
    lexer.stripnl, lexer.ensurenl = False, False
    lines: list[list[Piece]] = [[]]
    for token, text in lexer.get_tokens("\n".join(texts)):
        for index, part in enumerate(text.split("\n")):
            if index:
                lines.append([])
            lines[-1].append(Piece(css=css_of(token, SOURCE), text=part))
    return [joined(line) for line in lines]
