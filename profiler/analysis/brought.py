"""Tells which relations querysets brought along, by joins and prefetches, and which of them nothing read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.trace import Load, Queryset, Span

_GONE_THROUGH = frozenset({"iterated", "indexed", "sliced", "other"})
_FOLLOWED: frozenset[Load] = frozenset({"forward", "reverse", "many", "generic"})


class Unread(NamedTuple):
    """What one queryset brought along for nothing: paths from its rows, and the statements of the prefetches.

    ``owner`` is the statement of the queryset that was told to bring it; ``kept`` are the paths of its joins that are
    read, the longest ones.
    """

    owner: Span
    joined: tuple[str, ...]
    prefetched: tuple[str, ...]
    prefetches: tuple[Span, ...]
    kept: tuple[str, ...]


class _Prefetch(NamedTuple):
    """One statement of a prefetch, with the statement whose rows it serves and the relation as these rows name it."""

    span: Span
    holder: Span
    relation: str


def unread(evidence: Evidence) -> Iterator[Unread]:
    """Yield for each queryset what it brought along and nothing read, in the order of execution."""
    prefetches = _prefetches(evidence)
    lost = _lost(evidence, prefetches)
    statements = {span.n for spans in lost.values() for each in spans for span in (each.span,)}
    owners: dict[int, list[str]] = defaultdict(list)
    for owner, path in lost:
        owners[owner].append(path)
    for span in evidence.spans:
        joined = () if span.n in statements else _unread_joins(span)
        paths = owners.get(span.n, [])
        if joined or paths:
            spans = (each.span for path in paths for each in lost[span.n, path])
            yield Unread(
                owner=span,
                joined=joined,
                prefetched=tuple(path for path in paths if not covered(paths, path)),
                prefetches=tuple(sorted(spans, key=lambda each: each.n)),
                kept=_read_joins(span),
            )


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


def _unread_joins(span: Span) -> tuple[str, ...]:
    queryset = judged(span)
    if queryset is None:
        return ()
    lost = [path for path in queryset.joined if not read(queryset.read, path)]
    return tuple(path for path in lost if not covered(lost, path))


def _read_joins(span: Span) -> tuple[str, ...]:
    queryset = span.queryset
    if queryset is None:
        return ()
    kept = [path for path in queryset.joined if read(queryset.read, path)]
    return tuple(path for path in kept if not any(each.startswith(f"{path}__") for each in kept))


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
