"""Groups what ran again and again: relations followed row by row, and statements repeated by one line with other values."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.trace import CallSite, Load, Origin, Relation, Span

FOLLOWS: frozenset[Load] = frozenset({"forward", "reverse", "many", "generic", "deferred"})
"""Loads that start from one row."""
FEW, FEW_SHARE = 5, 0.10
"""Fewer loads than this, from a smaller share of the rows than this, are conditional access that a join would not serve."""
_HELD: frozenset[Load] = FOLLOWS - {"many"}
"""Loads whose answer an instance keeps: a second one means a second instance."""


class RowByRow(NamedTuple):
    """One relation followed from row after row of what one queryset fetched.

    ``model`` is that of the queryset that began it, ``path`` leads from there to the relation, inclusive. ``rows`` is
    how many rows the loop had at least, ``fetched`` how many its statement brought, ``None`` where that is unknown.
    """

    model: str
    path: str
    load: Load
    build_sites: tuple[CallSite, ...]
    spans: tuple[Span, ...]
    rows: int
    fetched: int | None

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

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
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
            row = span.parent_row
            if self._joined(span.origin) and span.load in _HELD:
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

    def _joined(self, origin: Origin) -> bool:
        span = self._evidence.by_number.get(origin.span or 0)
        return span is not None and bool(origin.path) and path_of(span) != origin.path


def path_of(span: Span) -> str:
    """Return the path from the root's model to the rows that a statement loads; empty for those of the root."""
    return "__".join(filter(None, (span.origin.path if span.origin else "", span.relation or "")))


def _any(span: Span) -> object:
    return True


def row_by_row(evidence: Evidence, kind: Callable[[Span], object] = _any) -> list[RowByRow]:
    """Return the relations that were followed from at least two rows of one evaluation, in the order of their loads.

    Grouped over the whole trace by the lines that built the root's queryset, its model, the path, the kind of load and what
    ``kind`` returns, which leaves a statement out by ``None``. Never there are walks along a tree, which no eager load serves, and loads from a few of many rows.
    """
    origins = Origins(evidence)
    groups: dict[tuple[int, str, object], list[Span]] = defaultdict(list)
    walked: dict[int, set[str]] = defaultdict(set)
    for span in evidence.spans:
        if span.origin is None or span.relation is None or span.load not in FOLLOWS or plumbing(span):
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
    first = spans[0]
    assert first.origin is not None and first.load is not None
    return RowByRow(
        model=origins.root_model(first.origin), path=path_of(first), load=first.load, build_sites=first.origin.build_sites,
        spans=tuple(spans), rows=len(rows[most]), fetched=origins.fetched(known[most]),
    )  # fmt: skip


def _several(rows: int, fetched: int | None) -> bool:
    return rows >= 2 and not (rows < FEW and fetched is not None and rows < fetched * FEW_SHARE)


def relations_along(evidence: Evidence, loop: RowByRow) -> list[Relation | None]:
    """Return what the models say of each relation of a path; ``None`` for a column or a relation not followed by itself."""
    found: list[Relation | None] = []
    model: str | None = loop.model
    for name in loop.path.split("__"):
        relation = evidence.relations.get((model or "", name))
        found.append(relation)
        model = relation.to if relation is not None else None
    return found


class Repeated(NamedTuple):
    """Statements of one text that one line (or one node of a template) sent with other values each time."""

    spans: tuple[Span, ...]
    distinct: int
    """How many different sets of values there were."""

    @property
    def first(self) -> Span:
        return self.spans[0]

    @property
    def loop(self) -> str | None:
        """The head of the loop around the line."""
        return self.first.call_site.loop if self.first.call_site is not None else None


def repeated(evidence: Evidence, wanted: Callable[[Span], bool], least: int) -> list[Repeated]:
    """Return the statements that ran with at least ``least`` different sets of values, without sessions and caches."""
    found: list[Repeated] = []
    for spans in evidence.by_statement.values():
        if len(spans) < least or not wanted(spans[0]) or plumbing(spans[0]):
            continue
        for same in _by_node(spans):
            distinct = len({span.params for span in same})
            if distinct >= least:
                found.append(Repeated(tuple(same), distinct))
    return found


def _by_node(spans: Iterable[Span]) -> Iterable[list[Span]]:
    nodes: Mapping[object, list[Span]] = defaultdict(list)
    for span in spans:
        site = span.template_site
        nodes[site and (site.name, site.line)].append(span)
    return nodes.values()


def plumbing(span: Span) -> bool:
    """Return whether a statement keeps sessions or a cache: work of the framework that is as it should be."""
    return any(name == "django_session" or "cache" in name for name in span.tables)


_ORM = ("django/db/", "django/utils/", "asgiref/", "concurrent/", "contextlib.py", "threading.py", "asyncio/")
_FIXED_RANGE = re.compile(r"range\([\d, ]+$")
_ASKS_FOR = ("django/shortcuts.py",)


def asked_by_application(span: Span) -> bool:
    """Return whether a line of the application, or of a template, called the ORM without a library in between."""
    for frame in span.stack:
        if not frame.library:
            return True
        if not frame.label.startswith((*_ORM, *_ASKS_FOR)) and not frame.file.startswith("<"):
            return span.via_template
    return span.call_site is not None or span.via_template


def function_inside(span: Span, functions: frozenset[str]) -> str | None:
    """Return which of Django's functions of these names the application called to have the statement sent."""
    for frame in span.stack:
        if not frame.library:
            return None
        name = frame.function.rpartition(".")[2]
        if name in functions:
            return name
    return None


def inside(span: Span, functions: frozenset[str]) -> bool:
    """Return whether one of Django's functions of these names stands between the application and the statement."""
    return function_inside(span, functions) is not None


def over_constants(loop: str | None) -> bool:
    """Return whether a loop goes through values that are written down in the code: its length cannot grow with the data."""
    if loop is None or " in " not in loop:
        return False
    through = loop.split(" in ", 1)[1].strip().rstrip(":])}").strip()
    name = through.split("(")[0].rpartition(".")[2]
    literal = through.startswith(("[", "(", "{", '"', "'")) or _FIXED_RANGE.match(through) is not None
    return (
        literal
        or (name.isupper() and name != "")
        or through.endswith((".choices", ".values", ".labels", ".names"))
    )


def walks(loop: str | None) -> bool:
    """Return whether a loop goes on until something is found: each step needs the answer of the one before."""
    return loop is not None and loop.startswith("while")


def texts(spans: Sequence[Span], places: Sequence[int]) -> bool:
    """Return whether all the parameters at these places are text."""
    return all(
        span.params[place].type == "str" for span in spans[:1] for place in places if place < len(span.params)
    )
