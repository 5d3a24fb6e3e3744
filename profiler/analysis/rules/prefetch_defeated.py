"""prefetch-defeated: a relation was prefetched, and a query per row asks for it again."""

from __future__ import annotations

import re
from collections.abc import Iterator

from queryscope.profiler.analysis.advice import edited, filtered
from queryscope.profiler.analysis.advice.annotated import along
from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.analysis.found import found
from queryscope.profiler.analysis.groupings.loops import RowByRow, path_of, row_by_row
from queryscope.profiler.analysis.rule import Rule
from queryscope.profiler.analysis.statements.shapes import asked, chosen, methods, shape
from queryscope.profiler.analysis.wording import built, place, short, times
from queryscope.profiler.finding import Advice, Finding
from queryscope.profiler.trace import Span

_IN_PYTHON = {
    "count": "sum(1 for each in {rows} if …)",
    "exists": "any(… for each in {rows})",
    "one": "next((each for each in {rows} if …), None)",
    "order_by": "sorted({rows}, key=…)",
    "values_list": "[each.… for each in {rows}]",
}
"""What asks the prefetched rows and no database, by what is asked or by the method that asks."""
_ONE_COLUMN = re.compile(r"""["'](?P<name>\w+)["'], flat=True""")
_ALL_ROWS = frozenset({"all", "iterator", "aiterator", "values_list"})
"""Methods that choose nothing: the prefetch brought every row that they ask for."""


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield one finding for each prefetched relation that rows asked the database for again."""
    prefetched = _prefetched(evidence)
    if not prefetched:
        return

    def again(span: Span) -> object:
        return True if span.load == "many" and _key(span) in prefetched and _bypasses(span) else None

    for loop in row_by_row(evidence, again, _row):
        yield _finding(evidence, loop)


def _bypasses(span: Span) -> bool:
    """Return whether a load asks for more than ``all()``, which a prefetch answers unless it filled an attribute (``to_attr``)."""
    return (chosen(span) or shape(span) != "rows") and not any(
        "to_attr" in (site.source or "") for site in (span.origin.build_sites if span.origin else ())
    )


def _prefetched(evidence: Evidence) -> set[tuple[int, str]]:
    return {_key(span) for span in evidence.spans if span.load == "prefetch" and span.origin is not None}


def _key(span: Span) -> tuple[int, str]:
    assert span.origin is not None
    return span.origin.root, path_of(span)


def _row(span: Span) -> str | None:
    """Return the row that a load starts from: the key it asks for.

    All querysets that one ``Prefetch`` filled share the hint which tells the row, so it names the last row for all.
    """
    keys = [
        value.text
        for each, value in zip(asked(span), span.params, strict=False)
        if each.column.endswith("_id") and each.operator == "="
    ]
    return ",".join(map(str, keys)) if keys else span.parent_row


def _finding(evidence: Evidence, loop: RowByRow) -> Finding:
    start = loop.first.origin
    assert start is not None
    site = edited(evidence, start)
    called = methods(loop.first, loop.name)
    by = f" by {called[-1]}()" if called else ""
    return found(
        evidence, "prefetch-defeated", loop.spans,
        title=f"{short(loop.holder)}.{loop.name} prefetched, then asked for again {times(len(loop.spans))}",
        why=f"{place(loop.first)} asks for {loop.name} of each row{by}, which a prefetch does not answer. It was prefetched "
        f"for {built(site)}: that query is paid for as well.",
        advice=_advice(evidence, loop), certain=True, model=loop.model, relation=loop.name, path=loop.path,
        build_site=site,
    )  # fmt: skip


def _advice(evidence: Evidence, loop: RowByRow) -> Advice:
    start = loop.first.origin
    assert start is not None
    kind, called = shape(loop.first), methods(loop.first, loop.name)
    if called and _ALL_ROWS.issuperset(called):
        return _from_all(loop, called[-1])
    advice = (
        filtered(evidence, start, loop.path, loop.spans) if kind == "rows" else along(evidence, loop, kind)
    )
    way = (
        _IN_PYTHON.get(kind)
        or _IN_PYTHON.get(called[0] if called else "")
        or "[each for each in {rows} if …]"
    )
    asked_for = way.format(rows=f"row.{loop.name}.all()")
    kept = f"Keep the prefetch and choose in Python, where the rows are needed anyway: {asked_for}."
    if advice.code is None and kind == "rows":
        return Advice(
            summary=f"The prefetch brought {loop.name}: choose among them in Python, for no fixed choice stands in the line that "
            "a Prefetch could make for all rows.",
            alternatives=(kept,),
        )
    return Advice(
        summary=advice.summary, code=advice.code, where=advice.where, diff=advice.diff,
        alternatives=(*advice.alternatives, kept),
        next=advice.next or _old(loop.name, advice.code or ""),
    )  # fmt: skip


def _old(name: str, code: str) -> str:
    """Return in words what becomes of the prefetch that was there."""
    call = re.search(r"prefetch_related\((?P<arguments>.*?)to_attr=", code, re.DOTALL)
    named = rf"""(?<!Prefetch\()["'](?:\w+__)?{name}(?:__\w+)?["']"""
    whole = not code.startswith((".", "from "))
    if whole and call is not None and re.search(named, call["arguments"]) is None:
        return f"The old prefetch goes, for nothing read it here: keep it where another way through the code reads {name}.all()."
    return f"Where nothing else reads {name}.all(), take the old prefetch out: it is paid for and not read."


def _from_all(loop: RowByRow, method: str) -> Advice:
    """Return the advice to go through the rows that are there, where all of them are asked for again."""
    way = _IN_PYTHON.get(method, "{rows}").format(rows=f"row.{loop.name}.all()")
    return Advice(
        summary=f"{method}() is a query of its own. Take it from the rows that the prefetch brought: {way}.",
        code=_rewritten(loop.first, loop.name) or f"row.{loop.name}.all()", where=place(loop.first),
    )  # fmt: skip


def _rewritten(span: Span, name: str) -> str | None:
    """Return the expression that asked as it is to read, ``None`` where the line does not tell it."""
    asks = re.compile(
        rf"(?P<rows>[\w.]+\.{name})\.(?P<method>values_list|a?iterator)\((?P<arguments>[^()]*)\)"
    )
    for site in (*reversed(span.build_sites), span.call_site):
        found = asks.search((site and site.source) or "")
        if found is None:
            continue
        if found["method"] != "values_list":
            return f"{found['rows']}.all()"
        column = _ONE_COLUMN.fullmatch(found["arguments"])
        if column is not None and "__" not in column["name"]:
            return f"[each.{column['name']} for each in {found['rows']}.all()]"
    return None


RULE = Rule(
    id="prefetch-defeated", badge="PRE", name="Prefetch defeated",
    summary="A relation was prefetched, but the loop filters or orders again and asks the database for each row.",
    find=find, explains=True,
)  # fmt: skip
