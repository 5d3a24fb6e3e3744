"""Tells from what a loop sent which rows of a relation its manager leaves out, in words for an annotation over all rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from queryscope.profiler.analysis.statements.conditions import Condition, where
from queryscope.profiler.analysis.statements.shapes import differing
from queryscope.profiler.trace import Span

_SAID = {
    "null": "{}__isnull=True",
    "present": "{}__isnull=False",
    "true": "{}=True",
    "false": "{}=False",
}
"""Conditions that are the same for every request. What a value is compared with may be this visitor's."""


class Choice(NamedTuple):
    """How rows of a relation were chosen, beside the parent, whose key stands in the column ``key``.

    ``managed`` are the conditions of the relation's manager as ``filter()`` takes them, ``None`` where the statements do
    not tell them; ``asked`` is the number of those that came after, from the line that asks. ``distinct`` rows count once.
    """

    key: str
    managed: tuple[str, ...] | None
    asked: int
    distinct: bool


def choice(spans: Sequence[Span]) -> Choice | None:
    """Return how statements that differ by the key of the parent chose, ``None`` where they do not tell.

    A related manager first asks the manager of the model for its rows, then filters by the key; what the line adds follows.
    """
    known = where(spans[0])
    if known is None or any(span.fingerprint != spans[0].fingerprint for span in spans):
        return None
    own = [each for each in known.conditions if not each.column.endswith("content_type_id")]
    varied = set(differing(spans))
    keys = [place for place, each in enumerate(own) if varied & set(each.places)]
    if not varied and len(own) == 1:
        keys = [0]
    if not keys or own[keys[0]].test != "equal":
        return None
    first = keys[0]  # a value of the line may be another one for each row as well
    said = [_said(each, known.table) for each in own[:first]]
    managed = None if None in said else tuple(each for each in said if each is not None)
    return Choice(own[first].column, managed, len(own) - first - 1, known.distinct)


def _said(condition: Condition, table: str) -> str | None:
    text = _SAID.get(condition.test)
    return text.format(condition.column) if text and condition.table == table else None
