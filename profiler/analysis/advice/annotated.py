"""Advice to have the query of the rows answer what a loop asks of a relation row by row: a number, yes or no, one row."""

from __future__ import annotations

import re
from typing import NamedTuple

from msgspec.structs import replace

from queryscope.profiler.analysis.advice import counted, eager, filtered
from queryscope.profiler.analysis.advice.change import Add, Change, Chunked, Step
from queryscope.profiler.analysis.advice.left_out import Choice, choice
from queryscope.profiler.analysis.advice.lookups import conditions_of, order_of
from queryscope.profiler.analysis.advice.managers import manager
from queryscope.profiler.analysis.advice.managers import related as managed
from queryscope.profiler.analysis.advice.paths import follow
from queryscope.profiler.analysis.advice.placed import placed
from queryscope.profiler.analysis.advice.reading import counting, testing
from queryscope.profiler.analysis.advice.roots import Root, root_of
from queryscope.profiler.analysis.advice.wording import rows_of
from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.analysis.groupings.loops import RowByRow
from queryscope.profiler.analysis.statements.shapes import Shape, chosen, methods
from queryscope.profiler.analysis.wording import short
from queryscope.profiler.finding import Advice
from queryscope.profiler.trace import Relation

_SUM = re.compile(r'SELECT (?P<function>SUM|AVG|MIN|MAX)\((?:["`]\w+["`]\.)?["`](?P<column>\w+)["`]\)')
_ONE = frozenset({"all", "filter", "first", "last", "order_by", "earliest", "latest"})


class _Answer(NamedTuple):
    """An annotation: the name of the answer, its code, the names of Django's and the models that this uses."""

    name: str
    code: str
    needs: tuple[str, ...]
    uses: tuple[str, ...]


class _Change(NamedTuple):
    """What to do, the name of the answer, and the call that it replaces."""

    steps: tuple[Step, ...]
    name: str
    instead: str


def along(evidence: Evidence, loop: RowByRow, kind: Shape) -> Advice:
    """Return the advice for a relation that is asked for ``kind`` from one row after the other.

    Rows that were loaded to be tested for truth and nothing else were asked whether there is one.
    """
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
            _prefetch(evidence, root, near, relation, loop)
            if kind == "one"
            else _annotate(evidence, root, near, relation, loop, kind)
        )
    if change is None:
        return filtered(evidence, start, loop.path, loop.spans)
    steps, name, instead = change
    reading = None
    if only_tested(loop):
        reading = testing(loop.spans, loop.name, name)
    elif kind in {"count", "exists"}:
        reading = counting(loop.spans, loop.name, name, kind)
    summary = f"Ask in the query of the {rows_of(root.model)}, and read {name} in place of {near}{instead}."
    advice = placed(evidence, root, Change(steps=steps), summary=summary, reading=reading)
    if kind == "one":
        return replace(advice, summary=f"{advice.summary} It is a list of at most one row.")
    return advice


def _annotate(
    evidence: Evidence, root: Root, near: str, relation: Relation, loop: RowByRow, kind: Shape
) -> _Change | None:
    """Return the annotation that answers for all rows."""
    conditions, known = _conditions(loop), choice(loop.spans)
    if "__" in near or conditions is None or known is None or known.asked != len(conditions):
        return None
    if known.distinct and kind != "exists":
        return None
    if kind == "exists":
        answer = _exists(evidence, near, relation, known, conditions)
    elif known.managed is None:
        answer = None  # an annotation asks no manager
    else:
        write = _counts if kind == "count" else _sums
        answer = write(root, near, relation, loop, (*known.managed, *conditions))
    if answer is None or (root.span is not None and f'"{answer.name}"' in root.span.sql):
        return None
    step = Add(
        method="annotate", arguments=(f"{answer.name}={answer.code}",), needs=answer.needs, uses=answer.uses
    )
    return _Change((step,), answer.name, "" if only_tested(loop) else f".{kind}()")


def only_tested(loop: RowByRow) -> bool:
    """Return whether all rows that a loop loaded were tested for truth, and nothing was read of them."""
    known = [span.queryset for span in loop.spans]
    return all(each is not None and each.uses == ("tested",) and not each.kept for each in known)


