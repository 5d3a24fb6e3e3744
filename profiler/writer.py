"""The background thread that turns raw traces into stored reports; it alone writes to the store.

Its state: the bounded queue, whether recording is paused (a row in the store, looked at twice a second), how many
traces were dropped, and the problem that keeps it from writing. A problem is said once, rested for a while, tried again.
"""

from __future__ import annotations

import atexit
import logging
import multiprocessing.util
import threading
from collections.abc import Callable, Iterable
from queue import Empty, SimpleQueue
from time import monotonic

import msgspec

from queryscope.profiler import analysis
from queryscope.profiler.analysis.memory import Memory
from queryscope.profiler.capture import guard
from queryscope.profiler.capture.assemble import assemble
from queryscope.profiler.capture.pace import Pace
from queryscope.profiler.capture.raw import RawTrace
from queryscope.profiler.capture.recorder import activate
from queryscope.profiler.errors import StoreError
from queryscope.profiler.report import Report
from queryscope.profiler.settings import current
from queryscope.profiler.store import current_store

logger = logging.getLogger("queryscope")

LOOK_SECONDS = 0.5
REST_SECONDS = 5.0
PRUNE_EVERY = 100
QUEUE_TRACE_BYTES = 4
"""The queue holds at most this many times MAX_TRACE_BYTES, however few traces that are."""
BATCH = 20


