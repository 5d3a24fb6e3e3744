"""Invents names, titles and prose from a seeded random generator."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from demo.seeding.words import (
    ADJECTIVES,
    ENDINGS,
    FIRST_NAMES,
    LAST_NAMES,
    NOUNS,
    PLACES,
    VERBS,
)


def people(rng: Random) -> Iterator[str]:
    """Yield names without an end; the first round gives no name twice."""
    pairs = [f"{first} {last}" for first in FIRST_NAMES for last in LAST_NAMES]
    rng.shuffle(pairs)
    yield from pairs
    while True:
        yield f"{rng.choice(FIRST_NAMES)} {rng.choice(LAST_NAMES)}-{rng.choice(LAST_NAMES)}"


def title(rng: Random) -> str:
    """Return the title of a book that nobody wrote."""
    adjective, noun, other, place = (rng.choice(words) for words in (ADJECTIVES, NOUNS, NOUNS, PLACES))
    shapes = (
        f"The {adjective} {noun}",
        f"The {noun} of {place}",
        f"{noun} and {other}",
        f"The {adjective} {noun} of {place}",
        f"A {noun} for {place}",
        f"The {noun}'s {adjective} {other}",
    )
    return rng.choice(shapes)


class Prose:
    """A stock of sentences from which texts of a given length are put together."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._stock = [self._sentence() for _ in range(600)]

    def text(self, sentences: int) -> str:
        """Return that many sentences."""
        return " ".join(self._rng.choices(self._stock, k=sentences))

    def _sentence(self) -> str:
        choice = self._rng.choice
        who = f"{choice(ADJECTIVES)} {choice(NOUNS)}".lower()
        return f"The {who} {choice(VERBS)} the {choice(NOUNS).lower()} {choice(ENDINGS)}."
