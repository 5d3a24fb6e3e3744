"""get-in-loop: rows are looked up one by one by a key that one statement could ask for together."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec.structs import replace

from queryscope.profiler.analysis.advice.lookups import Lookup, lookup
from queryscope.profiler.analysis.advice.managers import manager
from queryscope.profiler.analysis.advice.wording import listed
from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.analysis.found import found
from queryscope.profiler.analysis.groupings.loops import FOLLOWS
from queryscope.profiler.analysis.groupings.repeats import (
    Repeated,
    asked_by_application,
    inside,
    into_cache,
    over_constants,
    recursive,
    repeated,
    walks,
)
from queryscope.profiler.analysis.rule import Rule
from queryscope.profiler.analysis.statements.shapes import asked, differing, locks, shape
from queryscope.profiler.analysis.wording import place, short, times
from queryscope.profiler.finding import Advice, Finding
from queryscope.profiler.trace import Span

LEAST, LEAST_UNSEEN = 3, 5
"""Times that a lookup must have run where a loop stands around it, and where none is seen or it goes through constants."""
_GETS = re.compile(r"\bLIMIT 21$|\bFETCH FIRST 21 ROWS ONLY$")
_LIMITS = re.compile(r"\bLIMIT \S+(?: OFFSET \S+)?$|\bFETCH (?:FIRST|NEXT) \S+ ROWS ONLY$")
_OTHERS = frozenset(
    {"refresh_from_db", "arefresh_from_db", "get_or_create", "update_or_create", "save", "delete"}
)


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield one finding for each line that looked rows up one by one."""
    for again in repeated(evidence, _looks_up, LEAST):
        if _is_loop(again) and _by_key(again):
            yield _finding(evidence, again)


def _looks_up(span: Span) -> bool:
    return (
        span.kind == "select"
        and span.origin is None
        and span.load in {"queryset", "raw", None}
        and shape(span) == "rows"
        and not locks(span)
        and not _cut(span)
        and asked_by_application(span)
        and not inside(span, _OTHERS)
    )


def _cut(span: Span) -> bool:
    """Return whether a statement takes the first rows of each value, which one query for all values would not."""
    return _LIMITS.search(span.sql) is not None and _GETS.search(span.sql) is None


def _is_loop(again: Repeated) -> bool:
    seen = again.loop is not None and not over_constants(again.loop)
    enough = again.distinct >= (LEAST if seen else LEAST_UNSEEN)
    return enough and not walks(again.loop) and not recursive(again) and not into_cache(again)


def _by_key(again: Repeated) -> bool:
    """Return whether only keys differ: each a column that is compared for equality."""
    columns, places = asked(again.first), differing(again.spans)
    return bool(places) and all(
        place < len(columns) and columns[place].operator == "=" and columns[place].column for place in places
    )


def _finding(evidence: Evidence, again: Repeated) -> Finding:
    first = again.first
    what = "looked up" if _one_each(again) else "queried"
    model = short(first.model) or (first.tables[0] if first.tables else "a row")
    columns = asked(first)
    keys = listed([columns[place].column for place in differing(again.spans)])
    through = f" in the loop “{again.loop}”" if again.loop else ""
    return found(
        evidence, "get-in-loop", again.spans,
        title=f"{model} {what} {times(len(again.spans))}, one {keys} at a time",
        why=f"{place(first)}{through} sends one query for each {keys}. One query can ask for all of them.",
        advice=_advice(evidence, again), model=first.model,
    )  # fmt: skip


def _advice(evidence: Evidence, again: Repeated) -> Advice:
    places = differing(again.spans)
    asks = lookup(again.first, places, again.loop, manager(evidence, again.first.model))
    code = None
    summary = "Ask for all rows in one query before the loop, and look them up in the loop."
    if asks is not None:
        code = _code(again, asks)
        summary += (
            "" if asks.keys_known or code is None else " keys stands for all values that the loop asks for."
        )
    elif len(places) > 1:
        summary = "Ask for all rows in one query before the loop, by the values of one column, and choose among them by the others."
    advice = Advice(summary=summary, code=code, where=f"before the loop around {place(again.first)}")
    followed = _followed(evidence, again)
    if followed:
        names = listed(followed)
        advice = replace(
            advice, next=f"Each row goes on to load {names}: then load that along in the one query."
        )
    return advice


def _code(again: Repeated, asks: Lookup) -> str | None:
    """Return the query for all rows. It is no diff: a key without a row gives another error, and a text is no number as a key."""
    each = short(again.first.model).lower()
    waits = _awaited(again.first)
    loop = "async for" if waits else "for"
    if asks.bulk is not None:
        return f"{each}_by_pk = {'await ' if waits else ''}{asks.bulk}.{'ain_bulk' if waits else 'in_bulk'}({asks.keys})"
    if asks.keyed is None:
        return None
    name = f"{each}_by_{asks.column.replace('__', '_')}"
    if _one_each(again):
        imported = f"{asks.imports}\n" if asks.imports else ""
        return f"{imported}{name} = {{{each}.{asks.attribute}: {each} {loop} {each} in {asks.keyed}}}"
    return (
        f"from collections import defaultdict\n{asks.imports}\n{name} = defaultdict(list)\n"
        f"{loop} {each} in {asks.keyed}:\n    {name}[{each}.{asks.attribute}].append({each})"
    )


def _awaited(span: Span) -> bool:
    """Return whether the line waits for its row: what is asked before the loop has to be waited for as well."""
    return span.call_site is not None and "await " in (span.call_site.source or "")


def _one_each(again: Repeated) -> bool:
    """Return whether each value has one row, as ``get()`` demands: it asks for a few more to be sure."""
    return _GETS.search(again.first.sql) is not None


def _followed(evidence: Evidence, again: Repeated) -> list[str]:
    """Return the relations that were loaded from the rows, which one by one were no rows of one queryset."""
    numbers = {span.n for span in again.spans}
    names = (
        span.relation
        for span in evidence.spans
        if span.origin is not None and span.origin.span in numbers and span.load in FOLLOWS and span.relation
    )
    return list(dict.fromkeys(names))


RULE = Rule(
    id="get-in-loop", badge="GET", name="Lookups in a loop",
    summary="Rows are looked up one by one by a key, where one query could ask for all of them.",
    find=find, explains=True,
)  # fmt: skip
