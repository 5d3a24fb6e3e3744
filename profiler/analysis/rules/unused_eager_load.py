"""unused-eager-load: a relation was joined or prefetched along with the rows, and nothing read it from any of them."""

from __future__ import annotations

from collections.abc import Iterator

from queryscope.profiler.analysis import advice
from queryscope.profiler.analysis.advice.change import Add, Change, quoted
from queryscope.profiler.analysis.advice.placed import placed
from queryscope.profiler.analysis.advice.roots import root_of
from queryscope.profiler.analysis.advice.wording import listed, rows_of
from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.analysis.found import found
from queryscope.profiler.analysis.groupings import eager_loads
from queryscope.profiler.analysis.groupings.eager_loads import Unread
from queryscope.profiler.analysis.groupings.loops import path_of
from queryscope.profiler.analysis.rule import Rule
from queryscope.profiler.analysis.severity import severity
from queryscope.profiler.analysis.stacks import asking
from queryscope.profiler.analysis.statements import shapes
from queryscope.profiler.finding import Advice, Finding, Severity
from queryscope.profiler.groups import whole_ms
from queryscope.profiler.units import count, plural

ID = "unused-eager-load"
_CUT_SHORT = 300
"""The status from which a response is a redirect or an error: what the rows were for may not have been reached."""


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield one finding for each queryset that brought along what nothing read."""
    if evidence.trace.error is not None or (evidence.trace.status or 0) >= _CUT_SHORT:
        return
    for each in eager_loads.unread(evidence):
        if _judged(each) and not _asked_again(evidence, each):
            yield _finding(evidence, each)


def _judged(each: Unread) -> bool:
    # A queryset that Django made for itself has no line that somebody could change.
    if not each.owner.build_sites or asking.by_framework(each.owner) or asking.by_command(each.owner):
        return False
    # A join of rows that are locked locks those of the other table too.
    return not (each.joined and shapes.locks(each.owner))


def _asked_again(evidence: Evidence, each: Unread) -> bool:
    """Return whether the rows followed what was joined to them by statements of their own: they forgot it, and want it."""
    owners = {owner.n for owner in each.owners}
    return any(
        span.load == "forward" and span.origin.span in owners and path_of(span) in each.joined
        for span in evidence.spans
        if span.origin is not None
    )


def _finding(evidence: Evidence, each: Unread) -> Finding:
    owner, paths = each.owner, (*each.joined, *each.prefetched)
    cost = sum(map(whole_ms, each.prefetches)) if each.prefetches else sum(map(whole_ms, each.owners))
    return found(
        evidence,
        ID,
        [*each.owners, *each.prefetches],
        title=f"{_ways(each)} and never read",
        why=_why(each),
        model=owner.model,
        path=paths[0] if len(paths) == 1 else None,
        build_site=advice.edited(evidence, owner),
        advice=_advice(evidence, each),
        level=_level(evidence, each, cost),
        cost_ms=cost,
    )


def _ways(each: Unread) -> str:
    ways = [
        f"{listed(paths)} {verb}"
        for paths, verb in ((each.joined, "joined"), (each.prefetched, "prefetched"))
        if paths
    ]
    return ", ".join(ways)


def _why(each: Unread) -> str:
    rows = each.rows
    whose = f"{rows_of(each.owner.model)}" if rows > 1 else rows_of(each.owner.model).removesuffix("s")
    told = [
        f"None of the {count(rows)} {whose} was asked for it."
        if rows > 1
        else f"The {whose} was not asked for it."
    ]
    if each.prefetches:
        loaded = sum(span.rows or 0 for span in each.prefetches)
        queries = plural(len(each.prefetches), "query", "queries")
        told.append(f"The prefetch took {queries} and brought {plural(loaded, 'row')}.")
    if each.joined:
        told.append("The join widens every row of the query; its share of the time is not known apart.")
    return " ".join(told)


def _level(evidence: Evidence, each: Unread, cost: float) -> Severity:
    trace = evidence.trace
    if each.prefetches:
        certain = any(span.rows for span in each.prefetches) and each.rows > 1
        return severity(len(each.prefetches), cost, trace, fix=True, certain=certain)
    if each.rows < 2 or all(_may_be_empty(evidence, each, path) for path in each.joined):
        return "low"
    return severity(len(each.owners), cost, trace, fix=False, certain=False)


def _may_be_empty(evidence: Evidence, each: Unread, path: str) -> bool:
    """Return whether rows may have nothing at the end of a path: then nothing may have been there to be read."""
    model = each.owner.model
    for name in path.split("__"):
        relation = evidence.relations.get((model or "", name))
        if relation is None or relation.nullable:
            return relation is not None
        model = relation.to
    return False


def _advice(evidence: Evidence, each: Unread) -> Advice:
    if each.owner.queryset is not None and each.owner.queryset.joined_all and each.joined:
        return _named(evidence, each)
    made = advice.dropped(evidence, each.owner, (*each.joined, *each.prefetched))
    return _with(
        made, "Leave it where the same queryset serves other views, or rows of another kind, that do read it."
    )


def _named(evidence: Evidence, each: Unread) -> Advice:
    """Return the advice for ``select_related()`` without names, which joins whatever is not nullable."""
    root = root_of(evidence, each.owner)
    if each.kept:
        change = Change(steps=(Add(method="select_related", arguments=quoted(each.kept)),))
        summary = f"select_related() without names joins every relation that is not nullable: name {listed(each.kept)}, which is read."
        return placed(evidence, root, change, summary=summary)
    return placed(
        evidence,
        root,
        Change(steps=()),
        summary="Take select_related() out: without names it joins every relation that is not nullable, and none was read.",
    )


def _with(made: Advice, alternative: str) -> Advice:
    return Advice(
        summary=made.summary,
        code=made.code,
        where=made.where,
        diff=made.diff,
        alternatives=(*made.alternatives, alternative),
        next=made.next,
    )


RULE = Rule(
    id=ID,
    badge="EAG",
    name="Unused eager load",
    summary="A relation is joined or prefetched, and nothing reads it.",
    find=find,
)
