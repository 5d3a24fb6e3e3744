"""The filter of the request list: text to typed terms once, then one predicate for stored and for live rows.

Terms are joined by "and": plain words, ``view:``, ``method:``, ``status:``, ``kind:``, ``is:`` (also with the id of a rule:
``is:n-plus-one``), ``severity:`` and comparisons such as ``queries>20``. What is not understood becomes a sentence for the person, and the other terms still hold.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from math import isfinite, nan
from typing import Literal, get_args

from queryscope.profiler.analysis.rules import RULES
from queryscope.profiler.config import Config
from queryscope.profiler.finding import SEVERITIES
from queryscope.profiler.store.summary import Summary
from queryscope.profiler.trace import Kind, Value

Operator = Literal[":", "<", "<=", ">", ">=", "="]

MAX_CHARS = 300
ALLOWED = "plain words, view:, method:, status:, kind:, is:, severity:, and queries, ms, db or rows with <, <=, >, >= or ="

_NUMBERS: dict[str, Callable[[Summary], float | None]] = {
    "queries": lambda summary: summary.queries,
    "ms": lambda summary: summary.duration_ms,
    "db": lambda summary: summary.db_ms,
    "rows": lambda summary: summary.rows,
}
_COMPARISON = re.compile(r"([a-z]+)(<=|>=|<|>|=)(.*)", re.DOTALL)
_KEYED = re.compile(r"([a-z]+):(.*)", re.DOTALL)
_STATUS = re.compile(r"[1-5](\d\d|xx)")
_IS = ("found", "write", "error", "slow")


class Term(Value, frozen=True, kw_only=True):
    """One condition: a plain word (``field`` is "") or a field with an operator."""

    field: str
    operator: Operator
    text: str
    number: float = 0.0


class Filter(Value, frozen=True, kw_only=True):
    """A parsed filter: the text as it was given, its terms, and a sentence for each part that is not one."""

    text: str = ""
    terms: tuple[Term, ...] = ()
    problems: tuple[str, ...] = ()

    def admits(self, summary: Summary, config: Config) -> bool:
        """Return whether the trace fulfils every term; ``is:slow`` takes its limit from the configuration."""
        return all(_admits(term, summary, config) for term in self.terms)


def parse(text: str) -> Filter:
    """Return the filter that the text describes; never raises."""
    text = " ".join(text.replace("\0", " ").split())
    problems: list[str] = []
    if len(text) > MAX_CHARS:
        problems.append(f"A filter has at most {MAX_CHARS} characters; the rest was left out.")
        text = text[:MAX_CHARS].rstrip()
    terms: list[Term] = []
    for word in text.split():
        found = _term(word)
        if isinstance(found, Term):
            terms.append(found)
        else:
            problems.append(found)
    return Filter(text=text, terms=tuple(terms), problems=tuple(problems))


def select(summaries: Iterable[Summary], wanted: Filter, config: Config) -> tuple[Summary, ...]:
    """Return the traces the filter admits, in the order they came."""
    return tuple(summary for summary in summaries if wanted.admits(summary, config))


def _term(word: str) -> Term | str:
    lowered = word.lower()
    # "page=8" is a word of a query string, "queries=8" a comparison.
    if (match := _COMPARISON.fullmatch(lowered)) and (match[2] != "=" or match[1] in _NUMBERS):
        return _comparison(word, match[1], match[2], match[3])
    if match := _KEYED.fullmatch(lowered):
        return _keyed(word, match[1], match[2])
    return Term(field="", operator=":", text=lowered)


def _comparison(word: str, field: str, operator: str, text: str) -> Term | str:
    if field not in _NUMBERS:
        return (
            f"“{word}” compares “{field}”, which is not a number here. Numbers are queries, ms, db and rows."
        )
    try:
        number = float(text)
    except ValueError:
        number = nan
    if not isfinite(number):
        return f"“{word}” needs a number after {operator}, such as {field}{operator}20."
    return Term(field=field, operator=operator, text=text, number=number)  # type: ignore[arg-type]


def _keyed(word: str, field: str, text: str) -> Term | str:
    if field in _NUMBERS:
        return f"“{word}” compares a number: write {field}>20, {field}<=20 or {field}=20."
    if field not in _FIELDS:
        return f"“{field}:” is not a filter. Allowed are {ALLOWED}."
    if not text:
        return f"“{word}” needs a value right after the colon."
    if field == "status" and not _STATUS.fullmatch(text):
        return f"“{word}” is not a status. Write one such as status:404 or a class such as status:5xx."
    if field == "kind" and text not in get_args(Kind):
        return f"“{word}” is not a kind. Kinds are {', '.join(get_args(Kind))}."
    if field == "severity" and text not in SEVERITIES:
        return f"“{word}” is not a severity. Severities are {', '.join(SEVERITIES)}."
    if field == "is" and text not in _IS and text not in {rule.id for rule in RULES}:
        return (
            f"“{word}” is not known. Write {', '.join('is:' + name for name in _IS)},"
            " or the id of a rule, such as is:n-plus-one."
        )
    return Term(field=field, operator=":", text=text)


def _admits(term: Term, summary: Summary, config: Config) -> bool:
    if term.field in _NUMBERS:
        return _compare(_NUMBERS[term.field](summary), term.operator, term.number)
    return _FIELDS[term.field](term.text, summary, config)


def _compare(value: float | None, operator: Operator, limit: float) -> bool:
    if value is None:
        return False
    match operator:
        case "<":
            return value < limit
        case "<=":
            return value <= limit
        case ">":
            return value > limit
        case ">=":
            return value >= limit
        case _:
            return value == limit


def _word(text: str, summary: Summary, config: Config) -> bool:
    return any(text in (part or "").lower() for part in (summary.address, summary.view, summary.name))


def _status(text: str, summary: Summary, config: Config) -> bool:
    if summary.status is None:
        return False
    return summary.status // 100 == int(text[0]) if text.endswith("xx") else summary.status == int(text)


def _is(text: str, summary: Summary, config: Config) -> bool:
    if text == "write":
        return summary.writes > 0
    if text == "slow":
        return summary.duration_ms >= config.warm_total_ms
    if text == "found":
        return bool(summary.findings)
    if text != "error":
        return any(mark.rule == text for mark in summary.findings)
    return summary.error is not None or (summary.status or 0) >= 400


_FIELDS: dict[str, Callable[[str, Summary, Config], bool]] = {
    "": _word,
    "view": lambda text, summary, config: text in (summary.view or "").lower(),
    "method": lambda text, summary, config: text == (summary.method or "").lower(),
    "status": _status,
    "kind": lambda text, summary, config: text == summary.kind,
    "is": _is,
    "severity": lambda text, summary, config: any(mark.severity == text for mark in summary.findings),
}
