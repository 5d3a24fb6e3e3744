"""Precision and recall over the corpus: every rule is judged in every case, also in those of the other rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from tests.corpus.case import Case


class Score(NamedTuple):
    """How often a rule was right, missed, and cried wolf; ``cases`` counts its own, positive and silent ones."""

    rule: str
    positive: int
    silent: int
    right: int
    missed: int
    false: int

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.false) if self.right + self.false else 1.0

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0


def scores(judged: Iterable[tuple[Case, frozenset[str]]], rules: Iterable[str]) -> list[Score]:
    """Return the score of each rule, and of all of them together under the name "all"."""
    right, missed, false, own = Counter[str](), Counter[str](), Counter[str](), Counter[tuple[str, bool]]()
    for case, found in judged:
        own[case.rule, case.positive] += 1
        right.update(case.expected & found)
        missed.update(case.expected - found)
        false.update(found - case.expected)
    each = [
        Score(rule, own[rule, True], own[rule, False], right[rule], missed[rule], false[rule])
        for rule in rules
    ]
    return [*each, Score("all", *(sum(column) for column in list(zip(*each, strict=True))[1:]))]


def table(found: Iterable[Score]) -> str:
    """Return the scores as a table in Markdown."""
    lines = [
        "| rule | positive cases | silent cases | right | missed | false | precision | recall |",
        "| --- | --: | --: | --: | --: | --: | --: | --: |",
    ]
    for score in found:
        counts = (score.positive, score.silent, score.right, score.missed, score.false)
        cells = (f"`{score.rule}`", *map(str, counts), f"{score.precision:.3f}", f"{score.recall:.3f}")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
