"""SQL in the drawer: laid out, coloured, shortened, and never lost."""

from __future__ import annotations

import time

import pytest

from queryscope.dashboard.presentation.request import sql
from queryscope.dashboard.presentation.request.colour import Piece

AUTHOR = 'SELECT "a"."id", "a"."name" FROM "author" "a" WHERE "a"."id" = %s LIMIT 21'


def text(layout: sql.Layout) -> str:
    return "".join(piece.text for piece in layout.pieces)


def test_one_clause_stands_on_a_line() -> None:
    """The layout of the design: keywords aligned to the right, columns together."""
    assert text(sql.layout(AUTHOR, "postgresql")).splitlines() == [
        'SELECT "a"."id", "a"."name"',
        '  FROM "author" "a"',
        ' WHERE "a"."id" = %s',
        " LIMIT 21",
    ]


@pytest.mark.parametrize("vendor", ["postgresql", "sqlite", "mysql"])
def test_words_carry_the_classes_of_the_design(vendor: str) -> None:
    """Keywords k, placeholders ph, numbers n; a quoted identifier is plain."""
    pieces = sql.layout(AUTHOR.replace('"', "`") if vendor == "mysql" else AUTHOR, vendor).pieces
    assert Piece(css="k", text="SELECT") in pieces
    assert Piece(css="ph", text="%s") in pieces
    assert Piece(css="n", text="21") in pieces
    assert not [piece for piece in pieces if piece.css and "author" in piece.text]


def test_a_literal_is_a_string_and_markup_in_it_stays_text() -> None:
    """Colouring changes no character."""
    statement = "SELECT '<b>%s</b>' -- <i>"
    pieces = sql.colour(statement, "sqlite")
    assert "".join(piece.text for piece in pieces) == statement
    assert {piece.css for piece in pieces if "<b>" in piece.text} == {"s"}


def test_a_long_list_is_cut_before_it_is_laid_out() -> None:
    """A thousand markers tell no more than twenty."""
    layout = sql.layout(f"SELECT 1 FROM t WHERE id IN ({', '.join(['%s'] * 1000)})", "sqlite")
    assert text(layout).count("%s") == sql.LIST_ITEMS
    assert "980 more" in text(layout)
    assert layout.note == "980 list items are not shown; Copy takes all of them."


def test_a_short_list_is_left_alone() -> None:
    """Twenty items are shown."""
    statement = f"id IN ({', '.join(['%s'] * sql.LIST_ITEMS)})"
    assert sql.shorten_lists(statement) == (statement, 0)


def test_a_huge_statement_is_capped_and_says_so() -> None:
    """What is shown has a limit, what is copied has not."""
    layout = sql.layout("SELECT " + "x" * 50_000, "sqlite")
    assert len(text(layout)) == sql.SHOWN_CHARS
    assert layout.note == "20,000 of 50,007 characters are shown; Copy takes all of them."


@pytest.mark.parametrize(
    "odd",
    [
        "",
        "\n",
        "'",
        "(" * 3000,
        "/*" * 3000,
        "SELECT " + "(" * 300 + "1" + ")" * 300,
        "CASE WHEN " * 500,
        "\x00\ud800",
        "%",
    ],
)
def test_odd_input_is_shown_as_it_is(odd: str) -> None:
    """Whatever the formatter does, the characters that matter are there, soon."""
    begun = time.perf_counter()
    shown = text(sql.layout(odd, "postgresql"))
    assert "".join(shown.split()) == "".join(odd.split())
    assert time.perf_counter() - begun < 5


def test_statements_that_differ_in_a_literal_are_not_mixed_up() -> None:
    """The cache is keyed by the text: equal fingerprints may hold different literals."""
    first, second = (text(sql.layout(f"SELECT {number}", "sqlite")) for number in (1, 2))
    assert (first, second) == ("SELECT 1", "SELECT 2")


def test_lines_inside_a_literal_are_not_joined() -> None:
    """Only the layout's own line breaks may move."""
    statement = "SELECT 'one,\n       two',\n a FROM t"
    assert "'one,\n       two'" in text(sql.layout(statement, "sqlite"))
