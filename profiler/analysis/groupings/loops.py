"""Groups the loads of a trace that followed one relation from one row after the other, by the queryset of the rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import NamedTuple

from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.analysis.groupings.repeats import inside
from queryscope.profiler.analysis.stacks.asking import by_command, plumbing
from queryscope.profiler.trace import CallSite, Load, Origin, Span

FOLLOWS: frozenset[Load] = frozenset({"forward", "reverse", "many", "generic", "deferred"})
"""Loads that start from one row."""
FEW, FEW_SHARE = 5, 0.10
"""Fewer loads than this, from a smaller share of the rows than this, are conditional access that a join would not serve."""
_CHANGES = frozenset({"set", "aset", "add", "aadd", "remove", "aremove", "clear", "aclear"})
"""Methods of related managers that look for what to change, and take no answer from a prefetch."""
HELD: frozenset[Load] = FOLLOWS - {"many"}
"""Loads whose answer an instance keeps: a second one means a second instance."""


class RowByRow(NamedTuple):
    """One relation followed from row after row of what one queryset fetched.

    ``model`` is that of the queryset that began it, ``path`` leads from there to the relation, inclusive. ``rows``
    is from how many different rows it was followed, as far as they can be told apart.
    """

    model: str
    path: str
    load: Load
    build_sites: tuple[CallSite, ...]
    spans: tuple[Span, ...]
    rows: int

    @property
    def first(self) -> Span:
        return self.spans[0]

    @property
    def holder(self) -> str:
        """The model that declares the last relation of the path, as far as it is known."""
        return self.first.origin.model if self.first.origin else self.model

    @property
    def name(self) -> str:
        """The last relation of the path."""
        return self.path.rpartition("__")[2]


class Origins:
    """The evaluations of a trace: what began each of them, and which of its rows a load started from."""

    def __init__(self, evidence: Evidence, row: Callable[[Span], str | None]) -> None:
        self._evidence, self._row = evidence, row
        self._known: dict[int, Origin] = {
            span.origin.id: span.origin for span in evidence.trace.spans if span.origin is not None
        }
        self._models: dict[int, str] = {}
        self._beginnings: dict[int, int] = {}
        self._numbers: dict[tuple[object, ...], int] = {}

    def beginning(self, origin: Origin) -> int:
        """Return a number that is equal for evaluations whose root the same lines built for the same model."""
        number = self._beginnings.get(origin.root)
        if number is None:
            key = (origin.build_sites, self.root_model(origin))
            number = self._beginnings[origin.root] = self._numbers.setdefault(key, len(self._numbers))
        return number

    def root_model(self, origin: Origin) -> str:
        """Return the label of the model whose queryset began it all."""
        known = self._models.get(origin.root)
        if known is None:
            known = self._models[origin.root] = self._root_model(origin)
        return known

    def _root_model(self, origin: Origin) -> str:
        root = self._known.get(origin.root)
        if root is not None:
            return root.model
        span = self._evidence.by_number.get(origin.span or 0)
        while span is not None and span.origin is not None and not (span.origin.span or 0) >= span.n:
            span = self._evidence.by_number.get(span.origin.span or 0)
        return (span.model if span is not None else None) or origin.model

    def levels(self, span: Span) -> Iterator[tuple[Origin, str | None]]:
        """Yield the evaluation and the row that a load started from, then those by which that row was reached, upwards."""
        while span.origin is not None:
            row = self._row(span) if span.load in FOLLOWS else str(span.n)
            if self._joined(span.origin) and span.load in HELD:
                row = f"{row}:{span.n}"  # each row of a join has an instance of its own, also of the same row
            yield span.origin, row
            above = self._evidence.by_number.get(span.origin.span or 0)
            if above is None or above.n >= span.n or above.load not in FOLLOWS:
                return
            span = above

    def fetched(self, origin: Origin) -> int | None:
        """Return how many rows the statement of an evaluation brought."""
        span = self._evidence.by_number.get(origin.span or 0)
        return span.rows if span is not None else None

    def follows(self, span: Span) -> bool:
        """Return whether a statement loads a relation of one row.

        So does the fetch mode for peers where a row has none: those of an iterator are gone when the next one comes.
        """
        if span.load != "prefetch":
            return span.load in FOLLOWS
        above = self._evidence.by_number.get(span.origin.span or 0) if span.origin else None
        asked = above.queryset if above is not None else None
        return (
            asked is not None
            and asked.iterator
            and asked.fetch_mode == "FETCH_PEERS"
            and span.relation not in asked.prefetched
        )

    def _joined(self, origin: Origin) -> bool:
        span = self._evidence.by_number.get(origin.span or 0)
        return span is not None and bool(origin.path) and path_of(span) != origin.path


def path_of(span: Span) -> str:
    """Return the path from the root's model to the rows that a statement loads; empty for those of the root."""
    return "__".join(filter(None, (span.origin.path if span.origin else "", span.relation or "")))


