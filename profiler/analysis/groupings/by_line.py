"""Puts statements together that are one problem: those of one line, and those that one pair of lines asks again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.analysis.statements import questions
from queryscope.profiler.config import Config
from queryscope.profiler.groups import whole_ms
from queryscope.profiler.trace import Span


class Again(NamedTuple):
    """What the same places asked again: runs of statements that ask the same, each at least two."""

    runs: tuple[tuple[Span, ...], ...]

    @property
    def spans(self) -> list[Span]:
        """All of them, in the order of execution."""
        return sorted((span for run in self.runs for span in run), key=lambda span: span.n)

    @property
    def later_ms(self) -> float:
        """What all but the first of each run took."""
        return sum(whole_ms(span) for run in self.runs for span in run[1:])


def streamed(spans: Iterable[Span], config: Config) -> bool:
    """Return whether each of these statements handed on a long result: who does that twice does not want it in memory."""
    return all(
        span.queryset is not None and span.queryset.iterator and (span.rows or 0) >= config.large_rows
        for span in spans
    )


def of_one_line(evidence: Evidence, wanted: Callable[[Span], bool]) -> Iterator[list[Span]]:
    """Yield the statements of each line that are ``wanted``.

    A line of which some are not, because more was done with their rows, serves both: it is left out.
    """
    for spans in evidence.by_statement.values():
        chosen = [span for span in spans if wanted(span)]
        if chosen and len(chosen) == sum(span.rows != 0 for span in spans):
            yield chosen


def asked_again(evidence: Evidence, asked: Iterable[list[Span]]) -> Iterator[Again]:
    """Yield what was asked again while nothing changed the answer; ``asked`` are statements that ask the same."""
    several = [spans for spans in asked if len(spans) > 1]
    if not several:
        return
    changes = questions.Changes(evidence.trace.spans)
    found: dict[tuple[object, ...], list[tuple[Span, ...]]] = defaultdict(list)
    for spans in several:
        for run in changes.runs(spans):
            if len(run) > 1 and questions.alike(run):
                sites = frozenset(span.site_id for span in run)
                found[run[0].alias, run[0].fingerprint, sites].append(tuple(run))
    for runs in found.values():
        yield Again(tuple(runs))
