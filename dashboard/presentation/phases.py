"""The phases of a query in their one order, with their names and colours; only what was measured appears."""

from __future__ import annotations

from collections.abc import Iterator

from queryscope.profiler.trace import Phases, Span, Trace, Value
from queryscope.profiler.words import one_number


class Phase(Value, frozen=True, kw_only=True):
    """``field`` is the name in the contract, ``css`` the class that carries the colour, ``short`` the name in a row of many.

    ``title`` says what the number means where its name does not.
    """

    field: str
    css: str
    name: str
    short: str
    title: str = ""

    def of(self, phases: Phases) -> float | None:
        """Return the milliseconds of this phase, ``None`` where it was not measured."""
        value: float | None = getattr(phases, self.field)
        return value


CONSTRUCT = Phase(
    field="construct_ms",
    css="p-construct",
    name="Construction",
    short="Construct",
    title="Building the queryset. It happened earlier, where the queryset was built; a bar begins with it.",
)
COMPILE = Phase(
    field="compile_ms",
    css="p-compile",
    name="SQL compilation",
    short="Compile",
    title="From the query object to SQL and parameters",
)
EXECUTE = Phase(
    field="execute_ms",
    css="p-execute",
    name="Database execution",
    short="Execute",
    title="Round trip and work of the server",
)
FETCH = Phase(field="fetch_ms", css="p-fetch", name="Fetch", short="Fetch", title="Reading the rows")
HYDRATE = Phase(
    field="hydrate_ms",
    css="p-hydrate",
    name="Hydration",
    short="Hydrate",
    title="From rows to model instances. With .iterator() it runs between your own lines and is not measured.",
)
PHASES = (CONSTRUCT, COMPILE, EXECUTE, FETCH, HYDRATE)
EXECUTE_AND_FETCH = Phase(
    field="execute_ms",
    css="p-execute",
    name="Execution and fetch",
    short="Execute, fetch",
    title="One number: this database, such as SQLite, works while its rows are read.",
)
NAMED = (CONSTRUCT, COMPILE, EXECUTE, EXECUTE_AND_FETCH, FETCH, HYDRATE)
"""Every name a legend may have, in the order of drawing."""
UNSPLIT = Phase(field="", css="p-whole", name="Statement, phases not measured", short="Statement")
REST = Phase(field="", css="p-python", name="Python and template", short="Python")
"""The time of a request outside its queries."""

DRAWN = ("p-construct", "p-compile", "p-whole", "p-execute", "p-fetch", "p-hydrate")
"""The colours of a bar from the left."""


def measured(phases: Phases, *, joined: bool) -> Iterator[tuple[Phase, float]]:
    """Yield each phase that was measured, in the order of drawing, with its milliseconds.

    Where ``joined``, execution and fetch are one number, and named for both.
    """
    for phase in PHASES:
        value = phase.of(phases)
        if value is not None:
            yield EXECUTE_AND_FETCH if joined and phase is EXECUTE else phase, value


def joined_in(trace: Trace) -> bool:
    """Tell whether execution holds the fetch everywhere in a trace; where some statement told them apart it does not."""
    return trace.phases.fetch_ms is None and any(map(one_number, trace.spans))


def parts(span: Span) -> tuple[tuple[Phase, float], ...]:
    """Return what to draw for a span, from the left: its measured phases, the statement undivided where it was not split."""
    phases = span.phases
    found = [part for part in measured(phases, joined=one_number(span)) if part[1] > 0]
    if phases.execute_ms is None and phases.fetch_ms is None:
        before = sum(phase in (CONSTRUCT, COMPILE) for phase, _ in found)
        found.insert(before, (UNSPLIT, span.duration_ms))
    return tuple(found) or ((EXECUTE, span.duration_ms),)


def begins_ms(span: Span) -> float:
    """Return where the bar of a span begins: its statement starts after compilation and (moved there) construction."""
    return span.start_ms - (span.phases.construct_ms or 0.0) - (span.phases.compile_ms or 0.0)


def total_ms(phases: Phases) -> float | None:
    """Return the sum of the measured phases, ``None`` where none was measured."""
    values = [value for _, value in measured(phases, joined=False)]
    return sum(values) if values else None


def orm_ms(phases: Phases) -> float | None:
    """Return the time in the ORM, construction, compilation and hydration; ``None`` where none of them was measured."""
    known = [value for phase in (CONSTRUCT, COMPILE, HYDRATE) if (value := phase.of(phases)) is not None]
    return sum(known) if known else None
