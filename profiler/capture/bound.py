"""Joins a statement with its parameters and hides what is secret in either: values by their places, literals in the text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from queryscope.profiler.capture.redaction import Redaction
from queryscope.profiler.capture.values import Kept, describe, shown
from queryscope.profiler.sql.statement import Analysis
from queryscope.profiler.trace import Parameter


class Bound(NamedTuple):
    """What is shown of a statement and its parameters, and the texts that were hidden: an error may quote them."""

    sql: str
    params: tuple[Parameter, ...]
    hidden: list[str]


def bind(kept: Kept, sql: str, analysis: Analysis, redaction: Redaction, chars: int, cut: bool) -> Bound:
    """Return the masked form; ``chars`` is the longest text of a value, ``cut`` says that ``sql`` is a beginning only."""
    if redaction.shows_everything:
        named = (
            kept.values.items() if isinstance(kept.values, dict) else ((None, each) for each in kept.values)
        )
        return Bound(sql, tuple(describe(value, chars, None, _name(name)) for name, value in named), [])
    values: Sequence[Any] | None = _in_order(kept.values, sql, analysis)
    if values is not None and not cut and kept.values and _placeholders(analysis) != kept.total:
        values = None
    hidden = redaction.hidden(sql, analysis, values or ())
    secret = (
        _named(kept.values, sql, analysis, hidden, redaction)
        if isinstance(kept.values, dict)
        else _positional(kept.values, analysis, hidden, values is not None)
    )
    params, texts = [], []
    for name, value, hides in secret:
        mask = redaction.pseudonym if hides or redaction.tells(value) else None
        params.append(describe(value, chars, mask, name))
        if mask is not None and (text := shown(value, chars)):
            texts.append(text)
    texts += (
        sql[slot.start : slot.end].strip("'\"")
        for slot, hides in zip(analysis.slots, hidden, strict=True)
        if hides and not slot.placeholder
    )
    return Bound(redaction.text(sql, analysis, hidden), tuple(params), texts)


def _placeholders(analysis: Analysis) -> int:
    return sum(slot.placeholder for slot in analysis.slots)


def _in_order(values: Any, sql: str, analysis: Analysis) -> Sequence[Any]:
    """Return the values as the placeholders of the text use them."""
    if not isinstance(values, dict):
        return values  # type: ignore[no-any-return]
    return [values.get(sql[slot.start + 2 : slot.end - 2]) for slot in analysis.slots if slot.placeholder]


def _positional(
    values: Sequence[Any], analysis: Analysis, hidden: Sequence[bool], aligned: bool
) -> list[tuple[None, Any, bool]]:
    """Say of each value whether it is hidden. Drivers also fill a ``%s`` inside a text: then no place is sure."""
    places = [hides for slot, hides in zip(analysis.slots, hidden, strict=True) if slot.placeholder]
    return [
        (None, value, not aligned or index >= len(places) or places[index])
        for index, value in enumerate(values)
    ]


def _named(
    values: dict[Any, Any], sql: str, analysis: Analysis, hidden: Sequence[bool], redaction: Redaction
) -> list[tuple[str, Any, bool]]:
    places: dict[str, bool] = {}
    for slot, hides in zip(analysis.slots, hidden, strict=True):
        if slot.placeholder:
            name = sql[slot.start + 2 : slot.end - 2]
            places[name] = places.get(name, False) or hides
    return [
        (str(_name(name)), value, places.get(str(_name(name)), True) or redaction.sensitive(str(_name(name))))
        for name, value in values.items()
    ]


def _name(name: Any) -> str | None:
    return None if name is None else str(name)
