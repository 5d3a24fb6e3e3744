"""Compares two traces by fingerprint: which query groups are gone, new or changed, which findings are; pure values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Literal, TypeVar

from queryscope.profiler.finding import Finding
from queryscope.profiler.groups import nearest_site, statements, whole_ms
from queryscope.profiler.report import Report
from queryscope.profiler.trace import Span, TemplateSite, Trace, Value

Change = Literal["gone", "changed", "new", "same"]
CHANGES: tuple[Change, ...] = ("gone", "changed", "new", "same")

Item = TypeVar("Item")


class Side(Value, frozen=True, kw_only=True):
    """The spans of one fingerprint on one alias in one of the two traces, in the order of execution."""

    spans: tuple[Span, ...]

    @property
    def first(self) -> Span:
        return self.spans[0]

    @property
    def count(self) -> int:
        return len(self.spans)

    @property
    def total_ms(self) -> float:
        return sum(map(whole_ms, self.spans))


class GroupChange(Value, frozen=True, kw_only=True):
    """One query group in both traces; a side is ``None`` where the trace did not run it, and never both are.

    ``rewritten`` says that the SQL differs and the place and the table are the same: a join was added, rows are fetched in one
    go.
    """

    before: Side | None
    after: Side | None
    rewritten: bool = False

    @property
    def change(self) -> Change:
        """What became of it; times differ from run to run, so the number of queries and their SQL decide."""
        if self.after is None:
            return "gone"
        if self.before is None:
            return "new"
        return "changed" if self.rewritten or self.before.count != self.after.count else "same"

    @property
    def saved_ms(self) -> float:
        """The milliseconds by which it became cheaper, negative where it became dearer."""
        return (self.before.total_ms if self.before else 0.0) - (self.after.total_ms if self.after else 0.0)


class FindingChange(Value, frozen=True, kw_only=True):
    """One problem in both traces, with the same rule about what ``None`` means as ``GroupChange``."""

    before: Finding | None
    after: Finding | None

    @property
    def change(self) -> Change:
        """``same`` where it is still there with as many queries."""
        if self.after is None:
            return "gone"
        if self.before is None:
            return "new"
        return "same" if self.before.count == self.after.count else "changed"


class Comparison(Value, frozen=True, kw_only=True):
    """Two traces side by side. ``groups`` begin with the greatest saving, ``findings`` with those that are gone."""

    before: Trace
    after: Trace
    groups: tuple[GroupChange, ...]
    findings: tuple[FindingChange, ...]

    @property
    def same_work(self) -> bool:
        """Whether both did the same: of one view with one method, or of one kind and name."""
        return _work(self.before) == _work(self.after)

    @property
    def same_address(self) -> bool:
        """Whether both were asked for the same address."""
        return self.before.address == self.after.address

    @property
    def partial(self) -> bool:
        """Whether a limit kept statements out of either of them."""
        return bool(self.before.truncated_spans or self.after.truncated_spans)


def compare(before: Report, after: Report) -> Comparison:
    """Return what differs between two recorded units of work, the earlier one first."""
    groups = tuple(_groups(before.trace, after.trace))
    order = sorted(groups, key=lambda group: (CHANGES.index(group.change), -group.saved_ms))
    findings = sorted(_findings(before.findings, after.findings), key=lambda one: CHANGES.index(one.change))
    return Comparison(before=before.trace, after=after.trace, groups=tuple(order), findings=tuple(findings))


def _work(trace: Trace) -> tuple[str, str, str]:
    return trace.kind, trace.method or "", trace.view or trace.name


def _groups(before: Trace, after: Trace) -> Iterator[GroupChange]:
    old, new = _sides(before.spans), _sides(after.spans)
    for key in old.keys() & new.keys():
        yield GroupChange(before=old.pop(key), after=new.pop(key))
    for one, other in _pairs(old.values(), new.values(), _place):
        yield GroupChange(before=one, after=other, rewritten=one is not None and other is not None)


def _sides(spans: Iterable[Span]) -> dict[Hashable, Side]:
    """Return the statements by alias and fingerprint: lines move when a file is edited, so no place belongs to the key."""
    found: dict[Hashable, list[Span]] = defaultdict(list)
    for span in statements(spans):
        found[span.alias, span.fingerprint].append(span)
    return {key: Side(spans=tuple(spans)) for key, spans in found.items()}


def _place(side: Side) -> Hashable:
    """Return by what a statement is known again whose SQL was edited: kind, table, file and function, without the line."""
    span = side.first
    site = nearest_site(span)
    if site is None or not span.tables:
        return None
    where = (site.name, "") if isinstance(site, TemplateSite) else (site.label, site.function)
    return span.alias, span.kind, span.tables[0], where


def _findings(before: Sequence[Finding], after: Sequence[Finding]) -> Iterator[FindingChange]:
    old = {finding.identity or finding.id: finding for finding in before}
    new = {finding.identity or finding.id: finding for finding in after}
    for key in [key for key in old if key in new]:
        yield FindingChange(before=old.pop(key), after=new.pop(key))
    for one, other in _pairs(old.values(), new.values(), _matter):
        yield FindingChange(before=one, after=other)


def _matter(finding: Finding) -> Hashable:
    """Return what a finding is about, where its identity changed because the line it names was edited."""
    if finding.model is None:
        return None
    return finding.rule, finding.model, finding.path or finding.relation


def _pairs(
    old: Iterable[Item], new: Iterable[Item], key: Callable[[Item], Hashable]
) -> Iterator[tuple[Item | None, Item | None]]:
    """Yield what has one equal key on either side as a pair, and everything else alone: a guess is worse than none."""
    left, right = _by_key(old, key), _by_key(new, key)
    for name in [*left, *(name for name in right if name not in left)]:
        before, after = left.get(name, []), right.get(name, [])
        if name is not None and len(before) == len(after) == 1:
            yield before[0], after[0]
            continue
        yield from ((one, None) for one in before)
        yield from ((None, one) for one in after)


def _by_key(items: Iterable[Item], key: Callable[[Item], Hashable]) -> dict[Hashable, list[Item]]:
    found: dict[Hashable, list[Item]] = defaultdict(list)
    for item in items:
        found[key(item)].append(item)
    return dict(found)
