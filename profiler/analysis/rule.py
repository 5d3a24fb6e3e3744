"""What a rule is: a name that stays, a badge of a few letters, and a pure function from evidence to findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.finding import Finding
from queryscope.profiler.trace import Value


class Rule(Value, frozen=True, kw_only=True):
    """One rule. ``id`` is kebab-case and never changes; ``badge`` at most four letters; ``summary`` one sentence.

    ``explains`` tells whether the statements of its findings are explained by them, so that later rules pass them over.
    """

    id: str
    badge: str
    name: str
    summary: str
    find: Callable[[Evidence], Iterable[Finding]]
    explains: bool = False
