"""unused-columns: much more was read from the database than the response holds, so columns may have come along for nothing."""

from __future__ import annotations

from collections.abc import Iterator

from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.analysis.found import found
from queryscope.profiler.analysis.groupings.by_line import of_one_line
from queryscope.profiler.analysis.rule import Rule
from queryscope.profiler.analysis.stacks import asking
from queryscope.profiler.finding import Advice, Finding
from queryscope.profiler.trace import Span, Trace
from queryscope.profiler.units import plural, size

ID = "unused-columns"
LEAST_BYTES = 100_000
"""A smaller answer is not worth a look."""
LEAST_COLUMNS = 4
MOST_SHARE = 0.1
"""Of the bytes read, that the response has at most."""


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield one hint for each wide answer of which the response can hold only a small part."""
    response = _response_bytes(evidence.trace)
    if response is not None:
        for spans in of_one_line(evidence, lambda span: _wide(evidence, span)):
            if response <= sum(span.bytes or 0 for span in spans) * MOST_SHARE:
                yield _finding(evidence, spans, response)


def _response_bytes(trace: Trace) -> int | None:
    """Return the size of a response that shows what was read: not of an error, a redirect, a stream, a file, an archive."""
    shown = trace.kind == "request" and trace.error is None and trace.status == 200
    if (
        not shown
        or trace.method == "HEAD"
        or trace.response_encoding
        or any(lane.name == "streaming" for lane in trace.lanes)
    ):
        return None
    return trace.response_bytes


def _wide(evidence: Evidence, span: Span) -> bool:
    queryset = span.queryset
    if queryset is None or (span.bytes or 0) < LEAST_BYTES or (span.columns or 0) < LEAST_COLUMNS:
        return False
    if queryset.values or queryset.kept or queryset.only or queryset.deferred:
        return False
    # What was loaded and never gone through, and what is too many rows, other rules tell.
    used = span.load == "prefetch" or set(queryset.uses) & {"iterated", "indexed", "other"}
    return bool(used) and (span.rows or 0) < evidence.config.large_rows and asking.ours(span)


def _finding(evidence: Evidence, spans: list[Span], response: int) -> Finding:
    span, weight = spans[0], size(sum(span.bytes or 0 for span in spans))
    rows = plural(sum(span.rows or 0 for span in spans), "row")
    return found(
        evidence,
        ID,
        spans,
        title=f"{weight} read for a response of {size(response)}",
        why=f"{plural(len(spans), 'query', 'queries')} brought {rows} of {plural(span.columns or 0, 'column')}, about {weight}. "
        f"The response has {size(response)}, so most of it was not shown. Which columns nothing read, the trace alone does not "
        "tell; a replay can prove it.",
        model=span.model,
        relation=span.relation,
        advice=Advice(
            summary="Name the columns that are read with only(), or leave the heavy ones out with defer().",
            alternatives=("Leave it as it is where the columns serve a computation.",),
            next="A column that was left out and is read after all is loaded row by row.",
        ),
        level="info",
    )


RULE = Rule(
    id=ID,
    badge="COL",
    name="Unused columns",
    summary="A query brings far more bytes than the response has; some of its columns may be read by nothing.",
    find=find,
)
