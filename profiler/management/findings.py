"""``queryscope show``: what was found in a trace, before its statements: why, what to write instead, where it is explained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from queryscope.profiler.finding import Finding, Problem, Severity
from queryscope.profiler.management.text import one_line, visible
from queryscope.profiler.report import Report
from queryscope.profiler.runs import COLD, is_cold
from queryscope.profiler.units import ms, plural

FINDINGS = 20
TEXT_CHARS = 400
CODE_LINES = 40
LINE_CHARS = 200
INDENT = " " * 10


def lines(report: Report, problems: Mapping[str, Problem], style: Any) -> Iterator[str]:
    """Yield the findings, the worst first; ``problems`` are those they belong to. What is ignored takes one line."""
    findings = report.findings
    ignored = {identity for identity, problem in problems.items() if problem.state == "ignored"}
    open_ones = [finding for finding in findings if finding.identity not in ignored]
    yield style.MIGRATE_HEADING("Findings, worst first")
    if is_cold(report.trace):
        yield f"  {'cold run':<9}{COLD}"
    for finding in open_ones[:FINDINGS]:
        yield from _finding(finding, problems.get(finding.identity), style)
    if rest := open_ones[FINDINGS:]:
        yield f"  {plural(len(rest), 'more finding')} not shown: --json has them."
    for finding in findings:
        if finding.identity in ignored:
            reason = one_line(problems[finding.identity].reason or "", LINE_CHARS)
            yield f"  {'ignored':<7} {finding.rule}  {one_line(finding.title, LINE_CHARS)} ({reason})"


def painted(severity: Severity, text: str, style: Any) -> str:
    """Return ``text`` in the colour of a severity."""
    return str({"high": style.ERROR, "medium": style.WARNING}.get(severity, str)(text))


def _finding(finding: Finding, problem: Problem | None, style: Any) -> Iterator[str]:
    cost = f"{plural(finding.count, 'statement')}, {ms(finding.cost_ms)} ms"
    severity = painted(finding.severity, f"{finding.severity:<7}", style)
    yield f"  {severity} {style.MIGRATE_LABEL(finding.rule)}  {one_line(finding.title, LINE_CHARS)}  ({cost})"
    yield INDENT + one_line(finding.why, TEXT_CHARS)
    yield from _advice(finding, style)
    yield f"{INDENT}see {one_line(finding.docs, LINE_CHARS)}{_history(problem)}"


def _advice(finding: Finding, style: Any) -> Iterator[str]:
    advice = finding.advice
    yield f"{INDENT}{style.SUCCESS('Fix:')} {one_line(advice.summary, TEXT_CHARS)}"
    if advice.code:
        if advice.where:
            yield f"{INDENT}at {one_line(advice.where, LINE_CHARS)}"
        yield from _block(advice.code)
    if advice.diff:
        yield from _block(advice.diff, style)
    if advice.next:
        yield f"{INDENT}Then: {one_line(advice.next, TEXT_CHARS)}"


def _block(text: str, style: Any = None) -> Iterator[str]:
    """Yield lines of code, coloured as a diff where ``style`` is given."""
    found = text.splitlines()
    for line in found[:CODE_LINES]:
        shown = visible(line.expandtabs(4))[:LINE_CHARS]
        if style is not None and line.startswith(("+", "-")):
            shown = style.SUCCESS(shown) if line.startswith("+") else style.ERROR(shown)
        yield f"{INDENT}    {shown}"
    if len(found) > CODE_LINES:
        yield f"{INDENT}    {plural(len(found) - CODE_LINES, 'more line')}: --json has them."


def _history(problem: Problem | None) -> str:
    if problem is None:
        return ""
    return f"; problem {problem.identity}, {problem.state}, found in {plural(problem.count, 'trace')}"
