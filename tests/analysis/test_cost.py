"""What the analysis of a large trace costs: all rules together, and the memory of earlier requests."""

from __future__ import annotations

from collections.abc import Callable
from time import thread_time

from msgspec.structs import replace

from queryscope.profiler import analysis
from queryscope.profiler.analysis.memory import Memory
from queryscope.profiler.config import Config
from queryscope.profiler.trace import Frame, Queryset, Trace
from tests.builders import parameter, trace
from tests.dashboard import thousand

RUNS = 9
MOST_MS = 50.0
CONFIG = Config()


def best_ms(work: Callable[[], object]) -> float:
    """Return what the fastest of some runs took of the processor: the others were disturbed."""
    times = []
    for _ in range(RUNS):
        start = thread_time()
        work()
        times.append((thread_time() - start) * 1e3)
    return min(times)


def loops() -> Trace:
    """Return twelve loops; as in a recording, the statements of a line share their stack."""
    stacks: dict[str, tuple[Frame, ...]] = {}
    spans = thousand.report().trace.spans
    return trace(
        spans=tuple(replace(span, stack=stacks.setdefault(span.site_id, span.stack)) for span in spans)
    )


def loops_apart() -> Trace:
    """Return the same loops, each statement with a stack of its own."""
    return thousand.report().trace


def apart() -> Trace:
    """Return a trace without a loop: nothing is explained or shared, so every rule looks at every statement and stack."""
    spans = tuple(
        replace(
            span, load="queryset", relation=None, origin=None, parent_row=None, fingerprint=f"{span.n:016x}",
            site_id=f"{span.n:08x}", params=(parameter(str(span.n // 2)),), queryset=Queryset(base=span.n // 2, uses=("iterated",)),
        )
        for span in thousand.report().trace.spans
    )  # fmt: skip
    return trace(spans=spans)


def writing() -> Trace:
    """Return a trace in which every other statement writes."""
    spans = (
        replace(span, kind="update", sql="UPDATE t SET a = %s", load=None) if span.n % 2 else span
        for span in apart().spans
    )
    return trace(spans=tuple(spans))


def test_all_rules_over_a_thousand_statements() -> None:
    """Under 50 ms where they are loops, as in every trace of that size; twice that where no two have anything in common."""
    taken = {}
    limits = {loops: MOST_MS, loops_apart: MOST_MS, apart: 2 * MOST_MS, writing: 2 * MOST_MS}
    for make in limits:
        made = make()
        past = Memory().enter(made, CONFIG)
        taken[make.__name__] = best_ms(lambda made=made, past=past: analysis.run(made, CONFIG, past))  # type: ignore[misc]
    assert all(taken[make.__name__] < most for make, most in limits.items()), taken


def test_the_memory_takes_a_thousand_statements_in() -> None:
    """It looks at the first few hundred only."""
    memory, made = Memory(), apart()
    assert best_ms(lambda: memory.enter(made, CONFIG)) < MOST_MS / 2


def test_the_analysis_breathes_between_rules() -> None:
    """The thread that runs it must not hold the interpreter for long."""
    pauses = []
    analysis.run(loops(), CONFIG, pause=lambda: pauses.append(1))
    assert len(pauses) >= len(analysis.RULES)
