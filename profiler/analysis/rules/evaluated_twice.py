"""evaluated-twice: one queryset sends its query again though nothing changed, because its rows were not kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from queryscope.profiler.analysis.advice import lines
from queryscope.profiler.analysis.advice.once import once
from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.analysis.found import found
from queryscope.profiler.analysis.groupings.by_line import Again, asked_again, streamed
from queryscope.profiler.analysis.rule import Rule
from queryscope.profiler.analysis.stacks import asking
from queryscope.profiler.analysis.statements import questions
from queryscope.profiler.analysis.statements.shapes import shape
from queryscope.profiler.finding import Advice, Finding
from queryscope.profiler.groups import whole_ms
from queryscope.profiler.trace import Span
from queryscope.profiler.units import plural

ID = "evaluated-twice"
_FIRST_USE = "before the first use"


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield one finding for each queryset that was evaluated again while its answer could not have changed."""
    asked: dict[tuple[int, questions.Question], list[Span]] = defaultdict(list)
    for span in evidence.open:
        base = span.queryset.base if span.queryset is not None else 0
        # Each form asks for the options of its fields by itself: that is another problem.
        if not base or span.field_site is not None or span.load == "prefetch":
            continue
        question = questions.question(span, evidence.config)
        if question is not None:
            asked[base, question].append(span)
    several = (spans for spans in asked.values() if len(spans) > 1 and _judged(evidence, spans))
    for again in asked_again(evidence, several):
        yield _finding(evidence, again)


def _judged(evidence: Evidence, spans: list[Span]) -> bool:
    first = spans[0]
    if streamed(spans, evidence.config):
        return False
    ours = any(map(asking.ours, spans))
    return (
        ours
        and questions.steady(first)
        and not asking.plumbing(first)
        and not any(asking.polls(span) or asking.on_purpose(span) or asking.locks(span) for span in spans)
    )


def _finding(evidence: Evidence, again: Again) -> Finding:
    spans = again.spans
    prefetched = _prefetches(evidence, spans)
    firsts = {run[0].n for run in again.runs}
    later = (span for span in prefetched if span.origin is not None and span.origin.span not in firsts)
    return found(
        evidence,
        ID,
        [*spans, *prefetched],
        title=_title(again),
        why=f"{_told(again)} Nothing wrote to its tables in between.",
        model=spans[0].model,
        advice=_advice(spans),
        certain=True,
        cost_ms=again.later_ms + sum(map(whole_ms, later)),
    )


def _prefetches(evidence: Evidence, spans: list[Span]) -> list[Span]:
    """Return the prefetches that the statements brought with them, in the order of execution."""
    numbers = {span.n for span in spans}
    return [
        span
        for span in evidence.open
        if span.load == "prefetch" and span.origin is not None and span.origin.span in numbers
    ]


def _title(again: Again) -> str:
    if len(again.runs) > 1:
        return f"{len(again.runs):,} querysets were each run more than once"
    number = len(again.runs[0])
    return f"One queryset was run {'twice' if number == 2 else f'{number:,} times'}"


def _told(again: Again) -> str:
    first = again.runs[0][0]
    places = list(dict.fromkeys(map(asking.place, again.spans)))
    where = f"at {places[0]}" if len(places) == 1 else f"at {', then at '.join(places)}"
    rows = f", each time for the same {plural(first.rows, 'row')}" if first.rows is not None else ""
    if len(again.runs) > 1:
        return f"They were evaluated {where}, {len(again.spans):,} times together."
    return f"It was evaluated {where}{rows}."


def _advice(spans: list[Span]) -> Advice:
    iterated = [span for span in spans if span.queryset is not None and span.queryset.iterator]
    if not iterated:
        known = once(spans)
        if known is None and shape(spans[0]) == "one":
            return Advice(
                summary="Take the one row once, give it a name, and use the name in all places: an index of a queryset that was "
                "not evaluated asks for that row each time.",
                where=_FIRST_USE,
            )
        return Advice(
            summary="Evaluate it once and use the rows: all(), a slice or a further method makes a queryset that asks anew.",
            code=known.code if known is not None else None,
            where=known.where if known is not None else _FIRST_USE,
            diff=known.diff if known is not None else None,
        )
    places = {(span.call_site.file, span.call_site.line) for span in iterated if span.call_site is not None}
    line = lines.without_iterator(iterated[0].call_site) if len(places) == 1 else None
    return Advice(
        summary="iterator() hands rows on and keeps none: leave it out where the rows are wanted again.",
        code=line.code if line is not None else None,
        where=asking.place(iterated[0]) if line is not None else _FIRST_USE,
        diff=line.diff if line is not None else None,
        alternatives=(
            "Do all of the work in one pass over iterator(), where the rows do not fit into memory.",
        ),
    )


RULE = Rule(
    id=ID,
    badge="2×",
    name="Evaluated twice",
    summary="One queryset sends the same query more than once, because its rows were not kept.",
    find=find,
    explains=True,
)
