"""``queryscope show``: which Python took the time between the statements, by its name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from queryscope.profiler.management.text import one_line
from queryscope.profiler.trace import Lane
from queryscope.profiler.units import ms, plural

NAMES = 5
LABEL_CHARS = 100


def by_name(gaps: Sequence[Lane], style: Any) -> Iterator[str]:
    """Yield what ran between the statements, the longest first; stretches of one name are one line."""
    found: dict[str, list[float]] = defaultdict(list)
    for gap in gaps:
        found[gap.label].append(gap.duration_ms)
    ordered = sorted(found.items(), key=lambda each: -sum(each[1]))
    yield style.MIGRATE_HEADING("Between the queries, longest first")
    for label, times in ordered[:NAMES]:
        several = f", {plural(len(times), 'stretch', 'stretches')}" if len(times) > 1 else ""
        yield f"  {'':7}  {ms(sum(times)):>8}  {one_line(label, LABEL_CHARS)}{several}"
    if rest := ordered[NAMES:]:
        total = ms(sum(sum(times) for _, times in rest))
        yield f"  {plural(len(rest), 'more name')}, {total} ms, not shown: --json has them."
