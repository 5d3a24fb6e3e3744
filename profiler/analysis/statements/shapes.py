"""Tells from its text what a statement asks: rows, one row, a number, whether there is any; and by which columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Literal, NamedTuple

from queryscope.profiler.sql.tokens import Token, tokens
from queryscope.profiler.trace import CallSite, Span

Shape = Literal["count", "aggregate", "exists", "one", "rows"]
"""``one`` is the first or last row of an order; ``rows`` everything that is no answer of a single value or row."""

_AGGREGATES = frozenset({"count", "sum", "avg", "min", "max", "coalesce", "stddev_pop", "var_pop", "total"})
_HEAD_TOKENS = 12
_TAIL_CHARS = 80
_FIRST_ROW = re.compile(r"(?:\bLIMIT 1|\bFETCH FIRST 1 ROWS ONLY)\s*(?:FOR (?:NO KEY )?(?:UPDATE|SHARE).*)?$")
_LOCKS = re.compile(r"\bFOR (?:NO KEY )?(?:UPDATE|SHARE)\b")


class Asked(NamedTuple):
    """What a placeholder is compared with: the column's name, ``""`` where it is none, and the operator before it."""

    column: str
    operator: str


def shape(span: Span) -> Shape:
    """Return what a SELECT asks; ``rows`` for every other statement."""
    head = [token for token in islice(tokens(span.sql, span.vendor), _HEAD_TOKENS) if token.kind != "space"]
    if span.kind != "select" or len(head) < 3:
        return "rows"
    if head[1].name in _AGGREGATES and head[2].text == "(":
        if "GROUP BY" in span.sql:
            return "rows"
        return "count" if head[1].name == "count" else "aggregate"
    if not _FIRST_ROW.search(span.sql[-_TAIL_CHARS:]):
        return "rows"
    return "exists" if head[1].kind in {"placeholder", "number"} else "one"


def locks(span: Span) -> bool:
    """Return whether the rows are locked as they are read; SQLite locks no rows and leaves the words out."""
    sites = (*span.build_sites, span.call_site)
    asked_for = any("select_for_update" in (site.source or "") for site in sites if site is not None)
    return asked_for or bool(_LOCKS.search(span.sql[-_TAIL_CHARS:]))


def asked(span: Span) -> tuple[Asked, ...]:
    """Return for each placeholder of a statement what it is compared with or assigned to."""
    found: list[Asked] = []
    before: list[Token] = []
    for token in tokens(span.sql, span.vendor):
        if token.kind in {"space", "comment"}:
            continue
        if token.kind == "placeholder":
            found.append(_asked(before))
        before.append(token)
        del before[:-4]
    return tuple(found)


def _asked(before: Sequence[Token]) -> Asked:
    if len(before) < 2 or before[-1].kind == "word":
        return Asked("", before[-1].name if before else "")
    mark, left = before[-1].text, before[-2]
    if mark == "=" and len(before) > 2 and before[-2].text in {"<", ">", "!"}:
        return Asked("", before[-2].text + mark)
    column = left.name if left.kind == "quoted" or (left.kind == "word" and mark == "=") else ""
    return Asked(column, "in" if mark == "(" and left.name == "in" else mark)


def differing(spans: Sequence[Span]) -> tuple[int, ...]:
    """Return the places of the parameters that are not the same in all of the statements."""
    first = spans[0].params
    if any(len(span.params) != len(first) for span in spans):
        return tuple(range(max(len(span.params) for span in spans)))
    return tuple(
        place for place, value in enumerate(first) if any(span.params[place] != value for span in spans)
    )


_CHOOSE = frozenset({
    "filter", "exclude", "order_by", "reverse", "distinct", "values", "values_list", "only", "defer", "annotate",
    "select_related", "prefetch_related", "iterator", "aiterator", "extra", "get", "aget", "using", "latest", "earliest",
})  # fmt: skip
"""Methods after which a related manager no longer gives what a prefetch brought."""


def methods(span: Span, relation: str) -> tuple[str, ...]:
    """Return the methods called on a related manager where the line is known to call them: ``("filter", "count")``."""
    sites = [site for site in (span.call_site, *reversed(span.build_sites)) if site is not None]
    for text in (*map(expression, sites), *(site.source or "" for site in sites)):
        _, dot, rest = text.partition(f".{relation}.")
        if dot:
            return tuple(_calls(rest))
    return ()


def expression(site: CallSite) -> str:
    """Return the source of the expression at a place, empty where it does not stand in one line or was not recorded."""
    if site.source is None or site.column is None or site.end_column is None or site.line != site.end_line:
        return ""
    return site.source[site.column - 1 : site.end_column - 1]


def _calls(text: str) -> Iterator[str]:
    """Yield the names of the methods of a chain, at the beginning of the text."""
    while match := re.match(r"(\w+)\(", text):
        yield match[1]
        depth, end = 1, match.end()
        while depth and end < len(text):
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        text = text[end:].removeprefix(".")


def chosen(span: Span) -> bool:
    """Return whether a load through a related manager takes a choice of the related rows, or takes them in another order.

    The line that asks tells; where it does not, the conditions beside the one that names the parent do.
    """
    called = methods(span, span.relation or "")
    if called:
        return not _CHOOSE.isdisjoint(called)
    if span.via_template:
        return False  # a template passes no arguments
    named = [each for each in asked(span) if each.column or each.operator != "select"]
    return len(named) > (2 if any(each.column.endswith("content_type_id") for each in named) else 1)
