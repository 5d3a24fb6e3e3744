"""Advice for what a line asks value by value and one statement can answer for all values: counts, yes or no, first rows."""

from __future__ import annotations

import re

from queryscope.profiler.analysis.advice.lookups import Lookup, lookup, order_of
from queryscope.profiler.analysis.advice.managers import manager
from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.analysis.groupings.repeats import Repeated
from queryscope.profiler.analysis.statements.shapes import differing
from queryscope.profiler.analysis.wording import place
from queryscope.profiler.finding import Advice
from queryscope.profiler.trace import Span

_SUM = re.compile(
    r'SELECT (?P<function>SUM|AVG|MIN|MAX)\((?:["`](?P<table>\w+)["`]\.)?["`](?P<column>\w+)["`]\)'
)
_NOT_NEEDED = "Leave it as it is where the loop is short and its length is fixed."


def grouped(evidence: Evidence, again: Repeated, kind: str) -> Advice:
    """Return the advice to ask once for all values that a loop goes through."""
    named = manager(evidence, again.first.model)
    found = lookup(again.first, differing(again.spans), again.loop, named)
    code = None if found is None else _code(found, kind, again.first)
    keys = (
        ""
        if found is None or code is None or found.keys_known
        else " keys stands for all values that the loop asks for."
    )
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
        return _firsts(found, span)
    match = _SUM.match(span.sql)
    if match is None or match["table"] not in {None, *span.tables[:1]}:
        return None
    function = match["function"].title()
    imported = f"from django.db.models import {function}\n\n"
    values = f'.order_by().values_list("{column}").annotate({function}("{match["column"]}"))'
    return f"{imported}answers = dict({found.rows}{values})"


def _firsts(found: Lookup, span: Span) -> str | None:
    """Return the code for the first row of each key; of a primary key there is one, in whatever order."""
    awaited = span.call_site is not None and "await " in (span.call_site.source or "")
    if found.bulk is not None:
        return f"first = {'await ' if awaited else ''}{found.bulk}.{'ain_bulk' if awaited else 'in_bulk'}({found.keys})"
    order = order_of(span)
    if order is None or found.keyed is None:
        return None
    turned = "" if order == "all()" else f".{order}.reverse()"
    imported = f"{found.imports}\n" if found.imports else ""
    loop = "async for" if awaited else "for"
    return f"{imported}first = {{each.{found.attribute}: each {loop} each in {found.keyed}{turned}}}"
