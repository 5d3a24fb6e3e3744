"""write-in-loop: rows are inserted, changed or deleted one by one where one statement could take them all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from queryscope.profiler.analysis.advice.bulk import bulk, of_list
from queryscope.profiler.analysis.advice.upserts import upsert
from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.analysis.found import found
from queryscope.profiler.analysis.groupings.repeats import (
    Ways,
    asked_by_application,
    function_inside,
    inside,
    over_constants,
    walks,
)
from queryscope.profiler.analysis.rule import Rule
from queryscope.profiler.analysis.stacks.asking import by_list, plumbing
from queryscope.profiler.analysis.statements.shapes import locks
from queryscope.profiler.analysis.wording import place, short, times
from queryscope.profiler.finding import Finding
from queryscope.profiler.trace import Span

LEAST = 5
"""Rows from which writing them one by one is worth a finding."""
PAIRS = frozenset({"get_or_create", "update_or_create", "aget_or_create", "aupdate_or_create"})
_BULK = frozenset({"bulk_create", "bulk_update", "abulk_create", "abulk_update", "set", "aset"})
"""Calls that take many rows; ``set()`` of a relation writes what it misses."""
_ADDED = frozenset({"_add_items"})
"""Django's own bulk insert behind ``add()`` of a relation: of a single row here."""
_WRITTEN = {"insert": "inserted", "update": "updated", "delete": "deleted"}
_Line = tuple[object, ...]
_UNREAD = "?"


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield one finding for each line that wrote row by row, and for each that looked for a row before it wrote it."""
    pairs: dict[_Line, list[Span]] = defaultdict(list)
    writes: dict[_Line, list[Span]] = defaultdict(list)
    ways, calls = Ways(), dict[int, str | None]()
    for span in _often(evidence):
        call = calls.get(id(span.stack), _UNREAD)
        if call is _UNREAD:
            call = calls[id(span.stack)] = _call(span)
        if call in PAIRS:
            pairs[span.alias, span.site_id, ways.of(span), call].append(span)
        elif call is not None and span.kind in _WRITTEN and span.batch is None and (span.rows or 0) <= 1:
            writes[span.alias, span.site_id, ways.of(span)].append(span)
    for line, spans in pairs.items():
        if _served(evidence, spans):
            yield from _pairs(evidence, str(line[-1]).removeprefix("a"), spans)
    for spans in writes.values():
        if _served(evidence, spans):
            yield from _writes(evidence, spans)


def _often(evidence: Evidence) -> Iterator[Span]:
    """Yield what lines sent that sent enough to be a loop: looking at the stack of everything would take long."""
    lines: dict[_Line, list[Span]] = defaultdict(list)
    for span in evidence.open:
        if span.kind in _WRITTEN or span.kind == "select":
            lines[span.alias, span.site_id].append(span)
    for spans in lines.values():
        if len(spans) >= LEAST:
            yield from (span for span in spans if not plumbing(span))


def _call(span: Span) -> str | None:
    """Return the call of the application that takes one row: its name where it looks for the row first, ``""`` for others."""
    pair = function_inside(span, PAIRS)
    if pair is not None:
        return pair
    bulk = function_inside(span, _BULK)
    if bulk is not None and (bulk.endswith("set") or not inside(span, _ADDED)):
        return None
    return "" if asked_by_application(span) or (span.kind == "insert" and by_list(span)) else None


def _served(evidence: Evidence, spans: Sequence[Span]) -> bool:
    """Return whether one statement could do the work: no step needs the one before, and none has a lock of its own."""
    site = spans[0].call_site
    loop = site.loop if site is not None else None
    if len(spans) < LEAST or walks(loop) or (over_constants(loop) and not _counted(loop)):
        return False
    if function_inside(spans[0], PAIRS):
        return True  # each of them locks its row by itself
    if _locked_one_by_one(evidence, spans):
        return False
    units = {span.transaction for span in spans if span.transaction is not None}
    locked = {span.transaction for span in evidence.spans if span.transaction in units and locks(span)}
    return len(locked - {None}) < 2


def _counted(loop: str | None) -> bool:
    """Return whether a loop counts: the rows that it writes are not written down in the code one by one."""
    return "range(" in (loop or "")


def _locked_one_by_one(evidence: Evidence, spans: Sequence[Span]) -> bool:
    """Return whether the code locks each row before it writes it, as a transaction may do for many: at least half of them."""
    first, last = spans[0].n, spans[-1].n
    between = (span for span in evidence.spans if span.kind == "select" and first < span.n < last)
    return 2 * sum(map(locks, between)) >= len(spans)


def _pairs(evidence: Evidence, function: str, spans: Sequence[Span]) -> Iterator[Finding]:
    looked = [span for span in spans if span.kind == "select"]
    calls = len({span.params for span in looked})
    if calls < LEAST:
        return
    model = short(looked[0].model) or looked[0].tables[0]
    yield found(
        evidence, "write-in-loop", spans, title=f"{model} written by {function}() {times(calls)}, one row at a time",
        why=f"{place(spans[0])} calls {function}() for one row after the other: each call looks for the row and then "
        "writes it. One statement can take all rows and let the database decide which of them exist.",
        advice=upsert(evidence, function, spans), model=looked[0].model,
    )  # fmt: skip


def _writes(evidence: Evidence, spans: Sequence[Span]) -> Iterator[Finding]:
    """Yield the finding of one line: the rows of the last table that it wrote, with what had to be written for them."""
    last = spans[-1]
    own = [span for span in spans if span.kind == last.kind and span.fingerprint == last.fingerprint]
    if len(_keys(own)) < LEAST or _inherited(spans):
        return
    model = short(last.model) or last.tables[0]
    if last.call_site is None and by_list(last):
        yield _listed(evidence, spans, f"{model} inserted {times(len(own))}, one row at a time")
        return
    loop = last.call_site.loop if last.call_site is not None else None
    through = f" in the loop “{loop}”" if loop else ""
    yield found(
        evidence, "write-in-loop", spans, title=f"{model} {_WRITTEN[last.kind]} {times(len(own))}, one row at a time",
        why=f"{place(last)}{through} sends one {last.kind.upper()} for each row. One statement can take all of them.",
        advice=bulk(evidence, [span for span in spans if span.kind == last.kind]), model=last.model,
    )  # fmt: skip


def _listed(evidence: Evidence, spans: Sequence[Span], title: str) -> Finding:
    """Return the finding of a serializer with ``many=True``: there is no line of the application to name."""
    return found(
        evidence, "write-in-loop", spans, title=title,
        why="A serializer with many=True creates one row after the other: create() of ListSerializer calls create() of the "
        "serializer for each item. One statement can take all of them.",
        advice=of_list(spans[-1]), model=spans[-1].model,
    )  # fmt: skip


def _keys(spans: Sequence[Span]) -> set[object]:
    """Return the rows that were written, told apart by the key, which stands last; of new rows, by all their values."""
    if spans[0].kind == "insert":
        return {span.params for span in spans}
    return {span.params[-1] for span in spans if span.params}


def _inherited(spans: Sequence[Span]) -> bool:
    """Return whether each row was inserted into several tables, which ``bulk_create()`` refuses to do."""
    inserted = {span.tables[:1] for span in spans if span.kind == "insert"}
    return len(inserted) > 1


RULE = Rule(
    id="write-in-loop", badge="WRT", name="Writes in a loop",
    summary="Rows are inserted, changed or deleted one by one where one statement could take them all.",
    find=find, explains=True,
)  # fmt: skip
