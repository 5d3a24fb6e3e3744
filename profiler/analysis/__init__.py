"""Diagnosis: every rule is a pure function over a trace, named in one explicit list; this package knows nothing of Django."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from queryscope.profiler.config import Config
from queryscope.profiler.finding import Finding
from queryscope.profiler.trace import Trace

Analyzer = Callable[[Trace, Config], Iterable[Finding]]

ANALYZERS: tuple[Analyzer, ...] = ()


def run(trace: Trace, config: Config, analyzers: Iterable[Analyzer] = ANALYZERS) -> tuple[Finding, ...]:
    """Return the findings of all analyzers, in the order of the list."""
    return tuple(finding for analyzer in analyzers for finding in analyzer(trace, config))
