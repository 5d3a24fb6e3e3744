"""The bound values of a query as rows of the drawer, with what was masked, cut or left out said in words."""

from __future__ import annotations

from collections.abc import Sequence

from queryscope.profiler.trace import Parameter, Span, Value
from queryscope.profiler.units import count, plural, size


class ParameterRow(Value, frozen=True, kw_only=True):
    """``text`` is the value, or the pseudonym where ``masked``; ``remark`` is its type and what is missing of it."""

    label: str
    text: str
    masked: bool
    remark: str


class Parameters(Value, frozen=True, kw_only=True):
    """The rows, and a sentence on those that were not kept (empty where all were)."""

    rows: tuple[ParameterRow, ...]
    left_out: str
    spread: str


def parameters_of(span: Span, group: Sequence[Span], limit: int) -> Parameters:
    """Return the parameters of a span; ``limit`` is the setting MAX_PARAMETERS that was in force."""
    numbered = len(span.params) > 1
    rows = tuple(_row(number if numbered else 0, value) for number, value in enumerate(span.params, 1))
    return Parameters(rows=rows, left_out=_left_out(span, limit), spread=_spread(group))


def _row(number: int, parameter: Parameter) -> ParameterRow:
    place = f"%s {number}" if number else "%s"
    label = f"{parameter.name} {place}" if parameter.name else place
    text = "NULL" if parameter.text is None else parameter.text
    return ParameterRow(label=label, text=text, masked=parameter.masked, remark=_remark(parameter))


def _remark(parameter: Parameter) -> str:
    words = [parameter.type]
    if parameter.masked:
        words.append("masked, equal values have equal marks")
    if parameter.truncated:
        whole = f" of {size(parameter.bytes)}" if parameter.bytes is not None else ""
        words.append(f"first {plural(len(parameter.text or ''), 'character')}{whole}")
    return " · ".join(words)


def _left_out(span: Span, limit: int) -> str:
    missing = span.params_total - len(span.params)
    if missing <= 0:
        return ""
    return f"{count(missing)} more left out: MAX_PARAMETERS is {count(limit)}."


def _spread(group: Sequence[Span]) -> str:
    if len(group) < 2 or not any(span.params for span in group):
        return ""
    distinct = len({span.params for span in group})
    text = f"{count(distinct)} distinct in the {plural(len(group), 'query', 'queries')}"
    return f"{text}, {plural(len(group) - distinct, 'repeat')}" if distinct < len(group) else text
