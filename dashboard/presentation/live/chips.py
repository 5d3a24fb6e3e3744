"""The quick filters: each adds or takes away one typed term, and says how many traces it would leave."""

from __future__ import annotations

from collections.abc import Sequence

from queryscope.dashboard.presentation.live.filter import Filter, parse, select
from queryscope.profiler import units
from queryscope.profiler.config import Config
from queryscope.profiler.store.summary import Summary
from queryscope.profiler.trace import Value

FOUND, N_PLUS_ONE, HIGH = "is:found", "is:n-plus-one", "severity:high"
SLOW, WRITES, ERRORS = "is:slow", "is:write", "is:error"
_TERMS = (FOUND, N_PLUS_ONE, HIGH, SLOW, WRITES, ERRORS)


class Chip(Value, frozen=True, kw_only=True):
    """A quick filter: ``query`` is the filter text a click leads to."""

    name: str
    label: str
    query: str
    count: str
    pressed: bool


def chips(summaries: Sequence[Summary], wanted: Filter, config: Config) -> tuple[Chip, ...]:
    """Return the quick filters over these traces; "All" takes the others' terms away and keeps what was typed."""
    words = wanted.text.split()
    typed = [word for word in words if word.lower() not in _TERMS]
    admitted = select(summaries, parse(" ".join(typed)), config)
    everything = Chip(
        name="all",
        label="All",
        query=" ".join(typed),
        count=units.count(len(admitted)),
        pressed=len(typed) == len(words),
    )
    labels = {
        FOUND: "With findings",
        N_PLUS_ONE: "N+1",
        HIGH: "High",
        SLOW: f"Over {config.warm_total_ms:,g} ms",
        WRITES: "Writes",
        ERRORS: "4xx 5xx",
    }
    return (everything, *(_chip(term, labels[term], words, admitted, config) for term in _TERMS))


def _chip(term: str, label: str, words: list[str], admitted: Sequence[Summary], config: Config) -> Chip:
    pressed = term in (word.lower() for word in words)
    without = [word for word in words if word.lower() != term]
    return Chip(
        name=term.rpartition(":")[2],
        label=label,
        query=" ".join(without if pressed else [*words, term]),
        count=units.count(len(select(admitted, parse(term), config))),
        pressed=pressed,
    )
