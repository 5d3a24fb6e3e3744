"""Advice to count related rows in the queryset of their parents, by one annotation for each relation."""

from __future__ import annotations

import re
from collections.abc import Sequence

from queryscope.profiler.analysis.advice.change import Add, Change
from queryscope.profiler.analysis.advice.left_out import Choice, choice
from queryscope.profiler.analysis.advice.paths import follow
from queryscope.profiler.analysis.advice.placed import placed
from queryscope.profiler.analysis.advice.reading import counting
from queryscope.profiler.analysis.advice.roots import Root, root_of
from queryscope.profiler.analysis.advice.wording import listed, rows_of
from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.analysis.statements.questions import Changes
from queryscope.profiler.finding import Advice
from queryscope.profiler.trace import Origin, Span

_FROM = re.compile(r"\bFROM [\"`\[]?(\w+)")


def counted(
    evidence: Evidence, start: Origin | Span, relations: Sequence[str], counts: Sequence[Span]
) -> Advice:
    """Return the advice to count ``relations`` of the rows of ``start``, which the statements ``counts`` count one by one.

    ``relations`` are names as Python follows them from the root's model, one step each: what is reached by several
    steps belongs to a queryset of its own.
    """
    root = root_of(evidence, start)
    near = root.relative(relations)
    if not near or any("__" in name for name in near) or root.queryset.values or root.combined or root.raw:
        return _loaded(near or relations)
    if _changing(evidence, root, counts):
        return _loaded(near)
    if _filtered_by(root, counts):
        return _apart(root, near)
    chosen = {
        name: choice([span for span in counts if len(near) == 1 or span.relation == name]) for name in near
    }
    if any(each is None or each.asked for each in chosen.values()):
        return _loaded(near)
    if any(each is not None and each.managed is None for each in chosen.values()):
        return _managed(near)
    several = len(near) > 1 or (
        root.span is not None and (" JOIN " in root.span.sql or bool(root.queryset.joined))
    )
    arguments, names = [], []
    for name in near:
        (relation,) = follow(evidence.relations, root.model, [name])
        counted_name = _free(root, f"{name}_count")
        names.append(counted_name)
        query_name = relation.query_name if relation else name.removesuffix("_set")
        arguments.append(f"{counted_name}={_count(query_name, chosen[name], distinct=several)}")
    leaving = [name for name, each in chosen.items() if each is not None and each.managed]
    needs = ("Count", "Q") if leaving else ("Count",)
    change = Change(steps=(Add(method="annotate", arguments=tuple(arguments), needs=needs),))
    summary = (
        f"Count in the query of the {rows_of(root.model)}, and read {listed(names)} "
        f"instead of {listed([f'{name}.count()' for name in near])}."
    )
    if leaving:
        summary += (
            f" The manager of {listed(leaving)} leaves rows out: Count() asks no manager and has to be told."
        )
    reading = counting(counts, near[0], names[0], sites=root.sites) if len(near) == 1 else None
    advice = placed(evidence, root, change, summary=summary, reading=reading)
    other = f'.prefetch_related("{near[0]}") where the rows are read too: count() then asks nothing.'
    return Advice(
        summary=advice.summary,
        code=advice.code,
        where=advice.where,
        diff=advice.diff,
        alternatives=(*advice.alternatives, other),
        next=advice.next,
    )


def _count(query_name: str, chosen: Choice | None, *, distinct: bool) -> str:
    kept = ", ".join(f"{query_name}__{each}" for each in (chosen and chosen.managed) or ())
    filtered = f", filter=Q({kept})" if kept else ""
    once = distinct or (chosen is not None and chosen.distinct)
    return f'Count("{query_name}"{filtered}{", distinct=True" if once else ""})'


def _free(root: Root, name: str) -> str:
    """Return a name that is no column of the rows already."""
    taken = root.span is not None and f"{name}" in root.span.sql
    return f"{name}_here" if taken else name


def _filtered_by(root: Root, counts: Sequence[Span]) -> bool:
    """Whether the queryset joins what is to be counted: it would count the rows that its filter leaves."""
    if root.span is None:
        return True
    main = _FROM.search(root.span.sql)
    own = set(root.span.tables) - ({main[1]} if main else set())
    return bool(own & {table for count in counts for table in count.tables})


def _changing(evidence: Evidence, root: Root, counts: Sequence[Span]) -> bool:
    """Return whether rows were written between the counts, or a row came twice by a join: one count would serve both."""
    asked = {(span.site_id, span.relation, span.params) for span in counts}
    joined = root.span is not None and " JOIN " in root.span.sql
    changed = Changes(evidence.trace.spans).between(counts[0], counts[-1])
    return changed or (joined and len(asked) < len(counts))


def _loaded(names: Sequence[str]) -> Advice:
    return Advice(
        summary=f"Count {listed(names)} once for all rows: a query with values() and annotate(Count())."
    )


def _managed(names: Sequence[str]) -> Advice:
    return Advice(
        summary=f"The manager of {listed(names)} leaves rows out, which Count() would count: it asks no manager. Count once for "
        "all rows with values() and annotate(Count()) of that manager, or give Count() its conditions as filter=Q(…)."
    )


def _apart(root: Root, names: Sequence[str]) -> Advice:
    return Advice(
        summary=f"The queryset filters by the rows that are counted, so an annotation would count only those: count "
        f"{listed(names)} in a query of its own for all {rows_of(root.model)}, with values() and annotate(Count())."
    )
