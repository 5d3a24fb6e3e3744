"""The line below a request's heading: what became of its view since the previous run, told from the two rows of the log."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo

from queryscope.dashboard.presentation.badges import letters
from queryscope.dashboard.presentation.delta import Delta, of_count, of_ms
from queryscope.profiler.store.summary import Summary
from queryscope.profiler.trace import Value
from queryscope.profiler.units import clock, plural


class Before(Value, frozen=True, kw_only=True):
    """``id`` is the earlier trace. ``gone`` and ``new`` are letters of rules; ``remarks`` say what else differs."""

    id: str
    time: str
    queries: Delta
    total: Delta
    gone: tuple[str, ...]
    new: tuple[str, ...]
    remarks: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """The result in one line: "81 → 3 queries, 61 → 4 ms"."""
        return f"{self.queries} queries, {self.total} ms"


def before_of(
    now: Summary, earlier: Summary | None, zone: tzinfo, *, cold: bool | None = None
) -> Before | None:
    """Return what became of a view since ``earlier``, ``None`` where there is no such run.

    ``cold`` says that ``now`` was the first of its process, which is slower than the next ones.
    """
    if earlier is None:
        return None
    then, found = ({mark.rule for mark in summary.findings} for summary in (earlier, now))
    return Before(
        id=earlier.id,
        time=clock(earlier.started_at, zone)[:8],
        queries=of_count(earlier.queries, now.queries),
        total=of_ms(earlier.duration_ms, now.duration_ms),
        gone=tuple(letters(rule) for rule in sorted(then - found)),
        new=tuple(letters(rule) for rule in sorted(found - then)),
        remarks=tuple(_remarks(now, earlier, cold=cold)),
    )


def _remarks(now: Summary, earlier: Summary, *, cold: bool | None) -> Iterator[str]:
    if now.address != earlier.address:
        yield f"other address then: {earlier.address[:80]}"
    if now.status != earlier.status and earlier.status is not None:
        yield f"status {earlier.status} then"
    if cold:
        yield "this run is the first of its process, so its times are those of a cold start"
    if now.truncated_spans or earlier.truncated_spans:
        yield f"{plural(now.truncated_spans + earlier.truncated_spans, 'statement')} counted but not kept"
