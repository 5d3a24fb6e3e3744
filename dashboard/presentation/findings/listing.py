"""All problems as rows, the costliest first, with the filters that narrow them down."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, tzinfo
from urllib.parse import urlencode

from queryscope.dashboard.presentation.badges import Badge, badge, letters
from queryscope.dashboard.presentation.live.row import brief, short_view
from queryscope.dashboard.presentation.request.findings import where_of
from queryscope.profiler.finding import SEVERITIES, Problem, State
from queryscope.profiler.trace import Value
from queryscope.profiler.units import count, duration, plural, since

MOST = 200
MOST_BESIDE = 6
"""Problems beside the list of the live page."""
VIEWS_NAMED = 2
VIEW_CHARS = 60
OPEN = "open"
"""The filter that stands for what is neither ignored nor fixed: what a person comes for."""
OPEN_STATES: tuple[State, ...] = ("new", "seen", "back")
STATES: dict[str, Badge] = {
    "new": Badge(css="info", text="new", title="Nobody has looked at it yet"),
    "seen": Badge(css="low", text="seen", title="Somebody has looked at it"),
    "ignored": Badge(css="low", text="ignored", title="Ignored for a reason"),
    "fixed": Badge(css="ok", text="fixed", title="No longer found where it was"),
    "back": Badge(css="high", text="back again", title="It was fixed, and was found again"),
}


class Asked(Value, frozen=True, kw_only=True):
    """What the address asks for: one state ("" for all, "open" for what is left to do), severity or rule."""

    state: str = OPEN
    severity: str = ""
    rule: str = ""


class Choice(Value, frozen=True, kw_only=True):
    """One value of a filter; ``link`` is the query part of the address that it leads to."""

    label: str
    count: str
    link: str
    current: bool


class FilterRow(Value, frozen=True, kw_only=True):
    """One filter and its values."""

    name: str
    choices: tuple[Choice, ...]


class ProblemRow(Value, frozen=True, kw_only=True):
    """One problem. ``seen`` and ``since`` are when it was found last and first, ``worst`` the trace in which it cost most."""

    identity: str
    badge: Badge
    severity: str
    state: Badge
    title: str
    where: str
    views: str
    views_title: str
    since: str
    seen: str
    count: str
    total: str
    total_unit: str
    worst: str
    revision: str
    reason: str


class FindingsPage(Value, frozen=True, kw_only=True):
    """``summary`` tells what the numbers are about; ``empty`` and ``hint`` what stands there without a row."""

    rows: tuple[ProblemRow, ...]
    filters: tuple[FilterRow, ...]
    summary: str
    left_out: str
    empty: str
    hint: str
    narrowed: bool


def findings_page(
    problems: Sequence[Problem], asked: Asked, zone: tzinfo, now: datetime, *, traces: int
) -> FindingsPage:
    """Return the page over ``problems`` in any order; ``traces`` is how many are stored."""
    admitted = [problem for problem in problems if _admits(problem, asked)]
    ranked = sorted(admitted, key=lambda problem: -problem.total_ms)
    empty, hint = _nothing(problems, asked, traces)
    more = len(ranked) - MOST
    return FindingsPage(
        rows=tuple(problem_row(problem, zone, now) for problem in ranked[:MOST]),
        filters=tuple(_filters(problems, asked)),
        summary=f"{plural(len(ranked), 'problem')}, {duration(sum(p.total_ms for p in ranked))} in all traces they were found in",
        left_out=f"Not listed: {plural(more, 'more problem')} that cost less." if more > 0 else "",
        empty=empty,
        hint=hint,
        narrowed=asked != Asked(),
    )


def problem_row(problem: Problem, zone: tzinfo, now: datetime) -> ProblemRow:
    """Return the row of a problem; instants are told in ``zone``, with the date where that was not the day of ``now``."""
    total = duration(problem.total_ms)
    named = [brief(short_view(view), VIEW_CHARS) for view in problem.views]
    more = len(named) - VIEWS_NAMED
    return ProblemRow(
        identity=problem.identity,
        badge=badge(problem.rule, problem.severity),
        severity=problem.severity,
        state=STATES[problem.state],
        title=problem.title,
        where=where_of(problem.finding),
        views=", ".join(named[:VIEWS_NAMED]) + (f" +{more}" if more > 0 else ""),
        views_title="\n".join(problem.views),
        since=since(problem.first_seen, zone, now),
        seen=since(problem.last_seen, zone, now),
        count=count(problem.count),
        total=total.value,
        total_unit=total.unit,
        worst=problem.worst_trace,
        revision=(problem.last_commit or "")[:10],
        reason=problem.reason or "",
    )


def asked_of(state: str | None, severity: str, rule: str) -> Asked:
    """Return what an address asks for; a state or severity that does not exist counts as not asked."""
    known = {"all": "", OPEN: OPEN} | {name: name for name in STATES}
    return Asked(
        state=known.get(state or OPEN, OPEN),
        severity=severity if severity in SEVERITIES else "",
        rule=rule[:100],
    )


def link(asked: Asked) -> str:
    """Return the query part of the address of the page for a filter."""
    state = {"": "all", OPEN: ""}.get(asked.state, asked.state)
    values = {"state": state, "severity": asked.severity, "rule": asked.rule}
    return "?" + urlencode({name: value for name, value in values.items() if value})


def _is_open(problem: Problem) -> bool:
    return problem.state in OPEN_STATES


def _admits(problem: Problem, asked: Asked) -> bool:
    state = _is_open(problem) if asked.state == OPEN else asked.state in {"", problem.state}
    return state and asked.severity in {"", problem.severity} and asked.rule in {"", problem.rule}


def _filters(problems: Sequence[Problem], asked: Asked) -> Iterator[FilterRow]:
    states = {OPEN: "Open", "": "All"} | {name: badge.text.capitalize() for name, badge in STATES.items()}
    yield _filter("State", "state", states, problems, asked)
    found = {problem.severity for problem in problems}
    severities = {"": "Any"} | {name: name.capitalize() for name in SEVERITIES if name in found}
    yield _filter("Severity", "severity", severities, problems, asked)
    rules = {"": "Any"} | {rule: letters(rule) for rule in sorted({problem.rule for problem in problems})}
    yield _filter("Rule", "rule", rules, problems, asked)


def _filter(
    name: str, field: str, labels: dict[str, str], problems: Sequence[Problem], asked: Asked
) -> FilterRow:
    make: Callable[[str], Asked] = lambda value: Asked(**{**_values(asked), field: value})
    return FilterRow(
        name=name,
        choices=tuple(
            Choice(
                label=label,
                count=count(sum(_admits(problem, make(value)) for problem in problems)),
                link=link(make(value)),
                current=getattr(asked, field) == value,
            )
            for value, label in labels.items()
        ),
    )


def _values(asked: Asked) -> dict[str, str]:
    return {"state": asked.state, "severity": asked.severity, "rule": asked.rule}


def _nothing(problems: Sequence[Problem], asked: Asked, traces: int) -> tuple[str, str]:
    if problems and asked == Asked():
        return (
            "Nothing is left to do",
            f"Of {plural(len(problems), 'problem')} none is open: each is fixed or ignored. Show all to see them.",
        )
    if problems:
        return (
            "No problem fits this filter",
            f"Without it there are {plural(len(problems), 'problem')}.",
        )
    if not traces:
        return (
            "Nothing has been recorded yet",
            "Open a page of your site. Its queries are looked through when the response has been sent.",
        )
    return (
        "No problem was found",
        f"Every rule looked through {plural(traces, 'trace')}. Open pages that read lists: most problems show there.",
    )
