"""Findings as badges: the letters of the rule, the colour of the severity; and what else a row says in letters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from queryscope.profiler.analysis.rules import RULES
from queryscope.profiler.finding import SEVERITIES, Finding, FindingMark, Severity
from queryscope.profiler.runs import COLD, WARM, run_of
from queryscope.profiler.trace import Kind, Value
from queryscope.profiler.units import count, plural

_CSS: dict[str, str] = {"high": "high", "medium": "med", "low": "low", "info": "info"}
LETTERS = 4
SHOWN = 2
"""Badges of a row of the list; what is beyond is counted."""


class Badge(Value, frozen=True, kw_only=True):
    """Letters on a row, with the class of their severity (empty is plain); ``title`` says the whole under the pointer."""

    css: str
    text: str
    title: str = ""


def letters(rule: str) -> str:
    """Return the letters of a rule; of one that this version does not know, those its name begins with."""
    known = next((each.badge for each in RULES if each.id == rule), None)
    return known or rule.replace("-", "")[:LETTERS].upper()


def explained(rule: str) -> bool:
    """Return whether there is a page about a rule: not of one that belongs to somebody else, or to another version."""
    return any(each.id == rule for each in RULES)


def css_of(severity: str) -> str:
    """Return the class that colours a severity."""
    return _CSS.get(severity, "low")


def badge(rule: str, severity: Severity, title: str = "") -> Badge:
    """Return the badge of one finding or problem."""
    return Badge(css=css_of(severity), text=letters(rule), title=title or rule)


def run_badge(kind: Kind, cold: bool | None) -> Badge | None:
    """Return what says which run was judged; a cold one has a ground, as its findings may be of a first visit only."""
    run = run_of(kind, cold)
    if run is None:
        return None
    return (
        Badge(css="low", text="cold run", title=COLD)
        if run == "cold"
        else Badge(css="", text="warm run", title=WARM)
    )


def badges(findings: Sequence[Finding]) -> tuple[Badge, ...]:
    """Return one badge for each rule, in the order of the findings, with the worst severity among them."""
    worst: dict[str, Finding] = {}
    for finding in findings:
        known = worst.get(finding.rule)
        if known is None or SEVERITIES.index(finding.severity) < SEVERITIES.index(known.severity):
            worst[finding.rule] = finding
    return tuple(badge(one.rule, one.severity, one.title) for one in worst.values())


def worst(marks: Sequence[FindingMark]) -> tuple[Badge, ...]:
    """Return the badge of the first mark, which is the worst, without its count; none without a mark."""
    return tuple(badge(mark.rule, mark.severity, f"{mark.rule}, {mark.severity}") for mark in marks[:1])


def of_marks(marks: Iterable[FindingMark]) -> tuple[Badge, ...]:
    """Return the badges of a row of the list: the worst with its count, another one, and how many findings more there are."""
    found = tuple(marks)
    shown = tuple(_marked(mark, first=not at) for at, mark in enumerate(found[:SHOWN]))
    more = len(found) - SHOWN
    rest = ", ".join(letters(mark.rule) for mark in found[SHOWN:])
    return (*shown, Badge(css="low", text=f"+{more}", title=rest)) if more > 0 else shown


def _marked(mark: FindingMark, *, first: bool) -> Badge:
    times = f" ×{count(mark.count)}" if first and mark.count > 1 else ""
    queries = plural(mark.count, "query", "queries")
    return Badge(
        css=css_of(mark.severity),
        text=letters(mark.rule) + times,
        title=f"{mark.rule}, {mark.severity}, {queries}",
    )
