"""unordered-result: a list is cut into pages without an order, so a row may come on two of them or on none."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from queryscope.profiler.analysis.advice import edited, ordered
from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.analysis.found import found
from queryscope.profiler.analysis.rule import Rule
from queryscope.profiler.analysis.statements.clauses import Clauses, clauses, counted
from queryscope.profiler.finding import Advice, Finding, Severity
from queryscope.profiler.trace import Span

ID = "unordered-result"
_PAGINATORS = ("django/core/paginator.py", "rest_framework/pagination.py")
_GET = 21
"""The limit of ``get()``, which wants to know whether there is more than one row."""
_ONE_ROW_EACH = frozenset({"group", "distinct", "union"})
"""Clauses with which an order by the primary key would be another question."""

_COUNTED = " All rows are counted beside it, so it is probably the first page of a list."


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield one finding for each line that asks for a part of rows that have no order."""
    reported: set[tuple[object, ...]] = set()
    for span in evidence.open:
        read = clauses(span)
        key = (span.alias, span.model, span.build_sites[:1] or (span.fingerprint, span.site_id))
        if read is None or key in reported or not _cut(span, read):
            continue
        if (level := _paged(evidence, span, read)) is not None:
            reported.add(key)
            yield _finding(evidence, span, read, level)


def _cut(span: Span, read: Clauses) -> bool:
    """Tell whether a statement asks for some of the rows of a list in no order."""
    if "order" in read.names or not {"limit", "fetch", "offset"} & read.names:
        return False
    return read.limit not in {1, _GET} or "offset" in read.names


def _paged(evidence: Evidence, span: Span, read: Clauses) -> Severity | None:
    """Return how sure it is that the part is a page: one with others before it, or one that a paginator asked for.

    Where somebody counts all rows beside it, it may be the first page of a hand-made list, or an example of what there is.
    """
    if "offset" in read.names:
        return "medium"
    if span.rows is not None and read.limit is not None and span.rows < read.limit:
        return None  # all there are, on one page
    counting = [other for other in evidence.spans if _counts(other, span, read)]
    if any(frame.label in _PAGINATORS for other in (span, *counting) for frame in other.stack):
        return "medium"
    return "info" if counting else None


def _counts(other: Span, span: Span, read: Clauses) -> bool:
    """Tell whether a statement counts the rows of which ``span`` asks for a part."""
    whole = counted(other) if other.alias == span.alias and other is not span else None
    if whole is None or (whole.table, whole.where) != (read.table, read.where):
        return False
    return other.params == span.params[: len(other.params)]


def _finding(evidence: Evidence, span: Span, read: Clauses, level: Severity) -> Finding:
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
            f"{_COUNTED if level == 'info' else ''}"
        ),
        model=span.model,
        advice=_advice(evidence, span, read),
        level=level,
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
