"""Diagnosed problems as frozen values with the field names of the JSON contract: of one trace, and across traces."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from queryscope.profiler.trace import CallSite, FieldSite, TemplateSite, Value

Severity = Literal["high", "medium", "low", "info"]
SEVERITIES: tuple[Severity, ...] = ("high", "medium", "low", "info")
"""From the worst on."""
State = Literal["new", "seen", "ignored", "fixed", "back"]
"""Not looked at yet; looked at; ignored for a reason; no longer found where it was; found again after that."""


class Advice(Value, frozen=True, kw_only=True):
    """What to write instead.

    ``code`` can be pasted; ``where`` names the place it belongs to. ``diff`` is unified and ``None`` where the site could
    not be located. ``next`` says which problem the fix may uncover.
    """

    summary: str
    code: str | None = None
    where: str | None = None
    diff: str | None = None
    alternatives: tuple[str, ...] = ()
    next: str | None = None


class Finding(Value, frozen=True, kw_only=True):
    """A problem that one rule saw in a trace; ``spans`` are the numbers of the statements that prove it.

    ``id`` counts within the trace. ``identity`` is equal for the same problem in other traces: it is made of the rule, the
    model, the path and the text of the lines, not of their numbers.
    """

    id: str
    rule: str
    severity: Severity
    title: str
    why: str
    count: int
    cost_ms: float
    model: str | None
    relation: str | None
    path: str | None
    call_site: CallSite | None
    build_site: CallSite | None
    template_site: TemplateSite | None
    spans: tuple[int, ...]
    advice: Advice
    docs: str
    identity: str = ""
    field_site: FieldSite | None = None


class FindingMark(Value, frozen=True):
    """What a list shows of the findings of one rule in a trace: the worst severity, and how many statements they name."""

    rule: str
    severity: Severity
    count: int


def marks(findings: Iterable[Finding]) -> tuple[FindingMark, ...]:
    """Return one mark for each rule, the worst severity first, then the most statements."""
    by_rule: dict[str, FindingMark] = {}
    for finding in findings:
        known = by_rule.get(finding.rule)
        severity, count = finding.severity, finding.count
        if known is not None:
            severity = min(severity, known.severity, key=SEVERITIES.index)
            count += known.count
        by_rule[finding.rule] = FindingMark(rule=finding.rule, severity=severity, count=count)
    return tuple(sorted(by_rule.values(), key=lambda mark: (SEVERITIES.index(mark.severity), -mark.count)))


class Standing(Value, frozen=True, kw_only=True):
    """Where a problem stands: what is said of it beside each of its findings; ``count`` is in how many traces it was found."""

    identity: str
    state: State
    first_seen: str
    last_seen: str
    count: int


class History(Standing, frozen=True, kw_only=True):
    """What is known of a problem besides its latest finding, which was seen in the trace ``last_trace``.

    ``total_ms`` is what it cost in all traces, ``worst_trace`` where it cost most, ``fixed_trace`` the one that no longer
    had it; ids of traces may be of some that were removed meanwhile. ``views`` names the units of work, the first few.
    ``reason`` is why somebody ignores it. Revisions are those of the project's code, ``None`` without one.
    """

    rule: str
    severity: Severity
    title: str
    total_ms: float
    worst_ms: float
    worst_trace: str
    last_trace: str
    views: tuple[str, ...]
    reason: str | None = None
    first_commit: str | None = None
    last_commit: str | None = None
    fixed_trace: str | None = None


class Problem(History, frozen=True, kw_only=True):
    """The same finding across traces; ``kept`` says that ``reason`` stands in the file of the project's repository."""

    finding: Finding
    kept: bool = False
