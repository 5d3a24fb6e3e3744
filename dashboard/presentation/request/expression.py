"""Which characters of source lines are the expression that was recorded, and those pieces with an underline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from queryscope.dashboard.presentation.request.colour import Piece
from queryscope.profiler.trace import CallSite, TemplateSite

UNDERLINE = "at"
"""The class of an underlined piece, beside that of its colour."""

Spot = tuple[int, int]
"""First character and the one after the last, from 0."""


def expressions(site: CallSite | TemplateSite, texts: Sequence[str], first: int) -> dict[int, Spot]:
    """Return the characters of a site by line; none where a line would be underlined from end to end and tell nothing.

    ``texts`` are the lines from number ``first`` on.
    """
    if isinstance(site, TemplateSite) or None in (site.line, site.column, site.end_line, site.end_column):
        return {}
    numbered = dict(enumerate(texts, first))
    spots = {number: _spot(site, number, text) for number, text in numbered.items()}
    found = {number: spot for number, spot in spots.items() if spot is not None}
    return {} if all(_whole(numbered[number], spot) for number, spot in found.items()) else found


def shifted(spot: Spot | None, text: str, depth: int) -> Spot | None:
    """Return the place of a spot in what is shown of ``text``: without ``depth`` characters, tabs as spaces."""
    if spot is None:
        return None
    start, end = (len(text[depth:at].expandtabs(4)) for at in spot)
    return start, end


def underlined(pieces: Sequence[Piece], spot: Spot | None) -> tuple[Piece, ...]:
    """Return the pieces of a line, those in the spot underlined; a piece that is partly inside is cut."""
    return tuple(pieces) if spot is None else tuple(_cut(pieces, *spot))


def _cut(pieces: Sequence[Piece], start: int, end: int) -> Iterator[Piece]:
    at = 0
    for piece in pieces:
        text, css = piece.text, f"{piece.css} {UNDERLINE}".strip()
        inside = slice(max(0, start - at), max(0, end - at))
        parts = (
            (text[: inside.start], piece.css),
            (text[inside], css),
            (text[max(inside.stop, inside.start) :], piece.css),
        )
        yield from (Piece(css=name, text=part) for part, name in parts if part)
        at += len(text)


def _spot(site: CallSite, number: int, text: str) -> Spot | None:
    line, column, end_line, end_column = (
        site.line or 0,
        site.column or 1,
        site.end_line or 0,
        site.end_column or 1,
    )
    if not line <= number <= end_line:
        return None
    start = column - 1 if number == line else len(text) - len(text.lstrip())
    end = end_column - 1 if number == end_line else len(text.rstrip())
    return (start, end) if start < end <= len(text) else None


def _whole(text: str, spot: Spot) -> bool:
    return not (text[: spot[0]].strip() or text[spot[1] :].strip())
