"""The phases of a query in their one order, with their names and colours; only what was measured appears."""

from __future__ import annotations

from collections.abc import Iterator

from queryscope.profiler.trace import Phases, Span, Value


class Phase(Value, frozen=True, kw_only=True):
    """``field`` is the name in the contract, ``css`` the class that carries the colour, ``short`` the name in a row of many."""

    field: str
    css: str
    name: str
    short: str

    def of(self, phases: Phases) -> float | None:
        """Return the milliseconds of this phase, ``None`` where it was not measured."""
        value: float | None = getattr(phases, self.field)
        return value


PHASES = (
    Phase(field="construct_ms", css="p-construct", name="Construction", short="Construct"),
    Phase(field="compile_ms", css="p-compile", name="SQL compilation", short="Compile"),
    Phase(field="execute_ms", css="p-execute", name="Database execution", short="Execute"),
    Phase(field="fetch_ms", css="p-fetch", name="Fetch", short="Fetch"),
    Phase(field="hydrate_ms", css="p-hydrate", name="Hydration", short="Hydrate"),
)
UNSPLIT = Phase(field="", css="p-whole", name="Statement, phases not measured", short="Statement")
REST = Phase(field="", css="p-python", name="Python and template", short="Python")
"""The time of a request outside its queries."""


def measured(phases: Phases) -> Iterator[tuple[Phase, float]]:
    """Yield each phase that was measured, in the order of drawing, with its milliseconds."""
    for phase in PHASES:
        value = phase.of(phases)
        if value is not None:
            yield phase, value


def parts(span: Span) -> tuple[tuple[Phase, float], ...]:
    """Return what to draw for a span: its measured phases, or the whole of it where none was measured."""
    return tuple((phase, value) for phase, value in measured(span.phases) if value > 0) or (
        (UNSPLIT, span.duration_ms),
    )


def total_ms(phases: Phases) -> float | None:
    """Return the sum of the measured phases, ``None`` where none was measured."""
    values = [value for _, value in measured(phases)]
    return sum(values) if values else None
