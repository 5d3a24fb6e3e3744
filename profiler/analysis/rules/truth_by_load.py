"""truth-by-load: rows are loaded, and nothing is done with them but to ask whether there are any."""

from __future__ import annotations

import re
from collections.abc import Iterator

from queryscope.profiler.analysis.advice import lines
from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.analysis.found import found
from queryscope.profiler.analysis.groupings.by_line import of_one_line
from queryscope.profiler.analysis.rule import Rule
from queryscope.profiler.analysis.stacks import asking
from queryscope.profiler.finding import Finding
from queryscope.profiler.trace import Span
from queryscope.profiler.units import plural, size

ID = "truth-by-load"
_ONE_ROW = re.compile(r"\bLIMIT 1\s*$|\bFETCH FIRST 1 ROWS ONLY\s*$")


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield one finding for each queryset whose rows were loaded for a yes or no."""
    if asking.ended_early(evidence.trace):
        return  # before the rows could be used
    for spans in of_one_line(evidence, _for_truth):
        yield _finding(evidence, spans)


def _for_truth(span: Span) -> bool:
    queryset = span.queryset
    if queryset is None or queryset.uses != ("tested",) or queryset.kept or not span.rows:
        return False
    if span.load not in {"queryset", "many"} or not asking.ours(span):
        return False
    return not _ONE_ROW.search(span.sql)


def _finding(evidence: Evidence, spans: list[Span]) -> Finding:
    span, rows = spans[0], sum(span.rows or 0 for span in spans)
    times = f", {len(spans):,} times" if len(spans) > 1 else ""
    bytes_ = sum(span.bytes or 0 for span in spans)
    weight, line = f" of {size(bytes_)}" if bytes_ else "", lines.exists(span)
    return found(
        evidence,
        ID,
        spans,
        title=f"{plural(rows, 'row')} loaded to learn whether there is one{times}",
        why=f"bool() of the queryset fetched {plural(rows, 'row')}{weight}{times and ' in ' + plural(len(spans), 'query', 'queries')}, and nothing read them. exists() stops at the first "
        "row and fetches no column.",
        model=span.model,
        relation=span.relation,
        advice=lines.instead(line, ".exists()", span, "Ask with exists() where only the truth is wanted."),
        # With one row each there is next to nothing to save.
        level="low" if rows == len(spans) else None,
        certain=True,
    )


RULE = Rule(
    id=ID,
    badge="BOOL",
    name="Truth by load",
    summary="Rows are loaded only to learn whether there are any.",
    find=find,
)
