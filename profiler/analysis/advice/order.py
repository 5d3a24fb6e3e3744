"""Advice to give a queryset an order, so that its pages do not overlap."""

from __future__ import annotations

import re

from queryscope.profiler.analysis.advice.change import Add, Change
from queryscope.profiler.analysis.advice.placed import placed
from queryscope.profiler.analysis.advice.roots import root_of
from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.finding import Advice
from queryscope.profiler.trace import Origin, Span

_ONE_ROW_EACH = re.compile(r"\b(?:DISTINCT|GROUP BY)\b")
"""Where rows stand for several, the primary key would tell them apart again."""


def ordered(evidence: Evidence, start: Origin | Span) -> Advice:
    """Return the advice to order the rows of ``start`` by their primary key."""
    root = root_of(evidence, start)
    if root.combined or (root.queryset.values and root.span and _ONE_ROW_EACH.search(root.span.sql)):
        return Advice(summary="Order by something that is different in every row, or end the order with it.")
    change = Change(steps=(Add(method="order_by", arguments=('"pk"',)),))
    summary = "Give the queryset an order that decides between any two rows: the primary key does, alone or as the last."
    return placed(evidence, root, change, summary=summary)