def _conditions(loop: RowByRow) -> tuple[str, ...] | None:
    """Return the conditions of what is asked, ``None`` where they are not all that is chosen by, or not fixed."""
    if not chosen(loop.first):
        return ()
    called = methods(loop.first, loop.name)
    alone = (called if only_tested(loop) else called[:-1]) == ("filter",)
    return conditions_of(loop.first, loop.name) if alone else None


def _exists(
    evidence: Evidence, near: str, relation: Relation, known: Choice, conditions: tuple[str, ...]
) -> _Answer | None:
    rows = _related(evidence, relation, known, conditions)
    if rows is None:
        return None
    return _Answer(f"has_{near}", f"Exists({rows})", ("Exists", "OuterRef"), (rows.partition(".")[0],))


def _counts(
    root: Root, near: str, relation: Relation, loop: RowByRow, conditions: tuple[str, ...]
) -> _Answer | None:
    if _joins_the_same(root, loop):
        return None
    distinct = ", distinct=True" if _joins(root) else ""
    code = f'Count("{relation.query_name}"{_kept(relation, conditions)}{distinct})'
    return _Answer(f"{near}_count", code, ("Count", "Q"), ())


def _sums(
    root: Root, near: str, relation: Relation, loop: RowByRow, conditions: tuple[str, ...]
) -> _Answer | None:
    found = _SUM.match(loop.first.sql)
    if found is None or _joins(root):
        return None  # a join would have it take rows more than once
    function = found["function"].title()
    code = f'{function}("{relation.query_name}__{found["column"]}"{_kept(relation, conditions)})'
    return _Answer(f"{near}_{found['column']}", code, (function, *(["Q"] if conditions else [])), ())


def _kept(relation: Relation, conditions: tuple[str, ...]) -> str:
    """Return the argument that leaves rows out, as the relation's manager and the line do."""
    named = ", ".join(f"{relation.query_name}__{each}" for each in conditions)
    return f", filter=Q({named})" if named else ""


def _joins(root: Root) -> bool:
    return root.span is None or " JOIN " in root.span.sql or bool(root.queryset.joined)


def _joins_the_same(root: Root, loop: RowByRow) -> bool:
    """Return whether the queryset joins what is to be counted: it would count the rows that its filter leaves."""
    return root.span is None or bool(set(root.span.tables[1:]) & set(loop.first.tables))


def _related(
    evidence: Evidence, relation: Relation, known: Choice, conditions: tuple[str, ...]
) -> str | None:
    """Return the queryset of the related rows of an outer row, ``None`` where a manager leaves out what cannot be said."""
    if relation.kind == "reverse" and relation.to and known.key.endswith("_id"):
        kept = ", ".join([f'{known.key.removesuffix("_id")}=OuterRef("pk")', *conditions])
        return f"{managed(evidence, relation.to)}.filter({kept})"
    if known.managed is None:
        return None
    # Without the first one a condition that a column is empty would be met by rows without any related one.
    named = ", ".join(
        f"{relation.query_name}__{each}" for each in ("isnull=False", *known.managed, *conditions)
    )
    return f'{manager(evidence, relation.model)}.filter(pk=OuterRef("pk"), {named})'


def _prefetch(
    evidence: Evidence, root: Root, near: str, relation: Relation, loop: RowByRow
) -> _Change | None:
    """Return the prefetch of the one row; Django cuts one to a slice for each parent, but not those of generic relations."""
    order, called = order_of(loop.first), methods(loop.first, loop.name)
    conditions = conditions_of(loop.first, loop.name) if "filter" in called else ()
    if relation.to is None or relation.kind == "generic_many" or not _ONE.issuperset(called):
        return None
    known = choice(loop.spans)
    if order is None or conditions is None or known is None or known.asked != len(conditions):
        return None
    name = f"first_{near.rpartition('__')[2]}"
    chain = f"filter({', '.join(conditions)}).{order}".removesuffix(".all()") if conditions else order
    rows = f"{managed(evidence, relation.to)}.{chain}[:1]"
    new = Add(
        method="prefetch_related", arguments=(f'Prefetch("{near}", queryset={rows}, to_attr="{name}")',), needs=("Prefetch",),
        uses=(short(relation.to),), replaced=root.unread(evidence, near),
    )  # fmt: skip
    steps = (new, Chunked()) if root.queryset.iterator else (new,)
    return _Change(steps, name, f".{called[-1] if called else 'first'}()")
