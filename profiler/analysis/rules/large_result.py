"""large-result: so many rows were loaded into memory at once that the database should have cut, counted or handed them on."""

from __future__ import annotations

from collections.abc import Iterator

from queryscope.profiler.analysis.advice.streaming import streamed
from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.analysis.found import found
from queryscope.profiler.analysis.rule import Rule
from queryscope.profiler.analysis.stacks import asking
from queryscope.profiler.finding import Advice, Finding, Severity
from queryscope.profiler.trace import Span, Trace
from queryscope.profiler.units import count, size

ID = "large-result"
_COLLECTS = "django/db/models/deletion.py"
"""Django loads what it is about to delete, to follow its relations."""


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield one finding for each line whose statements held many rows in memory together."""
    for spans in evidence.by_statement.values():
        held = [span for span in spans if _held(evidence, span)]
        sliced = [span for span in held if _only_cut(span)]
        if sliced:
            yield _sliced(evidence, sliced)
        elif held:
            yield _whole(evidence, held)


def _only_cut(span: Span) -> bool:
    uses = _uses(span)
    return bool(uses & {"sliced", "indexed"}) and uses <= {"sliced", "indexed", "counted", "tested"}


def _uses(span: Span) -> frozenset[str]:
    return frozenset(span.queryset.uses) if span.queryset is not None else frozenset()


def _held(evidence: Evidence, span: Span) -> bool:
    queryset = span.queryset
    if (span.rows or 0) < evidence.config.large_rows or span.kind != "select":
        return False
    if queryset is None:
        return span.load == "raw"
    if queryset.iterator or queryset.kept or not asking.ours(span):
        return False
    if any(lane.name == "streaming" for lane in evidence.trace.lanes):
        return False
    # What was only counted or tested, other rules tell.
    if _uses(span) and _uses(span) <= {"counted", "tested"}:
        return False
    return not any(frame.label == _COLLECTS for frame in asking.near(span))


def _sliced(evidence: Evidence, spans: list[Span]) -> Finding:
    span = spans[0]
    rows = count(span.rows)
    return found(
        evidence,
        ID,
        spans,
        title=f"{rows} rows loaded and then sliced away{_times(spans)}",
        why=f"The queryset was evaluated as a whole, {rows} rows{_weight(span)}, and only slices of the list were used. What ran "
        "before the slice, a bool() or a len(), filled it.",
        model=span.model,
        relation=span.relation,
        advice=Advice(
            summary="Slice or paginate the queryset before anything evaluates it: the slice then is a LIMIT in the query. Ask "
            "with exists() and count() what bool() and len() asked. per_page stands for the rows that one page shows.",
            code="Paginator(queryset, per_page)",
            where=asking.place(span),
        ),
        certain=True,
    )


def _whole(evidence: Evidence, spans: list[Span]) -> Finding:
    span, response = spans[0], _response_bytes(evidence.trace)
    rows = span.rows or 0
    reduced = response is not None and response < rows
    told = (
        f" The response has {size(response)}, less than a byte for each row: they were counted, summed or thrown away in Python."
        if reduced
        else ""
    )
    return found(
        evidence,
        ID,
        spans,
        title=f"{count(rows)} rows loaded at once{_times(spans)}",
        why=f"{count(rows)} rows{_weight(span)} were in memory together; LARGE_ROWS is {count(evidence.config.large_rows)}.{told}",
        model=span.model,
        relation=span.relation,
        advice=_reduce(span) if reduced else _pass_on(evidence.trace, span),
        level=None if reduced else _level(span),
    )


def _response_bytes(trace: Trace) -> int | None:
    """Return how large the page was that the rows were loaded for; an error or a redirect shows none of them."""
    shown = trace.kind == "request" and trace.error is None and trace.status == 200 and trace.method != "HEAD"
    return trace.response_bytes if shown else None


def _level(span: Span) -> Severity:
    """All rows may be needed: nobody but the author knows, and a prefetch follows another queryset."""
    return "info" if span.load == "prefetch" else "low"


def _times(spans: list[Span]) -> str:
    return f", {len(spans):,} times" if len(spans) > 1 else ""


def _weight(span: Span) -> str:
    return f" of together {size(span.bytes)}" if span.bytes else ""


def _reduce(span: Span) -> Advice:
    return Advice(
        summary="Let the database count, sum or group: aggregate(), or annotate() after values(), returns only the result. Slice "
        "the queryset where only some rows are shown. column stands for what the rows are grouped by.",
        code='from django.db.models import Count\n\n.values("column").annotate(count=Count("pk"))',
        where=asking.place(span),
        alternatives=(
            '.aggregate(total=Sum("column")) where one number is made of all rows, and column is what it adds up.',
            "Paginate the queryset, not the list of its rows.",
        ),
    )


def _pass_on(trace: Trace, span: Span) -> Advice:
    if trace.kind == "request":
        return Advice(
            summary="Show a page of them: Paginator, or a slice. What must be whole, such as an export, can be streamed from "
            ".iterator().",
        )
    line = streamed(span)
    if line is not None:
        return Advice(
            summary="Go through them with iterator(): it holds one chunk at a time.",
            code=line.code,
            where=asking.place(span),
            diff=line.diff,
        )
    return Advice(
        summary="Go through them with .iterator(chunk_size=2000): it holds one chunk at a time.",
        where=asking.place(span),
        next="Without its rows in memory, a second pass over the queryset runs the query again.",
    )


RULE = Rule(
    id=ID,
    badge="BIG",
    name="Large result",
    summary="Thousands of rows are loaded into memory at once.",
    find=find,
)
