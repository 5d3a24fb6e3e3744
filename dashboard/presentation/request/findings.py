"""The findings of a trace: as rows of a table, as the box above a query that proves one, and the rows they belong to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from pygments.lexers import get_lexer_by_name

from queryscope.dashboard.presentation.badges import Badge, badge, explained, run_badge
from queryscope.dashboard.presentation.diff import FileDiff, diff_of
from queryscope.dashboard.presentation.request.colour import Piece, coloured
from queryscope.profiler.finding import Advice, Finding
from queryscope.profiler.groups import slowest
from queryscope.profiler.trace import Span, Trace, Value
from queryscope.profiler.units import count, ms, plural
from queryscope.profiler.words import field_of

MOST_ROWS = 50
"""Findings that have a row; one of more is beyond what a page can help with."""
CODE_CHARS = 2_000
SHORT_CODE_CHARS = 44
"""Code that fits the column; of longer code the column shows the beginning, which is what was there before."""


class FindingRow(Value, frozen=True, kw_only=True):
    """One finding. ``n`` is its slowest query, ``spans`` the numbers of all: "3 5-9"; ``advice`` is code or a sentence.

    ``ignored`` is why somebody ignores the problem, empty where nobody does.
    """

    id: str
    badge: Badge
    title: str
    where: str
    count: str
    ms: str
    advice: str
    code: bool
    n: int
    spans: str
    ignored: str


class Findings(Value, frozen=True, kw_only=True):
    """The table: how many there are, its rows, how many are not shown in words, and of which run they are."""

    count: str
    rows: tuple[FindingRow, ...]
    left_out: str
    run: Badge | None = None


class AdviceBox(Value, frozen=True, kw_only=True):
    """What to write instead, and where; ``code`` in lines of coloured pieces."""

    summary: str
    where: str
    code: tuple[tuple[Piece, ...], ...]
    text: str
    diff: tuple[FileDiff, ...]
    alternatives: tuple[str, ...]
    next: str


class FindingBox(Value, frozen=True, kw_only=True):
    """A finding as the drawer and its own page tell it; ``rule`` leads to the page of the rule, empty without one."""

    id: str
    badge: Badge
    css: str
    title: str
    why: str
    rule: str
    identity: str
    cost: str
    places: tuple[tuple[str, str], ...]
    advice: AdviceBox


def findings_of(
    findings: Sequence[Finding], trace: Trace, ignored: Mapping[str, str] | None = None
) -> Findings | None:
    """Return the table of a trace's findings, ``None`` where there are none; ``ignored`` has reasons by identity."""
    if not findings:
        return None
    spans = {span.n: span for span in trace.spans}
    reasons = ignored or {}
    more = len(findings) - MOST_ROWS
    return Findings(
        count=count(len(findings)),
        rows=tuple(_row(finding, spans, reasons) for finding in findings[:MOST_ROWS]),
        left_out=f"Not listed: {plural(more, 'more finding')} that matter less." if more > 0 else "",
        run=run_badge(trace.kind, trace.cold),
    )


def nothing_found(findings: Sequence[Finding], trace: Trace, rules: int) -> str:
    """Return what to say where ``rules`` found nothing in a trace that ran something; empty where there is a table."""
    if findings or not trace.queries:
        return ""
    said = f"{plural(rules, 'rule')} looked through this trace and found nothing."
    return f"{said} ORM is off: most rules have nothing to look at." if "orm" in trace.unseen else said


def boxes_of(findings: Iterable[Finding], n: int) -> tuple[FindingBox, ...]:
    """Return the boxes of the findings that query ``n`` proves."""
    return tuple(box_of(finding) for finding in findings if n in finding.spans)


def box_of(finding: Finding) -> FindingBox:
    """Return a finding in full."""
    shown = badge(finding.rule, finding.severity, finding.rule)
    return FindingBox(
        id=finding.id,
        badge=shown,
        css=shown.css,
        title=finding.title,
        why=finding.why,
        rule=finding.rule if explained(finding.rule) else "",
        identity=finding.identity,
        cost=f"{plural(finding.count, 'query', 'queries')}, {ms(finding.cost_ms)} ms",
        places=tuple(_places(finding)),
        advice=_advice(finding.advice),
    )


def where_of(finding: Finding) -> str:
    """Return the place where a finding shows: the template line, else the line that ran it, else that which built it."""
    template, site = finding.template_site, finding.call_site or finding.build_site
    if template is not None:
        return _at(template.name, template.line)
    if site is not None:
        return _at(site.label, site.line)
    return field_of(finding.field_site) if finding.field_site else ""


def numbers(spans: Iterable[int]) -> str:
    """Return span numbers in order, those that follow each other as a range: "3 5-9"."""
    parts: list[list[int]] = []
    for n in sorted(set(spans)):
        if parts and n == parts[-1][1] + 1:
            parts[-1][1] = n
        else:
            parts.append([n, n])
    return " ".join(str(a) if a == b else f"{a}-{b}" for a, b in parts)


def _row(finding: Finding, spans: Mapping[int, Span], ignored: Mapping[str, str]) -> FindingRow:
    proving = [spans[n] for n in finding.spans if n in spans]
    advice = finding.advice
    code = (advice.code or "").strip()
    short = bool(code) and len(code) <= SHORT_CODE_CHARS and "\n" not in code
    return FindingRow(
        id=finding.id,
        badge=badge(finding.rule, finding.severity, finding.rule),
        title=finding.title,
        where=where_of(finding),
        count=count(finding.count),
        ms=ms(finding.cost_ms),
        advice=code if short else advice.summary,
        code=short,
        n=slowest(proving).n if proving else 0,
        spans=numbers(finding.spans),
        ignored=ignored.get(finding.identity, ""),
    )


def _places(finding: Finding) -> Iterator[tuple[str, str]]:
    if finding.template_site is not None:
        yield "Template", _at(finding.template_site.name, finding.template_site.line)
    if finding.call_site is not None:
        yield "Run at", _at(finding.call_site.label, finding.call_site.line)
    if finding.build_site is not None and finding.build_site != finding.call_site:
        yield "Built at", _at(finding.build_site.label, finding.build_site.line)
    if finding.field_site is not None:
        yield "Field", field_of(finding.field_site)


def _advice(advice: Advice) -> AdviceBox:
    text = (advice.code or "")[:CODE_CHARS].strip("\n")
    return AdviceBox(
        summary=advice.summary,
        where=advice.where or "",
        code=tuple(coloured(text.splitlines(), get_lexer_by_name("python"))) if text else (),
        text=advice.code or "",
        diff=diff_of(advice.diff),
        alternatives=advice.alternatives,
        next=advice.next or "",
    )


def _at(name: str, line: int | None) -> str:
    return name if line is None else f"{name}:{line}"
