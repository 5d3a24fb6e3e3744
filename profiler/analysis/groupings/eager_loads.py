"""Tells which relations querysets brought along, by joins and prefetches, and which of them nothing read."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.trace import CallSite, Load, Queryset, Span

_BRINGS = re.compile(r"\.(?:select|prefetch)_related\(")
_GONE_THROUGH = frozenset({"iterated", "indexed", "sliced", "other"})
_FOLLOWED: frozenset[Load] = frozenset({"forward", "reverse", "many", "generic"})


class Unread(NamedTuple):
    """What the querysets of one place brought along for nothing: paths from their rows, and the statements of prefetches.

    ``owners`` are the statements of the querysets that were told to bring it; ``kept`` are the paths of their joins that
    are read, the longest ones.
    """

    owners: tuple[Span, ...]
    joined: tuple[str, ...]
    prefetched: tuple[str, ...]
    prefetches: tuple[Span, ...]
    kept: tuple[str, ...]

    @property
    def owner(self) -> Span:
        return self.owners[0]

    @property
    def rows(self) -> int:
        """How many rows might have been asked for it."""
        return sum(span.rows or 0 for span in self.owners)


class _Prefetch(NamedTuple):
    """One statement of a prefetch, with the statement whose rows it serves and the relation as these rows name it."""

    span: Span
    holder: Span
    relation: str


def unread(evidence: Evidence) -> Iterator[Unread]:
    """Yield for each place that builds a queryset what it brought along and nothing read, in the order of execution.

    What one evaluation of it reads, and another does not, is not unread: both come from the same line.
    """
    prefetches = _prefetches(evidence)
    lost = _lost(evidence, prefetches)
    in_vain = {each.span.n for spans in lost.values() for each in spans}
    brought: dict[int, list[str]] = defaultdict(list)
    for owner, path in prefetches:
        brought[owner].append(path)
    places: dict[object, list[Span]] = defaultdict(list)
    for span in evidence.spans:
        if (
            span.n not in in_vain
            and span.queryset is not None
            and (span.queryset.joined or span.n in brought)
        ):
            places[(_told(span), span.model) if span.build_sites else span.n].append(span)
    for spans in places.values():
        paths = {span.n: brought[span.n] for span in spans if span.n in brought}
        made = _unread(evidence, spans, paths, lost)
        if made is not None:
            yield made


def _told(span: Span) -> tuple[CallSite, ...]:
    """Return the lines that built a queryset, up to the one that has it bring something along: it serves what comes after."""
    for number, site in enumerate(span.build_sites, 1):
        if _BRINGS.search(site.source or ""):
            return span.build_sites[:number]
    return span.build_sites


def _unread(
    evidence: Evidence,
    spans: list[Span],
    brought: dict[int, list[str]],
    lost: dict[tuple[int, str], list[_Prefetch]],
) -> Unread | None:
    """Return what the evaluations of one queryset brought in vain, ``None`` where nothing is."""
    joined = _unread_joins(evidence, spans)
    pairs = [(n, path) for n, paths in brought.items() for path in paths]
    used = {path for n, path in pairs if (n, path) not in lost}
    prefetched = [path for path in dict.fromkeys(path for _, path in pairs) if path not in used]
    statements = {each.span.n: each.span for pair in pairs if pair[1] in prefetched for each in lost[pair]}
    numbers = {n for n, path in pairs if path in prefetched}
    owners = tuple(span for span in spans if span.n in numbers or _brings(span, joined))
    if not owners:
        return None
    return Unread(
        owners=owners,
        joined=joined,
        prefetched=tuple(path for path in prefetched if not covered(prefetched, path)),
        prefetches=tuple(statements[n] for n in sorted(statements)),
        kept=_longest(path for span in owners for path in _read_joins(evidence, span)),
    )


def _brings(span: Span, joined: tuple[str, ...]) -> bool:
    queryset = judged(span)
    return queryset is not None and any(path in joined for path in queryset.joined)


def read(paths: Iterable[str], path: str) -> bool:
    """Return whether one of ``paths`` is ``path`` or leads on from it."""
    return any(each == path or each.startswith(f"{path}__") for each in paths)


def covered(paths: Iterable[str], path: str) -> bool:
    """Return whether a shorter one of ``paths`` leads to ``path``."""
    return any(path.startswith(f"{each}__") for each in paths)


def judged(span: Span) -> Queryset | None:
    """Return the queryset of a statement whose rows were gone through in sight, else ``None``."""
    queryset = span.queryset
    if queryset is None or queryset.values or queryset.kept or not span.rows:
        return None
    # A prefetch hands its rows to those of another queryset, which are gone through in its place.
    return queryset if span.load == "prefetch" or _GONE_THROUGH & set(queryset.uses) else None


def _unread_joins(evidence: Evidence, spans: Iterable[Span]) -> tuple[str, ...]:
    used: set[str] = set()
    lost: dict[str, None] = {}
    for span in spans:
        queryset, known = judged(span), span.queryset
        if queryset is not None:
            used.update(_read_joins(evidence, span))
            lost.update(dict.fromkeys(path for path in queryset.joined if path not in used))
        elif known is not None and known.kept:
            used.update(known.joined)
    unused = [path for path in lost if path not in used]
    return tuple(path for path in unused if not covered(unused, path))


def _read_joins(evidence: Evidence, span: Span) -> list[str]:
    """Return the joined paths of a statement that were read from its rows."""
    queryset = span.queryset
    if queryset is None:
        return []
    return [
        path
        for path in queryset.joined
        if read(queryset.read, path) or read(queryset.read, _as_read(evidence, span.model, path))
    ]


def _as_read(evidence: Evidence, model: str | None, path: str) -> str:
    """Return a path for ``select_related`` as Python follows it: a relation may have another name in queries."""
    names = []
    for step in path.split("__"):
        known = evidence.relations.get((model or "", step)) or next(
            (each for each in evidence.trace.relations if (each.model, each.query_name) == (model, step)),
            None,
        )
        names.append(known.name if known is not None else step)
        model = known.to if known is not None else None
    return "__".join(names)


def _longest(paths: Iterable[str]) -> tuple[str, ...]:
    once = tuple(dict.fromkeys(paths))
    return tuple(path for path in once if not any(each.startswith(f"{path}__") for each in once))


def _prefetches(evidence: Evidence) -> dict[tuple[int, str], list[_Prefetch]]:
    """Return the prefetches by the queryset that asked for them and the path from its rows."""
    found: dict[tuple[int, str], list[_Prefetch]] = defaultdict(list)
    for span in evidence.spans:
        if span.load != "prefetch" or span.origin is None or span.relation is None:
            continue
        holder = evidence.by_number.get(span.origin.span or 0)
        owner = holder
        while owner is not None and owner.n < span.n:
            path = _relative(span, owner)
            if owner.queryset is not None and read(owner.queryset.prefetched, path):
                found[owner.n, path].append(
                    _Prefetch(span, holder or owner, _relative(span, holder or owner))
                )
                break
            above = owner.origin.span if owner.origin is not None and owner.load == "prefetch" else None
            owner = evidence.by_number.get(above or 0)
    return found


def _lost(
    evidence: Evidence, prefetches: dict[tuple[int, str], list[_Prefetch]]
) -> dict[tuple[int, str], list[_Prefetch]]:
    """Return those of which nothing was read, with what hangs on them."""
    asked_again = {
        (span.origin.span, span.relation)
        for span in evidence.spans
        if span.load in _FOLLOWED and span.origin is not None
    }
    lost: dict[tuple[int, str], list[_Prefetch]] = {}
    for key, spans in prefetches.items():
        ignored = any((each.holder.n, each.span.relation) in asked_again for each in spans)
        if not ignored and all(map(_nothing_read, spans)):
            lost[key] = spans
    return lost


def _nothing_read(prefetch: _Prefetch) -> bool:
    queryset = judged(prefetch.holder)
    return queryset is not None and not read(queryset.read, prefetch.relation)


def _relative(span: Span, owner: Span) -> str:
    """Return the path of a prefetch from the rows of ``owner``, which its own rows were reached from."""
    path, above = _path(span), _path(owner)
    return path.removeprefix(f"{above}__") if above else path


def _path(span: Span) -> str:
    return "__".join(filter(None, (span.origin.path if span.origin else "", span.relation or "")))
