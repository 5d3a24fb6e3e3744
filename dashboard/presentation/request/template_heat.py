"""The source of a trace's templates with what each line cost: queries and milliseconds beside the line that ran them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace
from pygments.lexers import get_lexer_by_name

from queryscope.dashboard.presentation.badges import Badge, badges
from queryscope.dashboard.presentation.request.axis import percent
from queryscope.dashboard.presentation.request.colour import Piece, coloured
from queryscope.dashboard.presentation.request.excerpt import (
    AROUND,
    CHANGED,
    CHANGED_BEFORE,
    MAX_LINE_CHARS,
    read_lines,
)
from queryscope.dashboard.presentation.request.search import admitted
from queryscope.profiler.analysis.template_heat import HeatLine, TemplateHeat, template_heat
from queryscope.profiler.finding import Finding
from queryscope.profiler.groups import slowest
from queryscope.profiler.trace import TemplateLine, Trace, Value
from queryscope.profiler.units import count, ms, plural

MOST_TEMPLATES = 30
MOST_LINES = 200
"""Lines of one template that cost something, the first ones."""
WAYS_NAMED = 3


class HeatRow(Value, frozen=True, kw_only=True):
    """One line of source. Numbers are empty where it ran nothing; ``below`` is what the templates it includes ran.

    ``n`` is its slowest query, 0 without one; ``width`` its share of the dearest line; ``gap`` says that lines are left out
    before it. ``found`` holds the ids of the findings that its queries prove.
    """

    number: str
    pieces: tuple[Piece, ...]
    queries: str = ""
    ms: str = ""
    below: str = ""
    width: str = ""
    n: int = 0
    gap: bool = False
    found: str = ""
    badges: tuple[Badge, ...] = ()


class HeatTemplate(Value, frozen=True, kw_only=True):
    """One template: ``ways`` say by which lines of others it was reached, ``note`` why its source may not be what ran."""

    name: str
    cost: str
    ways: tuple[str, ...]
    rows: tuple[HeatRow, ...]
    note: str


class Heat(Value, frozen=True, kw_only=True):
    """All templates, what cost most first; ``left_out`` counts those that are not shown."""

    templates: tuple[HeatTemplate, ...]
    left_out: str


def has_templates(trace: Trace) -> bool:
    """Tell whether a template ran any statement of a trace."""
    return any(span.template_site is not None for span in trace.spans)


def heat_of(trace: Trace, words: str, findings: Sequence[Finding]) -> Heat:
    """Return the heat of the templates by the queries that the filter ``words`` admits; reads their sources from disk."""
    shown = replace(trace, spans=admitted(trace.spans, words)) if words else trace
    found = template_heat(shown)
    most = max((line.ms for heat in found for line in heat.lines), default=0.0)
    more = len(found) - MOST_TEMPLATES
    return Heat(
        templates=tuple(_template(heat, trace, most, findings) for heat in found[:MOST_TEMPLATES]),
        left_out=f"Not listed: {plural(more, 'more template')} that cost less." if more > 0 else "",
    )


def _template(heat: TemplateHeat, trace: Trace, most: float, findings: Sequence[Finding]) -> HeatTemplate:
    hot = {line.line: line for line in heat.lines[:MOST_LINES]}
    texts, note = _texts(heat, hot, trace)
    more = len(heat.chains) - WAYS_NAMED
    ways = [_way(chain) for chain in heat.chains[:WAYS_NAMED]]
    return HeatTemplate(
        name=heat.name,
        cost=_cost(heat),
        ways=(*ways, f"and {plural(more, 'more way')}") if more > 0 else tuple(ways),
        rows=tuple(_rows(hot, texts, trace, most, findings)),
        note=note,
    )


def _cost(heat: TemplateHeat) -> str:
    if not heat.queries:
        return "no query of its own"
    return f"{plural(heat.queries, 'query', 'queries')}, {ms(heat.ms)} ms of its own"


def _texts(heat: TemplateHeat, hot: dict[int, HeatLine], trace: Trace) -> tuple[dict[int, str], str]:
    """Return the lines to show by number, and a note; a line that ran something stands as it was recorded."""
    read, note = read_lines(heat.file, trace)
    texts = {
        number: read[number - 1]
        for at in hot
        for number in range(at - AROUND, at + AROUND + 1)
        if 0 < number <= len(read)
    }
    recorded = {number: line.source for number, line in hot.items() if line.source is not None}
    differs = bool(read) and any(texts.get(at, "").strip() != text.strip() for at, text in recorded.items())
    if differs or heat.source_changed:
        note = CHANGED if differs else CHANGED_BEFORE
    return dict(sorted({**dict.fromkeys(hot, ""), **texts, **recorded}.items())), note


def _rows(
    hot: dict[int, HeatLine],
    texts: dict[int, str],
    trace: Trace,
    most: float,
    findings: Sequence[Finding],
) -> Iterator[HeatRow]:
    shown = [text[:MAX_LINE_CHARS].expandtabs(4) for text in texts.values()]
    lines = coloured(shown, get_lexer_by_name("html+django"))
    before = 0
    spans = {span.n: span for span in trace.spans}
    for number, pieces in zip(texts, lines, strict=True):
        row = HeatRow(number=str(number), pieces=pieces, gap=bool(before) and number != before + 1)
        before = number
        line = hot.get(number)
        if line is None:
            yield row
            continue
        own = [spans[n] for n in line.spans]
        proved = [finding for finding in findings if set(line.spans) & set(finding.spans)]
        yield replace(
            row,
            queries=count(line.queries) if own else "",
            ms=ms(line.ms) if own else "",
            below=_below(line),
            width=percent(100 * line.ms / most) if own and most else "",
            n=slowest(own).n if own else 0,
            found=" ".join(finding.id for finding in proved),
            badges=badges(proved),
        )


def _below(line: HeatLine) -> str:
    if not line.queries_below:
        return ""
    return f"{plural(line.queries_below, 'query', 'queries')}, {ms(line.ms_below)} ms in what it includes"


def _way(chain: Sequence[TemplateLine]) -> str:
    return ", from ".join(f"{line.name}:{line.line}" if line.line else line.name for line in chain)
