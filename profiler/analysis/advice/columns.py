"""Advice to load columns with the rows that were left out by ``only()`` or ``defer()`` and read anyway."""

from __future__ import annotations

from collections.abc import Sequence

from queryscope.profiler.analysis.advice.change import Add, Change, Drop, Step, quoted
from queryscope.profiler.analysis.advice.placed import placed
from queryscope.profiler.analysis.advice.roots import root_of
from queryscope.profiler.analysis.advice.wording import listed, rows_of
from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.analysis.wording import place
from queryscope.profiler.finding import Advice
from queryscope.profiler.trace import Origin, Span


def deferred(evidence: Evidence, start: Origin | Span, columns: Sequence[str]) -> Advice:
    """Return the advice to load ``columns`` with the rows of ``start``: paths from its root's model (``author__born``)."""
    root = root_of(evidence, start)
    near = root.relative(columns)
    if root.raw:
        return Advice(
            summary=f"Name {listed(near)} in the SELECT of the raw SQL: a column that it leaves out is loaded row by row, and rows of "
            "raw() take no only() and no defer().",
            where=place(root.span) if root.span is not None else None,
        )
    put_off = tuple(column for column in near if column in root.queryset.deferred)
    named = tuple(column for column in near if column not in put_off)
    steps: list[Step] = []
    if put_off:
        steps.append(Drop(method="defer", paths=put_off))
    if named and (root.queryset.only or not put_off):
        steps.append(Add(method="only", arguments=quoted(named), existing=True))
    does = f"take {listed(put_off)} out of defer()" if put_off else f"name {listed(named)} in only()"
    summary = f"Load it with the {rows_of(root.model)}: {does}."
    return placed(evidence, root, Change(steps=tuple(steps)), summary=summary)
