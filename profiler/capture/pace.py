"""Keeps the background thread from stealing the interpreter: it works in short slices and sleeps in between.

A thread that computes holds the GIL; each time a request thread lets go of it (every database call does) it must wait
for its turn again. So a slice is shorter than the interpreter's switch interval, and pauses are longer while a recorder
is open, that is while somebody waits for a response.
"""

from __future__ import annotations

from time import perf_counter_ns, sleep

from queryscope.profiler.capture.recorder import open_recorders

SLICE_NS = 500_000
BUSY_PAUSE_S = 0.004
IDLE_PAUSE_S = 0.0005


class Pace:
    """Called between small steps of work; sleeps when a slice is over. ``hurry`` ends the sleeping, at exit."""

    def __init__(self) -> None:
        self.hurry = False
        self.backlog = False
        self._slice_start = perf_counter_ns()

    def __call__(self) -> None:
        if perf_counter_ns() - self._slice_start < SLICE_NS or self.hurry:
            return
        sleep(BUSY_PAUSE_S if open_recorders and not self.backlog else IDLE_PAUSE_S)
        self._slice_start = perf_counter_ns()
