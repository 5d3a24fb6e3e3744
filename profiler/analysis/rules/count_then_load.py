"""count-then-load: rows are counted and loaded where one of the two tells both, or loaded only to be counted."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from queryscope.profiler.analysis.advice import lines
from queryscope.profiler.analysis.advice.length import length
from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.analysis.found import found
from queryscope.profiler.analysis.groupings.by_line import of_one_line
from queryscope.profiler.analysis.rule import Rule
from queryscope.profiler.analysis.stacks import asking
from queryscope.profiler.analysis.statements import questions, sources
from queryscope.profiler.analysis.statements.sources import Source
from queryscope.profiler.finding import Advice, Finding
from queryscope.profiler.groups import whole_ms
from queryscope.profiler.trace import Span
from queryscope.profiler.units import plural, size

ID = "count-then-load"
_GUARDS = re.compile(
    r"\.count\(\)\s*[<>]=?\s*(?:[A-Za-z_]|[2-9]|1\d)|(?:\w|[2-9]|1\d)\s*[<>]=?\s*[\w.()]+\.count\(\)"
)
"""A count that is compared with a limit decides whether the rows are loaded at all."""


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield one finding for each load beside a count of its rows, and for each load that was only counted."""
    counted = [span for span in evidence.open if sources.counts(span) and _judged(evidence, span)]
    if counted and evidence.trace.kind != "test":
        yield from _beside(evidence, counted)
    for spans in of_one_line(evidence, lambda span: _loaded_to_count(evidence, span)):
        yield _only_counted(evidence, spans)


def _judged(evidence: Evidence, span: Span) -> bool:
    text = (span.call_site and span.call_site.source) or ""
    ours = (
        asking.ours(span)
        and not asking.by_paginator(span)
        and not asking.plumbing(span)
        and not asking.polls(span)
    )
    return ours and not _GUARDS.search(text) and questions.question(span, evidence.config) is not None


def _beside(evidence: Evidence, counted: list[Span]) -> Iterator[Finding]:
    tables = {(span.alias, span.tables[0]) for span in counted}
    loads = [
        (span, about)
        for span in evidence.spans
        if span.tables
        and (span.alias, span.tables[0]) in tables
        and (about := _loaded(evidence, span)) is not None
    ]
    if not loads:
        return
    changes = questions.Changes(evidence.trace.spans)
    paired: dict[tuple[str, str], list[tuple[Span, Span]]] = defaultdict(list)
    for count in counted:
        about = sources.source(count)
        near = (
            load
            for load, loaded in loads
            if about is not None and _same(evidence, changes, count, about, load, loaded)
        )
        load = min(near, key=lambda load: abs(load.n - count.n), default=None)
        if load is not None:
            paired[load.site_id, load.fingerprint].append((count, load))
    for pairs in paired.values():
        yield _counted_and_loaded(evidence, pairs)


def _loaded(evidence: Evidence, span: Span) -> Source | None:
    """Return what a statement loads where it keeps all rows of it in memory, so that their number is known."""
    queryset = span.queryset
    if queryset is None or queryset.iterator or span.load not in {"queryset", "many"} or sources.counts(span):
        return None
    if questions.question(span, evidence.config) is None:
        return None
    about = sources.source(span)
    # Of values, others may be distinct than of rows.
    return about if about is not None and about.whole and not (about.distinct and queryset.values) else None


def _same(
    evidence: Evidence, changes: questions.Changes, count: Span, about: Source, load: Span, loaded: Source
) -> bool:
    joins = load.queryset is not None and bool(load.queryset.joined)
    first, later = sorted((count, load), key=lambda span: span.n)
    return sources.same_rows(about, loaded, joins) and not changes.between(first, later)


