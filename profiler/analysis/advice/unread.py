"""Advice to take out of a queryset what it loads along and nobody reads."""

from __future__ import annotations

from collections.abc import Sequence

from queryscope.profiler.analysis.advice.change import Change, Drop
from queryscope.profiler.analysis.advice.placed import placed
from queryscope.profiler.analysis.advice.roots import root_of
from queryscope.profiler.analysis.advice.wording import listed
from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.finding import Advice
from queryscope.profiler.trace import Origin, Span


def dropped(evidence: Evidence, start: Origin | Span, paths: Sequence[str]) -> Advice:
    """Return the advice to load the relations ``paths`` of the rows of ``start`` no longer: paths from the root's model."""
    root = root_of(evidence, start)
    near = root.relative(paths)
    joined = tuple(path for path in near if path in root.queryset.joined)
    prefetched = tuple(path for path in near if path not in joined)
    steps = tuple(
        Drop(method=method, paths=names)
        for method, names in (("select_related", joined), ("prefetch_related", prefetched))
        if names
    )
    calls = listed([f"{step.method}()" for step in steps])
    return placed(evidence, root, Change(steps=steps), summary=f"Take {listed(near)} out of {calls}.")
