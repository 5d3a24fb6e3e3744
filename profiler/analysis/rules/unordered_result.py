"""unordered-result: a list is cut into pages without an order, so a row may come on two of them or on none."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from queryscope.profiler.analysis.advice import edited, ordered
from queryscope.profiler.analysis.clauses import Clauses, clauses, counted
from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.analysis.found import found
from queryscope.profiler.analysis.rule import Rule
from queryscope.profiler.finding import Advice, Finding
from queryscope.profiler.trace import Span

ID = "unordered-result"
_PAGINATORS = ("django/core/paginator.py", "rest_framework/pagination.py")
_GET = 21
"""The limit of ``get()``, which wants to know whether there is more than one row."""
_ONE_ROW_EACH = frozenset({"group", "distinct", "union"})
"""Clauses with which an order by the primary key would be another question."""


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield one finding for each line that asks for a part of rows that have no order."""
    reported: set[tuple[object, ...]] = set()
    for span in evidence.open:
        read = clauses(span)
        key = (span.alias, span.model, span.build_sites[:1] or (span.fingerprint, span.site_id))
        if read is not None and key not in reported and _cut(span, read) and _paged(evidence, span, read):
            reported.add(key)
            yield _finding(evidence, span, read)


def _cut(span: Span, read: Clauses) -> bool:
    """Tell whether a statement asks for some of the rows of a list in no order."""
    if "order" in read.names or not {"limit", "fetch"} & read.names:
        return False
    return read.limit not in {1, _GET} or "offset" in read.names


def _paged(evidence: Evidence, span: Span, read: Clauses) -> bool:
    """Tell whether the part is a page: there is another before it, or somebody counts all rows beside it."""
    if "offset" in read.names:
        return True
    if span.rows is not None and read.limit is not None and span.rows < read.limit:
        return False  # all there are, on one page
    paginator = any(frame.label in _PAGINATORS for frame in span.stack)
    return paginator or any(_counts(other, span, read) for other in evidence.spans)


def _counts(other: Span, span: Span, read: Clauses) -> bool:
    """Tell whether a statement counts the rows of which ``span`` asks for a part."""
    whole = counted(other) if other.alias == span.alias and other is not span else None
    if whole is None or (whole.table, whole.where) != (read.table, read.where):
        return False
    return other.params == span.params[: len(other.params)]


def _finding(evidence: Evidence, span: Span, read: Clauses) -> Finding:
    model = span.model.rpartition(".")[2] if span.model else (span.tables or ("",))[0]
    return found(
        evidence,
        ID,
        [span],
        title=f"Pages of {model} are cut from rows without an order"
        if model
        else "Pages are cut from rows without an order",
        why=(
            "The statement has a LIMIT and no ORDER BY. The database may return the rows in another order the next time, so "
            "a row can come on two pages or on none."
        ),
        model=span.model,
        advice=_advice(evidence, span, read),
        certain=True,
        build_site=edited(evidence, span),
    )


def _advice(evidence: Evidence, span: Span, read: Clauses) -> Advice:
    if span.model is None or read.names & _ONE_ROW_EACH:
        return Advice(summary="Order by something that is different in every row, or end the order with it.")
    advice = ordered(evidence, span)
    default = 'ordering = ["pk"] in the model\'s Meta orders every list of it that names no order.'
    return replace(advice, alternatives=(*advice.alternatives, default))


RULE = Rule(
    id=ID,
    badge="ORD",
    name="Pages without an order",
    summary="A list is cut into pages without an order, so a row may come twice or never.",
    find=find,
)
