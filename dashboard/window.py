"""The newest traces of the store, kept in this process so that a look at them reads only what came since the last one."""

from __future__ import annotations

from collections import deque
from threading import Lock

from django.utils import timezone

from queryscope.dashboard.installed import records
from queryscope.dashboard.presentation.findings.listing import MOST_BESIDE, OPEN_STATES
from queryscope.dashboard.presentation.live.source import WINDOW, Source
from queryscope.profiler import pipeline, settings
from queryscope.profiler.store import Store, Summary, Totals, current_store


class Window:
    """The newest traces of one store, oldest first; safe to be read from several threads."""

    def __init__(self, store: Store, size: int = WINDOW) -> None:
        self.store = store
        self._size = size
        self._lock = Lock()
        self._summaries: deque[Summary] = deque(maxlen=size)

    def read(self) -> tuple[tuple[Summary, ...], Totals]:
        """Return the traces at hand after reading what is new, and the store's totals. Raises StoreError."""
        with self._lock:
            newest = self._summaries[-1].seq if self._summaries else 0
            self._catch_up(newest) if newest else self._load()
            # Counted last: a trace that is stored between the two must not look like one that was removed.
            totals = self.store.totals()
            if totals.last_seq < newest or len(self._summaries) > totals.traces:
                self._load()
            return tuple(self._summaries), totals

    def _load(self) -> None:
        self._summaries.clear()
        self._summaries.extend(reversed(self.store.newest(self._size)))

    def _catch_up(self, newest: int) -> None:
        while found := self.store.read_after(newest, 1_000):
            self._summaries.extend(found)
            newest = found[-1].seq


_windows: dict[int, Window] = {}


def read() -> Source:
    """Return what the live page is made from. Raises StoreError where the store cannot be read."""
    store = current_store()
    window = _windows.get(id(store))
    if window is None or window.store is not store:
        # One store at a time; a test that changes the settings gets a window of its own.
        _windows.clear()
        window = _windows[id(store)] = Window(store)
    summaries, totals = window.read()
    status = pipeline.status()
    return Source(
        summaries=summaries,
        totals=totals,
        paused_at=store.paused_at(),
        problem=status.problem,
        dropped=status.dropped_traces,
        records=records(),
        config=settings.current(),
        zone=timezone.get_default_timezone(),
        now=timezone.now(),
        problems=store.problems(OPEN_STATES, limit=MOST_BESIDE),
    )
