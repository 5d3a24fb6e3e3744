"""One query group, or one finding, in two traces as a line of a table."""

from __future__ import annotations

from queryscope.dashboard.presentation.badges import Badge, badge
from queryscope.dashboard.presentation.delta import Delta, of_count, of_ms
from queryscope.dashboard.presentation.request.findings import where_of
from queryscope.dashboard.presentation.request.sites import site_of
from queryscope.dashboard.presentation.request.statement import Headline, headline
from queryscope.profiler.analysis.comparison import FindingChange, GroupChange, Side
from queryscope.profiler.finding import Finding
from queryscope.profiler.trace import Value

WORDS = {
    "gone": Badge(css="ok", text="gone", title="Not run any more"),
    "changed": Badge(css="info", text="changed", title="Run another number of times"),
    "rewritten": Badge(css="info", text="rewritten", title="The same place, with other SQL"),
    "new": Badge(css="med", text="new", title="Was not run before"),
    "same": Badge(css="low", text="same", title="Run as often as before"),
}
FOUND = {
    "gone": Badge(css="ok", text="gone", title="Found before, not any more"),
    "changed": Badge(css="info", text="changed", title="Found in both, with another number of queries"),
    "new": Badge(css="med", text="new", title="Not found before"),
    "same": Badge(css="low", text="still there", title="Found in both"),
}


class GroupLine(Value, frozen=True, kw_only=True):
    """One query group. ``n_before`` and ``n_after`` are the query to open on either side, 0 where there is none."""

    change: Badge
    gone: bool
    headline: Headline
    place: str
    count: Delta
    ms: Delta
    n_before: int
    n_after: int


class FindingLine(Value, frozen=True, kw_only=True):
    """One finding; ``identity`` leads to its problem."""

    change: Badge
    badge: Badge
    title: str
    where: str
    count: Delta
    identity: str


def group_line(group: GroupChange) -> GroupLine:
    """Return the line of a query group, in the words of the later trace where it is in both."""
    shown = group.after or group.before
    assert shown is not None
    return GroupLine(
        change=WORDS["rewritten" if group.rewritten else group.change],
        gone=group.after is None,
        headline=headline(shown.first),
        place=_place(shown),
        count=of_count(*(side.count if side else 0 for side in (group.before, group.after))),
        ms=of_ms(*(side.total_ms if side else 0.0 for side in (group.before, group.after))),
        n_before=group.before.first.n if group.before else 0,
        n_after=group.after.first.n if group.after else 0,
    )


def finding_line(change: FindingChange) -> FindingLine:
    """Return the line of a finding."""
    shown = change.after or change.before
    assert isinstance(shown, Finding)
    return FindingLine(
        change=FOUND[change.change],
        badge=badge(shown.rule, shown.severity),
        title=shown.title,
        where=where_of(shown),
        count=of_count(*(one.count if one else 0 for one in (change.before, change.after))),
        identity=shown.identity,
    )


def _place(side: Side) -> str:
    """Return where the statement ran; with a number where it was several places."""
    places = dict.fromkeys(str(site_of(span)) for span in side.spans)
    more = len(places) - 1
    return next(iter(places)) + (f" and {more} more" if more else "")
