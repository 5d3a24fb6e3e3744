"""What rules look at: one trace, its statements in the groupings that several rules need, each made once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property

from queryscope.profiler.analysis.past import NOTHING, Past
from queryscope.profiler.analysis.statements.runs import Runs
from queryscope.profiler.config import Config
from queryscope.profiler.groups import statements
from queryscope.profiler.trace import Relation, Span, Trace


class Evidence:
    """A trace under examination; never changed, its groupings are made when they are first asked for.

    ``explained`` holds the numbers of statements that a rule before this one has explained.
    """

    def __init__(
        self,
        trace: Trace,
        config: Config,
        past: Past = NOTHING,
        explained: frozenset[int] = frozenset(),
    ) -> None:
        self.trace, self.config, self.past, self.explained = trace, config, past, explained

    def beyond(self, explained: Iterable[int]) -> Evidence:
        """Return the same evidence with more statements explained; what was grouped already is kept."""
        other = Evidence(self.trace, self.config, self.past, self.explained | frozenset(explained))
        for name in ("spans", "by_number", "relations", "runs"):
            if name in self.__dict__:
                other.__dict__[name] = self.__dict__[name]
        return other

    @cached_property
    def spans(self) -> tuple[Span, ...]:
        """The statements that ask something of the database, in order; without marks of transactions and failed ones."""
        return tuple(span for span in statements(self.trace.spans) if span.error is None)

    @cached_property
    def open(self) -> tuple[Span, ...]:
        """Those that no rule has explained yet."""
        return tuple(span for span in self.spans if span.n not in self.explained)

    @cached_property
    def by_number(self) -> Mapping[int, Span]:
        """Every span of the trace by its number."""
        return {span.n: span for span in self.trace.spans}

    @cached_property
    def runs(self) -> Runs:
        """The units of work that others in this trace had done at once."""
        return Runs(self.trace.lanes)

    @cached_property
    def relations(self) -> Mapping[tuple[str, str], Relation]:
        """What the models say of the relations that the trace followed, by model and name."""
        return {(relation.model, relation.name): relation for relation in self.trace.relations}

    @cached_property
    def by_statement(self) -> Mapping[tuple[str, str, str], tuple[Span, ...]]:
        """Statements that no rule has explained, by alias, fingerprint and site: what a loop repeats."""
        found: dict[tuple[str, str, str], list[Span]] = defaultdict(list)
        for span in self.open:
            found[span.alias, span.fingerprint, span.site_id].append(span)
        return {key: tuple(spans) for key, spans in found.items()}
