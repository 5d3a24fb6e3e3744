"""Says of an evaluation what its queryset brought along and what became of its rows; runs off the request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from queryscope.profiler.capture.evaluation import Evaluation, Reading
from queryscope.profiler.capture.text import plain
from queryscope.profiler.capture.uses import ITERATED, USES
from queryscope.profiler.trace import Queryset, Span

_DEEPEST = 8
_ONE_ROW = frozenset({"forward", "reverse", "deferred"})
"""Loads that a descriptor asks for by itself: their querysets are nobody's to change."""


def queryset_of(evaluation: Evaluation | None) -> Queryset | None:
    """Return what is known of the queryset behind a statement, ``None`` where there was none."""
    if evaluation is None or evaluation.asked is None or evaluation.load in _ONE_ROW:
        return None
    asked, reading = evaluation.asked, evaluation.reading
    names, excluded = asked.deferred
    uses = evaluation.uses | (ITERATED if asked.iterator else 0)
    chosen = tuple(sorted(map(_text, names)))
    return Queryset(
        base=evaluation.built.base,
        values=not asked.models,
        iterator=asked.iterator,
        joined=tuple(_paths(asked.select_related)) or tuple(_joined(reading)),
        joined_all=asked.select_related is True,
        prefetched=tuple(_text(getattr(each, "prefetch_through", each)) for each in asked.prefetch),
        only=() if excluded else chosen,
        deferred=chosen if excluded else (),
        fetch_mode=None if asked.fetch_mode is None else _mode(asked.fetch_mode),
        uses=tuple(use for bit, use in enumerate(USES) if uses >> bit & 1),
        read=tuple(_read(reading)),
        kept=evaluation.kept,
    )


def numbered(spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """Return the spans with ``base`` counting from 1, and 0 where no other queryset has the same one."""
    times = Counter(span.queryset.base for span in spans if span.queryset is not None)
    numbers = {base: number for number, base in enumerate((b for b in times if b and times[b] > 1), 1)}
    return tuple(
        span
        if span.queryset is None or not span.queryset.base
        else replace(span, queryset=replace(span.queryset, base=numbers.get(span.queryset.base, 0)))
        for span in spans
    )


def _paths(names: Any, prefix: str = "", depth: int = 0) -> Iterator[str]:
    """Yield the paths of ``Query.select_related``, which is a dict of dicts, or true for every one that is not nullable."""
    if not isinstance(names, dict) or depth > _DEEPEST:
        return
    for name, below in names.items():
        yield prefix + _text(name)
        yield from _paths(below, f"{prefix}{_text(name)}__", depth + 1)


def _joined(reading: Reading, prefix: str = "", depth: int = 0) -> Iterator[str]:
    for name, below in reading.joined.items() if depth <= _DEEPEST else ():
        yield prefix + name
        yield from _joined(below, f"{prefix}{name}__", depth + 1)


def _read(reading: Reading, prefix: str = "", depth: int = 0) -> Iterator[str]:
    yield from (prefix + name for name in sorted(reading.read))
    for name, below in reading.joined.items() if depth <= _DEEPEST else ():
        yield from _read(below, f"{prefix}{name}__", depth + 1)


def _text(name: object) -> str:
    return plain(name) or ""


def _mode(mode: Any) -> str:
    """Return the name of one of Django's fetch modes (``FETCH_PEERS``), or the class of somebody's own."""
    return {"FetchOne": "FETCH_ONE", "FetchPeers": "FETCH_PEERS", "FetchRaise": "RAISE"}.get(
        type(mode).__name__, type(mode).__name__
    )
