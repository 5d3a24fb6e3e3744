"""Advice to have the query of the rows answer what a loop asks of a relation row by row: a number, yes or no, one row."""

from __future__ import annotations

import re

from msgspec.structs import replace

from queryscope.profiler.analysis.advice import counted, eager, filtered
from queryscope.profiler.analysis.advice.change import Add, Change, Chunked, Step
from queryscope.profiler.analysis.advice.paths import follow
from queryscope.profiler.analysis.advice.placed import placed
from queryscope.profiler.analysis.advice.reading import counting
from queryscope.profiler.analysis.advice.roots import Root, root_of
from queryscope.profiler.analysis.advice.wording import rows_of
from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.analysis.lookups import conditions_of, order_of
from queryscope.profiler.analysis.loops import RowByRow
from queryscope.profiler.analysis.shapes import Shape, asked, chosen, methods
from queryscope.profiler.analysis.telling import short
from queryscope.profiler.finding import Advice
from queryscope.profiler.trace import Relation, Span

_SUM = re.compile(r'SELECT (?P<function>SUM|AVG|MIN|MAX)\((?:["`]\w+["`]\.)?["`](?P<column>\w+)["`]\)')
_ONE = frozenset({"all", "first", "last", "order_by", "earliest", "latest"})


def along(evidence: Evidence, loop: RowByRow, kind: Shape) -> Advice:
    """Return the advice for a relation that is asked for ``kind`` from one row after the other."""
    start = loop.first.origin
    assert start is not None
    if "contains" in methods(loop.first, loop.name):
        return eager(evidence, start, [loop.path])  # which contains() asks before the database
    if kind == "count" and not chosen(loop.first):
        return counted(evidence, start, [loop.path], loop.spans)
    root = root_of(evidence, start)
    near = next(iter(root.relative([loop.path])), loop.name)
    relation = follow(evidence.relations, root.model, near.split("__"))[-1]
    change = None
    if relation is not None and not (root.queryset.values or root.combined or root.raw):
        change = (
            _prefetch(root, near, relation, loop)
            if kind == "one"
            else _annotate(root, near, relation, loop, kind)
        )
    if change is None:
        return filtered(evidence, start, loop.path, loop.spans)
    steps, name, instead = change
    reading = counting(loop.spans, loop.name, name, kind) if kind in {"count", "exists"} else None
    summary = f"Ask in the query of the {rows_of(root.model)}, and read {name} in place of {near}{instead}."
    advice = placed(evidence, root, Change(steps=steps), summary=summary, reading=reading)
    if kind == "one":
        return replace(advice, summary=f"{advice.summary} It is a list of at most one row.")
    return advice


def _annotate(
    root: Root, near: str, relation: Relation, loop: RowByRow, kind: Shape
) -> tuple[tuple[Step, ...], str, str] | None:
    """Return the annotation that answers for all rows, the name it gives the answer, and the call that it replaces."""
    conditions: tuple[str, ...] | None = ()
    if chosen(loop.first):
        alone = methods(loop.first, loop.name)[:-1] == ("filter",)
        conditions = conditions_of(loop.first, loop.name) if alone else None
    if "__" in near or conditions is None:
        return None
    if (
        kind != "exists"
        and root.span is not None
        and set(root.span.tables) & {*loop.first.tables} - {root.span.tables[0]}
    ):
        return None  # it joins what is to be counted, and would count the rows that its filter leaves
    joins = root.span is None or " JOIN " in root.span.sql or bool(root.queryset.joined)
    needs: tuple[str, ...]
    if kind == "exists":
        name, needs = f"has_{near}", ("Exists", "OuterRef")
        answer = f"Exists({_related(relation, loop.first, conditions)})"
    elif kind == "count":
        name, needs = f"{near}_count", ("Count", "Q")
        kept = ", ".join(f"{relation.query_name}__{each}" for each in conditions)
        answer = f'Count("{relation.query_name}", filter=Q({kept}){", distinct=True" if joins else ""})'
    else:
        found = _SUM.match(loop.first.sql)
        if found is None or joins or conditions:
            return None
        name, needs = f"{near}_{found['column']}", (found["function"].title(),)
        answer = f'{needs[0]}("{relation.query_name}__{found["column"]}")'
    if root.span is not None and f'"{name}"' in root.span.sql:
        return None
    uses = (answer.removeprefix("Exists(").partition(".")[0],) if kind == "exists" else ()
    step = Add(method="annotate", arguments=(f"{name}={answer}",), needs=needs, uses=uses)
    return (step,), name, f".{kind}()"


def _related(relation: Relation, span: Span, conditions: tuple[str, ...]) -> str:
    """Return the queryset of the related rows of an outer row."""
    column = next((each.column for each in asked(span) if each.column.endswith("_id")), "")
    if relation.kind == "reverse" and relation.to and column:
        kept = ", ".join([f'{column.removesuffix("_id")}=OuterRef("pk")', *conditions])
        return f"{short(relation.to)}.objects.filter({kept})"
    named = ", ".join(f"{relation.query_name}__{each}" for each in conditions or ("isnull=False",))
    return f'{short(relation.model)}.objects.filter(pk=OuterRef("pk"), {named})'


def _prefetch(
    root: Root, near: str, relation: Relation, loop: RowByRow
) -> tuple[tuple[Step, ...], str, str] | None:
    """Return the prefetch of the one row; Django cuts one to a slice for each parent, but not those of generic relations."""
    order = order_of(loop.first)
    called = methods(loop.first, loop.name)
    if relation.to is None or relation.kind == "generic_many" or order is None or not _ONE.issuperset(called):
        return None
    name = f"first_{near.rpartition('__')[2]}"
    rows = f"{short(relation.to)}.objects.{order}[:1]"
    argument = f'Prefetch("{near}", queryset={rows}, to_attr="{name}")'
    steps: list[Step] = [
        Add(method="prefetch_related", arguments=(argument,), needs=("Prefetch",), uses=(short(relation.to),))
    ]
    if root.queryset.iterator:
        steps.append(Chunked())
    return tuple(steps), name, f".{called[-1] if called else 'first'}()"
