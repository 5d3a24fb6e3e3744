"""The two lanes above the queries: what the request did as a whole, and which transactions were open when."""

from __future__ import annotations

from collections.abc import Sequence

from queryscope.dashboard.presentation.request.axis import Axis, percent
from queryscope.profiler.trace import Lane, Trace, Transaction, Value
from queryscope.profiler.units import count, ms, plural

TRACK_PX = 480
"""Width of the track that a label is measured against; SVG text cannot shorten itself."""
CHARACTER_PX = 5.4
MOST_BRACKETS = 400
MOST_SEGMENTS = 100
LANE_CSS = {"view": "seg-view"} | dict.fromkeys(
    ("template", "serializer", "renderer", "streaming"), "seg-tpl"
)
ENDS = {"committed": "COMMIT", "rolled_back": "ROLLBACK", "open": "left open"}
SAVEPOINT_ENDS = {"committed": "RELEASE", "rolled_back": "ROLLBACK TO", "open": "left open"}


class Segment(Value, frozen=True, kw_only=True):
    """A stretch of the request lane; ``text`` is empty where it would not fit, ``title`` never is."""

    css: str
    x: str
    width: str
    text: str
    title: str


class RequestLane(Value, frozen=True, kw_only=True):
    """The whole trace: segments on a ground that is the remainder; ``end_x`` is where the work ended.

    ``label`` says what it was; ``left_out`` counts the segments that are not drawn: the shortest.
    """

    label: str
    total: str
    ground: str
    segments: tuple[Segment, ...]
    end_x: str
    left_out: str


class Bracket(Value, frozen=True, kw_only=True):
    """A transaction or savepoint. ``y`` is its upper edge: savepoints hang lower. ``right`` is false while it is open."""

    css: str
    x: str
    end_x: str
    y: int
    right: bool
    text: str
    title: str


class TransactionLane(Value, frozen=True, kw_only=True):
    """All brackets, how many transactions there were (savepoints apart) and their time; ``left_out`` counts the undrawn."""

    count: str
    total: str
    brackets: tuple[Bracket, ...]
    left_out: str


def request_lane(axis: Axis, trace: Trace) -> RequestLane:
    """Return the lane of the request; outer stretches are drawn before those inside them."""
    longest = sorted(trace.lanes, key=lambda lane: -lane.duration_ms)[:MOST_SEGMENTS]
    lanes = sorted(longest, key=lambda lane: (lane.start_ms, -lane.duration_ms))
    gone = len(trace.lanes) - len(lanes)
    nexts = [axis.x(lane.start_ms) for lane in lanes[1:]] + [100.0]
    return RequestLane(
        label=trace.kind.capitalize(),
        total=ms(trace.duration_ms),
        ground=percent(axis.x(trace.duration_ms)),
        segments=tuple(_segment(axis, lane, x) for lane, x in zip(lanes, nexts, strict=False)),
        end_x=percent(axis.x(trace.duration_ms)),
        left_out=f"{plural(gone, 'shorter stretch', 'shorter stretches')} not drawn" if gone else "",
    )


def transaction_lane(axis: Axis, trace: Trace) -> TransactionLane | None:
    """Return the lane of the transactions, ``None`` where the request opened none."""
    found = sorted(trace.transactions, key=lambda t: (t.start_ms, -t.duration_ms))
    if not found:
        return None
    outer = [transaction for transaction in found if transaction.savepoint is None]
    gone = len(found) - MOST_BRACKETS
    return TransactionLane(
        count=count(len(outer)),
        total=ms(sum(transaction.duration_ms for transaction in outer)),
        brackets=_brackets(axis, found[:MOST_BRACKETS], len(trace.by_alias) > 1),
        left_out=f"{count(gone)} more are not drawn" if gone > 0 else "",
    )


def bounds(transaction: Transaction) -> str:
    """Return how a transaction or savepoint began and ended, in SQL words."""
    if transaction.savepoint is not None:
        return f"SAVEPOINT → {SAVEPOINT_ENDS[transaction.end]}"
    return f"BEGIN → {ENDS[transaction.end]}"


def _segment(axis: Axis, lane: Lane, covered_from: float) -> Segment:
    """Return the segment of a lane; its text ends where the next segment is drawn over it."""
    x = axis.x(lane.start_ms)
    width = axis.x(lane.start_ms + lane.duration_ms) - x
    room = min(width, covered_from - x)
    title = f"{lane.name} {lane.label}".strip() if lane.label != lane.name else lane.name
    texts = (f"{title}, {ms(lane.duration_ms)} ms", title, lane.name)
    return Segment(
        css=LANE_CSS.get(lane.name, "seg-mw"),
        x=percent(x),
        width=percent(max(width, 0.1)),
        text=next((text for text in texts if _fits(text, room)), ""),
        title=texts[0],
    )


def _fits(text: str, width: float) -> bool:
    return len(text) * CHARACTER_PX + 10 <= TRACK_PX * width / 100


def _brackets(axis: Axis, found: Sequence[Transaction], aliased: bool) -> tuple[Bracket, ...]:
    starts = [axis.x(transaction.start_ms) for transaction in found if transaction.savepoint is None]
    brackets = []
    for transaction in found:
        end = axis.x(transaction.start_ms + transaction.duration_ms)
        room = min((start for start in starts if start > axis.x(transaction.start_ms)), default=100.0) - end
        text = _text(transaction, aliased)
        shown = text if transaction.savepoint is None and _fits(text, room) else ""
        brackets.append(_bracket(axis, transaction, shown, text))
    return tuple(brackets)


def _text(transaction: Transaction, aliased: bool) -> str:
    alias = f"{transaction.alias}: " if aliased else ""
    queries = plural(len(transaction.spans), "query", "queries")
    return f"{alias}{bounds(transaction)} {ms(transaction.duration_ms)} ms, {queries}"


def _bracket(axis: Axis, transaction: Transaction, shown: str, title: str) -> Bracket:
    name = f"{transaction.savepoint}: " if transaction.savepoint else ""
    return Bracket(
        css="txb rolled" if transaction.end == "rolled_back" else "txb",
        x=percent(axis.x(transaction.start_ms)),
        end_x=percent(axis.x(transaction.start_ms + transaction.duration_ms)),
        y=12 if transaction.savepoint else 8,
        right=transaction.end != "open",
        text=shown,
        title=name + title,
    )