class Writer:
    """One for each process. ``callbacks`` are called with the last sequence number after each append."""

    def __init__(self, callbacks: Iterable[Callable[[int], None]]) -> None:
        self.paused_at: str | None = None
        """Since when recording is paused, as far as this process has seen."""
        self.dropped = 0
        self.problem: str | None = None
        self._callbacks = callbacks
        self._queue: SimpleQueue[RawTrace] = SimpleQueue()
        self._pace = Pace()
        self._memory = Memory()
        self._thread: threading.Thread | None = None
        # The end of a forgotten response may come while garbage is collected, which may be in here.
        self._lock = threading.RLock()
        self._idle = threading.Condition(self._lock)
        self._unwritten = self._held = 0
        self._looked = self._rest_until = 0.0
        self._since_prune = PRUNE_EVERY - 1

    @property
    def resting(self) -> bool:
        """Whether the store failed a moment ago, so that recording would be for nothing."""
        return self.problem is not None and monotonic() < self._rest_until

    def put(self, raw: RawTrace) -> None:
        """Queue a trace; start the thread with the first one, and again should it have died."""
        with self._lock:
            heavy = self._held and self._held + raw.held > QUEUE_TRACE_BYTES * raw.config.max_trace_bytes
            if heavy or self._queue.qsize() >= raw.config.queue_traces:
                self.dropped += 1
                return
            self._held += raw.held
            self._unwritten += 1
            self._queue.put(raw)
        self.start(raw.config.flush_seconds)

    def start(self, flush_seconds: float) -> None:
        """Start the thread unless it runs; what is put only at exit needs it before: Python 3.12 starts none then."""
        if self._thread is None or not self._thread.is_alive():
            self._start(flush_seconds)

    def flush(self, timeout_seconds: float) -> bool:
        """Wait until the queue is empty and written; work without pauses meanwhile."""
        if self._thread is None:
            return True
        self._pace.hurry = True
        try:
            with self._idle:
                return self._idle.wait_for(lambda: not self._unwritten, timeout_seconds)
        finally:
            self._pace.hurry = False

    def abandon(self) -> None:
        """In a forked child: do not wait for the parent's thread at exit."""
        atexit.unregister(self._at_exit)

    def _start(self, flush_seconds: float) -> None:
        with self._lock:
            if self._thread is not None and self._thread.is_alive():
                return
            first = self._thread is None
            thread = threading.Thread(target=self._run, name="queryscope-writer", daemon=True)
            thread.start()
            self._thread = thread
        if first:
            atexit.register(self._at_exit, flush_seconds)
            if multiprocessing.parent_process() is not None:
                # A worker of multiprocessing ends without the handlers of ``atexit``.
                multiprocessing.util.Finalize(None, self._at_exit, (flush_seconds,), exitpriority=100)

    def _at_exit(self, flush_seconds: float) -> None:
        if not self.flush(flush_seconds):
            logger.warning(
                "queryscope left %d traces unwritten: the store took longer than FLUSH_SECONDS (%s s) at exit.",
                self._unwritten,
                flush_seconds,
            )

    def _run(self) -> None:
        activate(None)
        while True:
            batch = self._wait()
            try:
                self._look(always=bool(batch))
                self._write([raw for raw in batch if self._wanted(raw)])
            except StoreError as error:
                self._fail(error, len(batch))
            except Exception:
                self.dropped += len(batch)
                guard.report("the writing of traces")
            finally:
                count, held = len(batch), sum(raw.held for raw in batch)
                # Waiting for the next ones must not keep these alive.
                batch = []
                self._done(count, held)

    def _done(self, count: int, held: int) -> None:
        with self._lock:
            self._held -= held
            self._unwritten -= count
            self._idle.notify_all()

    def _wait(self) -> list[RawTrace]:
        """Return the next traces, or none when it is time to look at the store again."""
        try:
            batch = [self._queue.get(timeout=LOOK_SECONDS)]
        except Empty:
            return []
        while len(batch) < BATCH and not self._queue.empty():
            batch.append(self._queue.get())
        self._pace.backlog = self._queue.qsize() > BATCH
        return batch

    def _look(self, always: bool) -> None:
        """Learn whether recording is paused: before each write, so that no process writes past a pause."""
        if always or (monotonic() - self._looked >= LOOK_SECONDS * 0.9 and not self.resting):
            self.paused_at = current_store().paused_at()
            self._looked = monotonic()

    def _wanted(self, raw: RawTrace) -> bool:
        """Whether a trace began before the pause, if there is one."""
        return self.paused_at is None or raw.started_at < self.paused_at

    def _write(self, batch: list[RawTrace]) -> None:
        reports = [report for report in map(self._report, batch) if report is not None]
        if not reports:
            return
        stored = self._append(reports)
        if not stored:
            return
        if self.problem is not None:
            logger.warning("queryscope records again: the store can be written.")
            self.problem = None
        for callback in tuple(self._callbacks):
            self._ring(callback, stored[-1].trace.seq)
        self._since_prune += len(stored)
        if self._since_prune >= PRUNE_EVERY:
            self._since_prune = 0
            current_store().prune(current())

    def _append(self, reports: list[Report]) -> tuple[Report, ...]:
        """Store the reports; one that cannot be encoded does not take the others with it."""
        try:
            return current_store().append(reports, self._pace)
        except StoreError:
            raise
        except Exception:
            if len(reports) > 1:
                return tuple(stored for report in reports for stored in self._append([report]))
            self.dropped += 1
            guard.report("the storing of a trace")
            return ()

    def _report(self, raw: RawTrace) -> Report | None:
        try:
            report = assemble(raw, self._pace)
        except Exception:
            self.dropped += 1
            guard.report("the assembly of a trace")
            return None
        failures: list[str] = []

        def failed(where: str) -> None:
            guard.report(where)
            failures.append(where)

        try:
            past = self._memory.enter(report.trace, raw.config)
            found = analysis.run(report.trace, raw.config, past, pause=self._pace, failed=failed)
            return msgspec.structs.replace(report, findings=found, judged=not failures)
        except Exception:
            # The recording is worth having without what a rule says of it.
            guard.report("the analysis of a trace")
            return msgspec.structs.replace(report, judged=False)

    @staticmethod
    def _ring(callback: Callable[[int], None], seq: int) -> None:
        try:
            callback(seq)
        except Exception:
            guard.report("the bell")

    def _fail(self, error: StoreError, lost: int) -> None:
        self.dropped += lost
        self._rest_until = monotonic() + REST_SECONDS
        if self.problem is None:
            logger.warning(
                "queryscope cannot write its store and records nothing until it can (it tries again every %d s): %s",
                REST_SECONDS,
                error,
            )
        self.problem = str(error)
