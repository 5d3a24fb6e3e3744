"""How a problem goes from new to seen, fixed and back: pure rules over one trace at a time, in the order of the log."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

from msgspec.structs import replace

from queryscope.profiler.finding import SEVERITIES, Finding, History
from queryscope.profiler.report import Report
from queryscope.profiler.runs import run_of
from queryscope.profiler.trace import Trace, Value

PLACES = 20
"""Places remembered of one problem, those where it was found last."""
VIEWS = 5
SEVERAL = 5
"""Traces in a row that must be without a problem that comes and goes by itself, before it counts as fixed."""
COMES_AND_GOES = frozenset(
    {"slow-query", "lock-wait", "long-transaction", "reconnect", "repeated-across-requests"}
)
"""Rules that judge by the clock, or by what the process did before: one trace without them proves nothing."""
FIRST_VISITS = frozenset(
    {"query-everywhere", "query-in-template", "get-in-loop", "duplicate-query", "slow-query"}
)
"""Rules whose statements only a first visit may send, which fills a cache: a warm run does not tell that they are gone."""
COMPARES_TRACES = frozenset({"repeated-across-requests"})
"""Rules that need values which are the same in each trace."""
_NEEDED_BY = {"values": COMPARES_TRACES, "first": FIRST_VISITS}
"""What only some rules need to see; the rest is needed by all."""


class Place(Value, frozen=True):
    """Where a problem was found: ``place`` names kind, method, view and address, ``seq`` the trace.

    ``clean`` counts the traces of the place since then that were without it, ``redirect`` tells whether it was found on
    the way to another page: a page that is shown says nothing about that, nor the other way round. ``unseen`` are the
    words for what that trace could not see.
    """

    place: str
    identity: str
    seq: int
    redirect: bool
    clean: int = 0
    unseen: str = ""


class Row(History, frozen=True, kw_only=True):
    """A problem as its table has it; ``state`` goes on beside ``reason``. ``finding`` is ``None`` where it was not read."""

    finding: Finding | None = None


class Occurrence(Value, frozen=True):
    """A problem in one trace: its worst finding there, and what all of its findings cost, in milliseconds."""

    finding: Finding
    cost_ms: float


def place_of(trace: Trace) -> str:
    """Return the name of what a trace ran: equal for the same kind, method, view and address, or the same name."""
    where = trace.name if trace.path is None else trace.address
    parts = (trace.kind, trace.method or "", trace.view or "", where)
    return blake2b("\n".join(parts).encode("utf-8", "backslashreplace"), digest_size=8).hexdigest()


def occurrences(findings: Iterable[Finding]) -> dict[str, Occurrence]:
    """Return what was found by identity; findings of one identity are one occurrence."""
    found: dict[str, Occurrence] = {}
    for finding in findings:
        if not finding.identity:
            continue
        known = found.get(finding.identity)
        cost_ms = finding.cost_ms + (known.cost_ms if known else 0.0)
        worst = finding if known is None else min(known.finding, finding, key=_badness)
        found[finding.identity] = Occurrence(finding=worst, cost_ms=cost_ms)
    return found


def found_again(row: Row | None, occurrence: Occurrence, trace: Trace) -> Row:
    """Return the problem after a trace in which it was found; ``row`` is ``None`` for the first one."""
    finding, cost_ms = occurrence.finding, occurrence.cost_ms
    name = trace.view or trace.name
    if row is None:
        return Row(
            identity=finding.identity,
            rule=finding.rule,
            state="new",
            severity=finding.severity,
            title=finding.title,
            first_seen=trace.started_at,
            last_seen=trace.started_at,
            count=1,
            total_ms=cost_ms,
            worst_ms=cost_ms,
            worst_trace=trace.id,
            last_trace=trace.id,
            views=(name,),
            finding=finding,
            first_commit=trace.commit,
            last_commit=trace.commit,
        )
    worse = cost_ms > row.worst_ms
    return replace(
        row,
        state="back" if row.state == "fixed" else row.state,
        severity=finding.severity,
        title=finding.title,
        last_seen=trace.started_at,
        count=row.count + 1,
        total_ms=row.total_ms + cost_ms,
        worst_ms=cost_ms if worse else row.worst_ms,
        worst_trace=trace.id if worse else row.worst_trace,
        last_trace=trace.id,
        views=row.views if name in row.views or len(row.views) >= VIEWS else (*row.views, name),
        finding=finding,
        last_commit=trace.commit,
        fixed_trace=None,
    )


def proves_absence(report: Report) -> bool:
    """Return whether a trace without a problem may say that it is gone: it succeeded, was recorded whole, and was judged."""
    trace = report.trace
    return report.judged and trace.error is None and (trace.status or 0) < 400 and not trace.truncated.spans


def unseen(trace: Trace) -> frozenset[str]:
    """Return what could not be seen in a trace, in words: what settings left out, lines beyond the end of a stack, and what
    only a first visit does."""
    lost = trace.truncated.stacks and any(
        span.stack_truncated and span.call_site is None and span.template_site is None for span in trace.spans
    )
    warm = run_of(trace.kind, trace.cold) == "warm"
    return frozenset({*trace.unseen, *(["lines"] if lost else []), *(["first"] if warm else [])})


def could_see(rule: str, unseen: frozenset[str], place: Place) -> bool:
    """Return whether a trace in which ``unseen`` is missing saw as much of a rule as the one which had the problem."""
    missing = unseen.difference(place.unseen.split())
    beside = {word for word, rules in _NEEDED_BY.items() if rule not in rules}
    return not missing - beside


def is_redirect(trace: Trace) -> bool:
    """Return whether the answer led to another page."""
    return 300 <= (trace.status or 0) < 400


def enough(rule: str) -> int:
    """Return how many traces in a row must be without a problem of a rule."""
    return SEVERAL if rule in COMES_AND_GOES else 1


def is_gone(row: Row, places: Iterable[Place]) -> bool:
    """Return whether a problem is fixed: the latest traces of each of its places are without it."""
    return all(place.clean >= enough(row.rule) for place in places)


def _badness(finding: Finding) -> tuple[int, float]:
    return SEVERITIES.index(finding.severity), -finding.cost_ms
