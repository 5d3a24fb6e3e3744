"""What a socket or a poll brings next: everything after the last number seen, with the totals and the state of recording."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from msgspec.structs import replace

from queryscope.dashboard.installed import records
from queryscope.dashboard.pages import render_to_string
from queryscope.dashboard.presentation.live.filter import parse, select
from queryscope.dashboard.presentation.live.row import row
from queryscope.dashboard.presentation.live.session import session
from queryscope.profiler import pipeline, units
from queryscope.profiler.errors import StoreError
from queryscope.profiler.pipeline import Status
from queryscope.profiler.settings import current
from queryscope.profiler.store import Summary, Totals, current_store
from queryscope.profiler.trace import Value

LIMIT = 200


class Batch(Value, frozen=True):
    """New traces, oldest first. ``last_seq`` is the number to go on from, ``more`` whether others wait behind them.

    ``restarted`` says that the log no longer holds what the reader saw: it was cleared, deleted or replaced.
    """

    status: Status
    last_seq: int
    summaries: tuple[Summary, ...] = ()
    totals: Totals | None = None
    more: bool = False
    restarted: bool = False

    @property
    def state(self) -> tuple[int, Totals | None, Status]:
        """What a reader sees change; equal states need no message."""
        return self.last_seq, self.totals, self.status


def read(after: int) -> Batch:
    """Return what is new after the number ``after``; a store that cannot be read becomes the status's problem."""
    status = pipeline.status()
    try:
        return _read(after, status)
    except StoreError as error:
        return Batch(status=replace(status, problem=str(error)), last_seq=after)


def render(batch: Batch, query: str) -> str:
    """Return the message that brings a browser from the traces before the batch to those in it, as HTML for htmx.

    Every element is swapped out of band: the rows the filter text ``query`` admits, the number to go on from
    (``data-seq`` of ``#cursor``), the session bar and the notices. Drawings are not part of it: a page that is looked at
    asks for them, at most once a second.
    """
    wanted, config, zone = parse(query), current(), timezone.get_default_timezone()
    rows = [row(found, config, zone) for found in select(batch.summaries, wanted, config)]
    totals = batch.totals
    page: dict[str, Any] = {
        "oob": True,
        "query": wanted.text,
        "cursor": batch.last_seq,
        "rows": rows[::-1],
        "session": totals and session(totals, batch.status.paused_at, records(), zone, timezone.now()),
        "traces": totals and units.count(totals.traces),
        "problem": batch.status.problem,
        "dropped": batch.status.dropped_traces and units.count(batch.status.dropped_traces),
    }
    return render_to_string("queryscope/_batch.html", page).strip()


def _read(after: int, status: Status) -> Batch:
    store = current_store()
    # The store's word, not this process's: its own writer may look only every now and then, or not record at all.
    status = replace(status, paused_at=store.paused_at())
    if after and (store.last_seq() < after or not store.newest(1, before=after + 1)):
        return Batch(status=status, last_seq=0, restarted=True)
    summaries = store.read_after(after, LIMIT)
    last_seq = summaries[-1].seq if summaries else after
    totals = store.totals()
    more = bool(summaries) and totals.last_seq > last_seq
    return Batch(summaries=summaries, totals=totals, status=status, last_seq=last_seq, more=more)
