"""One problem with its history: what it is, where it was found, what it cost each time, and what was decided about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo

from queryscope.dashboard.presentation.badges import Badge, run_badge
from queryscope.dashboard.presentation.findings.listing import STATES
from queryscope.dashboard.presentation.history.chart import Chart, Point, chart
from queryscope.dashboard.presentation.request.findings import FindingBox, box_of
from queryscope.dashboard.presentation.request.heading import Figure
from queryscope.profiler.finding import Problem
from queryscope.profiler.store.summary import Summary
from queryscope.profiler.trace import Value
from queryscope.profiler.units import clock, count, duration, ms, plural, since

MOST_TRACES = 60


class Occurrence(Value, frozen=True, kw_only=True):
    """One trace in which it was found; ``cold`` says that it was a first visit."""

    id: str
    time: str
    address: str
    queries: str
    ms: str
    revision: str
    worst: bool
    cold: Badge | None


class ProblemPage(Value, frozen=True, kw_only=True):
    """``story`` tells in sentences since when and in what state it is; ``occurrences`` are the newest, newest first.

    ``run`` says of which run the finding is that is shown, the latest, as far as that trace is still stored. ``fixed_by`` are the last trace that had it and the one that no longer did, where it is fixed.
    """

    identity: str
    title: str
    state: Badge
    box: FindingBox
    run: Badge | None
    figures: tuple[Figure, ...]
    story: tuple[str, ...]
    reason: str
    ignored: bool
    kept: bool
    views: tuple[str, ...]
    chart: Chart | None
    occurrences: tuple[Occurrence, ...]
    gone: str
    fixed_by: tuple[str, str] | None


def problem_page(problem: Problem, traces: Sequence[Summary], zone: tzinfo, now: datetime) -> ProblemPage:
    """Return the page; ``traces`` are those kept in which it was found, newest first."""
    shown = traces[:MOST_TRACES]
    missing = problem.count - len(traces)
    return ProblemPage(
        identity=problem.identity,
        title=problem.title,
        state=STATES[problem.state],
        box=box_of(problem.finding),
        run=_run(problem.last_trace, traces),
        figures=tuple(_figures(problem, traces, zone, now)),
        story=tuple(_story(problem, zone, now)),
        reason=problem.reason or "",
        ignored=problem.state == "ignored",
        kept=problem.kept,
        views=problem.views,
        chart=chart([_point(summary, zone) for summary in reversed(shown)]),
        occurrences=tuple(_occurrence(summary, problem, zone) for summary in shown),
        gone=_gone(missing, len(traces) - len(shown)),
        fixed_by=(problem.last_trace, problem.fixed_trace)
        if problem.state == "fixed" and problem.fixed_trace
        else None,
    )


def _run(trace_id: str, traces: Sequence[Summary]) -> Badge | None:
    found = next((summary for summary in traces if summary.id == trace_id), None)
    return run_badge(found.kind, found.cold) if found else None


def _cold(badge: Badge | None) -> Badge | None:
    return badge if badge and badge.css else None


def _figures(problem: Problem, traces: Sequence[Summary], zone: tzinfo, now: datetime) -> Iterator[Figure]:
    total = duration(problem.total_ms)
    cold = _cold(_run(problem.worst_trace, traces))
    yield Figure(name="Cost in all", value=total.value, unit=total.unit, sub="time of its queries")
    yield Figure(
        name="Found in", value=count(problem.count), unit="", sub="traces" if problem.count != 1 else "trace"
    )
    yield Figure(
        name="Worst", value=ms(problem.worst_ms), unit="ms", sub="in a cold run" if cold else "in one trace"
    )
    yield Figure(
        name="First seen", value=since(problem.first_seen, zone, now), unit="", sub=_at(problem.first_commit)
    )
    yield Figure(
        name="Last seen", value=since(problem.last_seen, zone, now), unit="", sub=_at(problem.last_commit)
    )


def _story(problem: Problem, zone: tzinfo, now: datetime) -> Iterator[str]:
    if problem.state == "fixed":
        yield "It was not found any more when the same place ran again."
    if problem.state == "back":
        yield "It had been fixed, and was found again."
    if problem.state == "ignored":
        place = "in the file of ignored problems of the project" if problem.kept else "in this store only"
        yield f"It is ignored; the decision stands {place}."


def _point(summary: Summary, zone: tzinfo) -> Point:
    return Point(
        queries=summary.queries,
        ms=summary.duration_ms,
        label=clock(summary.started_at, zone),
        commit=summary.commit,
    )


def _occurrence(summary: Summary, problem: Problem, zone: tzinfo) -> Occurrence:
    return Occurrence(
        id=summary.id,
        time=clock(summary.started_at, zone),
        address=summary.address[:200],
        queries=count(summary.queries),
        ms=ms(summary.duration_ms),
        revision=(summary.commit or "")[:10],
        worst=summary.id == problem.worst_trace,
        cold=_cold(run_badge(summary.kind, summary.cold)),
    )


def _gone(removed: int, older: int) -> str:
    said = []
    if older > 0:
        said.append(f"Not listed: {plural(older, 'older trace')}.")
    if removed > 0:
        said.append(f"No longer stored: {plural(removed, 'trace')} in which it was found.")
    return " ".join(said)


def _at(commit: str | None) -> str:
    return f"revision {commit[:10]}" if commit else ""