def _counted_and_loaded(evidence: Evidence, pairs: list[tuple[Span, Span]]) -> Finding:
    count, load = pairs[0]
    counts = [each for each, _ in pairs]
    spans = {span.n: span for pair in pairs for span in pair}
    rows = f" {plural(load.rows, 'row')}" if load.rows is not None else " rows"
    before = count.n < load.n
    order = "counted, then loaded" if before else "loaded, then counted"
    near = _function(count) is not None and _function(count) == _function(load)
    return found(
        evidence,
        ID,
        [spans[n] for n in sorted(spans)],
        title=f"The same rows are {order}",
        why=f"{asking.place(count)} counted the rows that {asking.place(load)} loaded:{rows}, by the same conditions. The rows "
        "that were loaded tell their number.",
        model=load.model,
        relation=load.relation,
        build_site=load.build_sites[0] if load.build_sites else None,
        advice=_advice(count, load),
        # Far apart, one place would have to know of the other.
        level=None if near else "low",
        certain=near,
        cost_ms=sum(map(whole_ms, counts)),
    )


def _function(span: Span) -> tuple[str, str] | None:
    if span.via_template and span.template_site is not None:
        return span.template_site.name, ""
    return (span.call_site.file, span.call_site.function) if span.call_site is not None else None


def _advice(count: Span, load: Span) -> Advice:
    if count.via_template:
        line = lines.length(count)
        return Advice(
            summary="Use the length filter in place of .count: it counts the rows in memory, and loads them where they are not there yet.",
            code=line.code if line is not None else None,
            where=asking.place(count),
        )
    summary, line = _in_memory(count, load)
    return Advice(
        summary=summary,
        code=line.code if line is not None else None,
        where=asking.place(count),
        diff=line.diff if line is not None else None,
        alternatives=(
            "Keep count() where the rows are loaded only sometimes, or where it protects from loading too many.",
        ),
    )


def _in_memory(count: Span, load: Span) -> tuple[str, lines.Line | None]:
    """Return how to take the number from the rows, in words, and in the words of the source where they can be had."""
    same = lines.length_of_loaded(count, load)
    if same is not None:
        return "Take the number from the rows: len() loads them, and the loop finds them there.", same
    near = length(count, load)
    if near is not None:
        once = "Load the rows once and take" if "= list(" in near.code else "Take"
        sure = "" if near.diff else " What takes the rows now gets a list: see that it needs no queryset."
        return f"{once} their number from memory, by len().{sure}", near
    far = lines.length_elsewhere(count, load)
    here, there = asking.place(count), asking.place(load)
    words = (
        f"Take the number from the rows, where {there} goes through the very queryset that is counted here: len() loads them, "
        "and they are there when they are asked for."
        if far is not None
        else f"{there} loads the rows: keep them in a list there, and let {here} take len() of that list in place of count()."
    )
    return words, far


def _loaded_to_count(evidence: Evidence, span: Span) -> bool:
    queryset = span.queryset
    if queryset is None or queryset.kept or not span.rows or asking.ended_early(evidence.trace):
        return False
    only = set(queryset.uses) in ({"counted"}, {"counted", "tested"})
    return only and span.load in {"queryset", "many"} and asking.ours(span)


def _only_counted(evidence: Evidence, spans: list[Span]) -> Finding:
    span, rows, bytes_ = (
        spans[0],
        sum(each.rows or 0 for each in spans),
        sum(each.bytes or 0 for each in spans),
    )
    weight = f" of {size(bytes_)}" if bytes_ else ""
    # A test beside it would load the rows all the same.
    tested = span.queryset is not None and "tested" in span.queryset.uses
    line = None if tested else lines.count(span)
    times = f", {len(spans):,} times" if len(spans) > 1 else ""
    return found(
        evidence,
        ID,
        spans,
        title=f"{plural(rows, 'row')} loaded to count them{times}",
        why=f"len() of the queryset fetched {plural(rows, 'row')}{weight}, and nothing read them. count() fetches a number.",
        model=span.model,
        relation=span.relation,
        advice=lines.instead(
            line,
            ".count()",
            span,
            "Ask with count() once, and test the number."
            if tested
            else "Ask with count() where only the number is wanted.",
        ),
        # With one row each there is next to nothing to save.
        level="low" if rows == len(spans) else None,
        certain=True,
    )


RULE = Rule(
    id=ID,
    badge="C+L",
    name="Counted and loaded",
    summary="Rows are counted and loaded by two queries, or loaded only to be counted.",
    find=find,
)
