"""``queryscope problems``: what was found in all traces as aligned lines, the dearest first, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, get_args

from queryscope.profiler.errors import IgnoreError
from queryscope.profiler.finding import Problem, State
from queryscope.profiler.management.findings import painted
from queryscope.profiler.management.text import columns, moment, one_line, visible
from queryscope.profiler.store import Store
from queryscope.profiler.units import count, ms

STATES: tuple[State, ...] = get_args(State)
OPEN: tuple[State, ...] = ("new", "back", "seen")
TITLE_CHARS = 100
TEXT_CHARS = 200
HEAD = ("Problem", "State", "Severity", "Rule", "Traces", "Total ms", "Worst ms", "Last seen", "What")
NUMBERS = frozenset({4, 5, 6})
MOST = 10_000


def wanted(states: Sequence[str]) -> tuple[State, ...]:
    """Return the states to list: those that were named, ``all``, or else what is open."""
    if "all" in states:
        return STATES
    return tuple(state for state in STATES if state in states) or OPEN


def lines(found: Sequence[Problem], style: Any) -> Iterator[str]:
    """Yield a head and one line a problem, with the reason below one that is ignored."""
    head, *rows = columns([HEAD, *map(_cells, found)], NUMBERS)
    yield style.MIGRATE_HEADING("  ".join(head))
    for cells, problem in zip(rows, found, strict=True):
        cells[2] = painted(problem.severity, cells[2], style)
        yield "  ".join(cells)
        if problem.state == "ignored":
            place = ", in the project's file" if problem.kept else ""
            yield f"{'':10}ignored{place}: {one_line(problem.reason or '', TEXT_CHARS)}"


def remarks(store: Store, states: Sequence[State], shown: int) -> Iterator[str]:
    """Yield what the lines do not say: what is not listed, and what is wrong or out of date in the project's file."""
    every = store.problems(limit=MOST)
    left = [problem.state for problem in every if problem.state not in states]
    if (more := len(every) - len(left) - shown) > 0:
        yield f"{count(more)} more, cheaper ones: --limit says how many are listed."
    if left:
        kinds = ", ".join(f"{count(left.count(state))} {state}" for state in STATES if state in left)
        yield f"Not shown: {kinds}; --state all lists them."
    elif not shown:
        yield f"No problem in {visible(store.location)}: nothing was found yet."
    if store.ignored is None:
        return
    try:
        store.ignored.read()
    except IgnoreError as error:
        yield f"No problem is ignored by the file: {visible(str(error))}"
    if stale := store.stale():
        yield f"Not found in this store any more, but still in {visible(str(store.ignored.path))}:"
        for entry in stale:
            name = entry.identity or f"rule {entry.rule}"
            yield f"  {one_line(' '.join(filter(None, (name, entry.title))), TITLE_CHARS)} ({one_line(entry.reason, TEXT_CHARS)})"


def _cells(problem: Problem) -> tuple[str, ...]:
    return (
        problem.identity[:8],
        problem.state,
        problem.severity,
        problem.rule,
        count(problem.count),
        ms(problem.total_ms),
        ms(problem.worst_ms),
        moment(problem.last_seen),
        one_line(problem.title, TITLE_CHARS),
    )
