"""n-plus-one: a relation or a deferred column that is loaded for one row after the other of the same queryset."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from queryscope.profiler.analysis.advice import deferred, eager, edited, filtered
from queryscope.profiler.analysis.advice.annotated import along, only_tested
from queryscope.profiler.analysis.advice.keys import key_only
from queryscope.profiler.analysis.advice.wording import listed
from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.analysis.found import found
from queryscope.profiler.analysis.groupings.loops import RowByRow, row_by_row
from queryscope.profiler.analysis.rule import Rule
from queryscope.profiler.analysis.statements.shapes import chosen
from queryscope.profiler.analysis.wording import built, place, short, times
from queryscope.profiler.finding import Advice, Finding
from queryscope.profiler.trace import CallSite, Span

_KEY = "asks nothing: only the key is read here, and it stands on the row, unless the foreign key has a to_field."


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield one finding for each path of relations that was followed row by row."""
    chains = _chains(row_by_row(evidence))
    for chain in chains:
        siblings = [other[0] for other in chains if other is not chain and _same_rows(other[0], chain[0])]
        yield _finding(evidence, chain, siblings)


def _chains(loops: Sequence[RowByRow]) -> list[list[RowByRow]]:
    """Return the loops with those that lead to them, the longest path first: one fix serves them all."""
    chains: list[list[RowByRow]] = []
    for loop in sorted(loops, key=lambda each: (-each.path.count("__"), -len(each.spans))):
        longer = (each for each in chains if _leads_to(loop, each[0]))
        chain = next(longer, None)
        if chain is None:
            chains.append([loop])
        else:
            chain.append(loop)
    return chains


def _leads_to(loop: RowByRow, other: RowByRow) -> bool:
    return _same_rows(loop, other) and other.path.startswith(f"{loop.path}__") and other.load != "deferred"


def _same_rows(one: RowByRow, other: RowByRow) -> bool:
    return one.model == other.model and one.build_sites == other.build_sites


def _finding(evidence: Evidence, chain: Sequence[RowByRow], siblings: Sequence[RowByRow]) -> Finding:
    loop = chain[0]
    spans = sorted((span for each in chain for span in each.spans), key=lambda span: span.n)
    names = [f"{short(each.holder)}.{each.name}" for each in reversed(chain)]
    assert loop.first.origin is not None
    site = edited(evidence, loop.first.origin)
    return found(
        evidence, "n-plus-one", spans, title=f"{listed(names)} loaded {times(len(spans))}, {_rate(chain)}",
        why=_why(chain, spans, site), advice=_advice(evidence, loop, siblings), certain=True, model=loop.model,
        relation=loop.name, path=loop.path, build_site=site,
    )  # fmt: skip


def _rate(chain: Sequence[RowByRow]) -> str:
    once = len(chain) == 1 and chain[0].rows == len(chain[0].spans)
    return "once per row" if once else "row by row"


def _why(chain: Sequence[RowByRow], spans: Sequence[Span], site: CallSite | None) -> str:
    loop = chain[0]
    what = "the column" if loop.load == "deferred" else "the relation"
    reads = f"{place(spans[0])} reads {what} {loop.path.replace('__', '.')} of one {short(loop.model)} after the other"
    lacks = "which left that column out" if loop.load == "deferred" else "which did not load it along"
    same = " All of them asked for the same row." if _one_answer(chain) else ""
    return f"{reads}. The rows come from {built(site)}, {lacks}.{same}"


def _one_answer(chain: Sequence[RowByRow]) -> bool:
    loop = chain[0]
    return len(chain) == 1 and loop.load == "forward" and len({span.params for span in loop.spans}) == 1


def _advice(evidence: Evidence, loop: RowByRow, siblings: Sequence[RowByRow]) -> Advice:
    start = loop.first.origin
    assert start is not None
    if loop.load == "deferred":
        advice = deferred(evidence, start, [loop.path])
    elif loop.load == "many" and only_tested(loop):
        advice = along(evidence, loop, "exists")
    elif loop.load == "many" and chosen(loop.first):
        advice = filtered(evidence, start, loop.path, loop.spans)
    else:
        advice = eager(evidence, start, [loop.path])
        key = key_only(loop.spans, loop.name) if loop.load == "forward" else None
        if key is not None:
            advice = replace(advice, alternatives=(f"{key} {_KEY}", *advice.alternatives))
    if siblings and advice.next is None:
        others = listed([each.path for each in siblings])
        advice = replace(
            advice, next=f"The same rows load {others} one by one as well: load that along in the same call."
        )
    return advice


RULE = Rule(
    id="n-plus-one", badge="N+1", name="N+1 queries",
    summary="A relation or a deferred column is loaded for one row after the other.",
    find=find, explains=True,
)  # fmt: skip
