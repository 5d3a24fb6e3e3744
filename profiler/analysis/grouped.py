"""Advice for what a loop asks row by row and one statement can answer for all rows: counts, answers yes or no, first rows."""

from __future__ import annotations

import re

from queryscope.profiler.analysis.advice import filtered
from queryscope.profiler.analysis.advice.change import Add, Change
from queryscope.profiler.analysis.advice.paths import follow
from queryscope.profiler.analysis.advice.placed import placed
from queryscope.profiler.analysis.advice.roots import root_of
from queryscope.profiler.analysis.advice.wording import rows_of
from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.analysis.lookups import Lookup, lookup
from queryscope.profiler.analysis.loops import RowByRow
from queryscope.profiler.analysis.repeats import Repeated
from queryscope.profiler.analysis.shapes import asked, differing, methods
from queryscope.profiler.analysis.telling import place, short
from queryscope.profiler.finding import Advice
from queryscope.profiler.trace import Origin, Relation, Span

_ORDER = re.compile(r"ORDER BY (?P<columns>.+?) (?:LIMIT|FETCH) ")
_COLUMN = re.compile(r'(?:["`]\w+["`]\.)?["`](?P<name>\w+)["`] (?P<way>ASC|DESC)')
_SUM = re.compile(r'SELECT (?P<function>SUM|AVG|MIN|MAX)\((?:["`]\w+["`]\.)?["`](?P<column>\w+)["`]\)')
_PLAIN = frozenset({"all", "first", "last", "order_by", "earliest", "latest"})
_NOT_NEEDED = "Is the loop short and its length fixed, then leave it as it is."


def exists_along(evidence: Evidence, start: Origin, loop: RowByRow) -> Advice:
    """Return the advice to ask in the query of the rows whether a relation of theirs has any."""
    root = root_of(evidence, start)
    near = next(iter(root.relative([loop.path])), loop.name)
    relation = follow(evidence.relations, root.model, near.split("__"))[-1]
    if relation is None or "__" in near or root.queryset.values or root.combined or root.raw:
        return filtered(evidence, start, loop.path, loop.spans)
    name = f"has_{near}"
    argument = f"{name}=Exists({_related(relation, loop.first)})"
    change = Change(steps=(Add(method="annotate", arguments=(argument,), needs=("Exists", "OuterRef")),))
    summary = f"Ask in the query of the {rows_of(root.model)}, and read {name} in place of {near}.exists()."
    return placed(evidence, root, change, summary=summary)


def _related(relation: Relation, span: Span) -> str:
    """Return the queryset of the related rows of an outer row."""
    column = next((each.column for each in asked(span) if each.column.endswith("_id")), "")
    if relation.kind == "reverse" and relation.to and column:
        return f'{short(relation.to)}.objects.filter({column.removesuffix("_id")}=OuterRef("pk"))'
    return f'{short(relation.model)}.objects.filter(pk=OuterRef("pk"), {relation.query_name}__isnull=False)'


def latest_along(evidence: Evidence, start: Origin, loop: RowByRow) -> Advice:
    """Return the advice to prefetch the one row of a relation that is asked for."""
    root = root_of(evidence, start)
    near = next(iter(root.relative([loop.path])), loop.name)
    relation = follow(evidence.relations, root.model, near.split("__"))[-1]
    order = _order(loop.first)
    plainly = _PLAIN.issuperset(methods(loop.first, loop.name))
    if (
        relation is None
        or relation.to is None
        or order is None
        or not plainly
        or root.queryset.values
        or root.combined
    ):
        return filtered(evidence, start, loop.path, loop.spans)
    name = f"first_{near.rpartition('__')[2]}"
    rows = f"{short(relation.to)}.objects.{order}[:1]"
    argument = f'Prefetch("{near}", queryset={rows}, to_attr="{name}")'
    change = Change(steps=(Add(method="prefetch_related", arguments=(argument,), needs=("Prefetch",)),))
    summary = f"Prefetch that one row for all {rows_of(root.model)}, and read {name} (a list of at most one) in the loop."
    return placed(evidence, root, change, summary=summary)


def _order(span: Span) -> str | None:
    """Return the call that orders as a statement does, ``None`` where it orders by more than columns."""
    match = _ORDER.search(span.sql)
    if match is None:
        return "all()" if "ORDER BY" not in span.sql else None
    columns = [_COLUMN.fullmatch(each.strip()) for each in match["columns"].split(",")]
    names = [
        f'"{"-" if each["way"] == "DESC" else ""}{each["name"]}"' for each in columns if each is not None
    ]
    return f"order_by({', '.join(names)})" if len(names) == len(columns) else None


def grouped(again: Repeated, kind: str) -> Advice:
    """Return the advice to ask once for all values that a loop goes through."""
    found = lookup(again.first, differing(again.spans), again.loop)
    code = None if found is None else _code(found, kind, again.first)
    keys = "" if found is None or found.keys_known else " keys stands for all values that the loop asks for."
    return Advice(
        summary=f"Ask once, before the loop, for all values together, and look the answers up in the loop.{keys}",
        code=code, where=f"before the loop around {place(again.first)}", alternatives=(_NOT_NEEDED,),
    )  # fmt: skip


def _code(found: Lookup, kind: str, span: Span) -> str | None:
    column = found.column
    if kind == "exists":
        return f'known = set({found.rows}.values_list("{column}", flat=True))'
    if kind == "count":
        imported = "from django.db.models import Count\n\n"
        return (
            f'{imported}counts = dict({found.rows}.order_by().values_list("{column}").annotate(Count("pk")))'
        )
    if kind == "one":
        order = _order(span)
        if order is None:
            return None
        turned = "" if order == "all()" else f".{order}.reverse()"
        return f"first = {{each.{column}: each for each in {found.rows}{turned}}}"
    match = _SUM.match(span.sql)
    if match is None:
        return None
    function = match["function"].title()
    imported = f"from django.db.models import {function}\n\n"
    values = f'.order_by().values_list("{column}").annotate({function}("{match["column"]}"))'
    return f"{imported}answers = dict({found.rows}{values})"