def _any(span: Span) -> object:
    return True


def _parent_row(span: Span) -> str | None:
    return span.parent_row


def row_by_row(
    evidence: Evidence,
    kind: Callable[[Span], object] = _any,
    row: Callable[[Span], str | None] = _parent_row,
) -> list[RowByRow]:
    """Return the relations that were followed from at least two rows of one evaluation, in the order of their loads.

    Grouped over the whole trace by the lines that built the root's queryset, its model, the path, the kind of load and what
    ``kind`` returns, which leaves a statement out by ``None``; ``row`` tells rows apart. Left out are walks along a tree,
    which no eager load serves, and loads from a few of many rows.
    """
    origins = Origins(evidence, row)
    groups: dict[tuple[int, str, object], list[Span]] = defaultdict(list)
    walked: dict[int, set[str]] = defaultdict(set)
    for span in evidence.spans:
        if span.kind != "select" or span.origin is None or span.relation is None or not origins.follows(span):
            continue
        if plumbing(span) and (span.load, span.model) != ("forward", "contenttypes.ContentType"):
            continue  # a foreign key to a content type is one like any other
        if by_command(span) or (span.load == "many" and inside(span, _CHANGES)):
            continue
        beginning = origins.beginning(span.origin)
        if span.relation in span.origin.path.split("__"):
            walked[beginning].add(span.relation)
        sort = kind(span) if span.n not in evidence.explained else None
        if sort is not None:
            groups[beginning, path_of(span), (span.load, sort)].append(span)
    found = (
        _examined(origins, spans)
        for (beginning, path, _), spans in groups.items()
        if walked[beginning].isdisjoint(path.split("__"))
    )
    return [each for each in found if each is not None]


def _examined(origins: Origins, spans: list[Span]) -> RowByRow | None:
    """Return the group where its loads come from several rows of one evaluation."""
    rows: dict[int, set[str | None]] = defaultdict(set)
    known: dict[int, Origin] = {}
    for span in spans:
        for origin, row in origins.levels(span):
            rows[origin.id].add(row)
            known[origin.id] = origin
    several = [
        number for number, found in rows.items() if _several(len(found), origins.fetched(known[number]))
    ]
    if not several:
        return None
    most = max(several, key=lambda number: len(rows[number]))
    alike = (number for number in several if known[number].path == known[most].path)
    first = spans[0]
    assert first.origin is not None and first.load is not None
    return RowByRow(
        model=origins.root_model(first.origin), path=path_of(first), load=first.load, build_sites=first.origin.build_sites,
        spans=tuple(spans), rows=sum(len(rows[number]) for number in alike),
    )  # fmt: skip


def _several(rows: int, fetched: int | None) -> bool:
    return rows >= 2 and not (rows < FEW and fetched is not None and rows < fetched * FEW_SHARE)
