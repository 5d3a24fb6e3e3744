"""What the lines of a trace's templates cost: their own statements, and those of what they include or extend."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from queryscope.profiler.groups import statements, whole_ms
from queryscope.profiler.trace import Span, TemplateLine, TemplateSite, Trace, Value

_Template = tuple[str, str | None]
"""Name and file."""


class HeatLine(Value, frozen=True, kw_only=True):
    """What one line ran: by itself (``queries``, ``ms``), and ``below`` it in the templates that it includes or extends.

    ``line`` counts from 1; ``source`` is its text. A statement counts once for each line on its way, in recursion too.
    """

    line: int
    source: str | None
    queries: int = 0
    ms: float = 0.0
    queries_below: int = 0
    ms_below: float = 0.0
    spans: tuple[int, ...] = ()
    """Numbers of its own statements."""


class TemplateHeat(Value, frozen=True, kw_only=True):
    """One template with the lines that cost something, in their order; ``queries`` and ``ms`` are those of its own lines.

    ``chains`` are the ways by which it was reached, each from the line that included it outwards; empty for one that was
    rendered by itself.
    """

    name: str
    file: str | None
    queries: int
    ms: float
    lines: tuple[HeatLine, ...]
    chains: tuple[tuple[TemplateLine, ...], ...]
    source_changed: bool


class _Line:
    """A line while statements are added up."""

    def __init__(self, source: str | None) -> None:
        self.source = source
        self.own: list[Span] = []
        self.below: list[Span] = []

    def heat(self, number: int) -> HeatLine:
        return HeatLine(
            line=number,
            source=self.source,
            queries=len(self.own),
            ms=sum(map(whole_ms, self.own), 0.0),
            queries_below=len(self.below),
            ms_below=sum(map(whole_ms, self.below), 0.0),
            spans=tuple(span.n for span in self.own),
        )


class _Sum:
    """A template while statements are added up."""

    def __init__(self) -> None:
        self.lines: dict[int, _Line] = {}
        self.chains: dict[tuple[TemplateLine, ...], None] = {}
        self.changed = False

    def heat(self, name: str, file: str | None) -> TemplateHeat:
        lines = tuple(self.lines[number].heat(number) for number in sorted(self.lines))
        return TemplateHeat(
            name=name,
            file=file,
            queries=sum(line.queries for line in lines),
            ms=sum((line.ms for line in lines), 0.0),
            lines=lines,
            chains=tuple(chain for chain in self.chains if chain),
            source_changed=self.changed,
        )


def template_heat(trace: Trace) -> tuple[TemplateHeat, ...]:
    """Return every template that ran a statement or led to one, what cost most by its own lines first, in ms."""
    sums: dict[_Template, _Sum] = defaultdict(_Sum)
    for span in statements(trace.spans):
        if span.template_site is not None:
            _add(sums, span.template_site, span)
    heats = (each.heat(*template) for template, each in sums.items())
    return tuple(sorted(heats, key=lambda heat: (-heat.ms, heat.name)))


def _add(sums: dict[_Template, _Sum], site: TemplateSite, span: Span) -> None:
    seen = set()
    for depth, place in enumerate(_way(site)):
        template = (place.name, place.file)
        total = sums[template]
        total.chains.setdefault(_outside(site, depth, template))
        total.changed |= site.source_changed and depth == 0
        if place.line is None or (template, place.line) in seen:
            continue
        seen.add((template, place.line))
        line = total.lines.setdefault(place.line, _Line(place.source))
        (line.below if depth else line.own).append(span)


def _way(site: TemplateSite) -> Iterator[TemplateLine]:
    """Yield the line that ran a statement and those around it, from the inside."""
    yield TemplateLine(name=site.name, file=site.file, line=site.line, source=site.source)
    yield from site.chain


def _outside(site: TemplateSite, depth: int, template: _Template) -> tuple[TemplateLine, ...]:
    """Return the lines of the chain that lie around a template: nested tags of its own are no way to it."""
    around = site.chain[depth:]
    own = next((n for n, line in enumerate(around) if (line.name, line.file) != template), len(around))
    return around[own:]
