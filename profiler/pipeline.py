"""From a unit of work to its row in the store: open a recorder, close it, assemble, analyse, append, ring.

Everything after ``submit`` happens in one background thread behind a bounded queue. The thread, the file and the
connection come into being with the first trace, not before: an autoreloader's parent and a forking server have none.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Callable
from functools import cache

from queryscope.profiler.capture import guard, hooks
from queryscope.profiler.capture.raw import RawTrace
from queryscope.profiler.capture.recorder import Recorder, active, open_recorders
from queryscope.profiler.config import Config
from queryscope.profiler.runs import ARRIVING
from queryscope.profiler.settings import current
from queryscope.profiler.trace import Kind, Value
from queryscope.profiler.writer import Writer

Callback = Callable[[int], None]


class Status(Value, frozen=True, kw_only=True):
    """What recording is doing in this process; ``problem`` is the sentence of the warning while the store fails."""

    paused_at: str | None
    dropped_traces: int
    problem: str | None


_chance = random.Random()
"""Not the application's own sequence, which may have a chosen seed: drawing from it would change what it computes."""
_callbacks: set[Callback] = set()
_writer = Writer(_callbacks)


def open_recorder(kind: Kind, name: str, path: str | None = None) -> Recorder | None:
    """Return a recorder for a unit of work, or ``None`` where it is not to be recorded; never raises."""
    try:
        if kind in ARRIVING:
            _leave_background()
        config = current()
        if not config.enabled or _writer.paused_at is not None or (_writer.problem and _writer.resting):
            return None
        if kind not in config.scopes:
            return None
        share = _share(config, path or name) if config.sample_paths else config.sample
        if share < 1 and _chance.random() >= share:
            return None
        if config.ignore_paths and _found(config.ignore_paths, path or name) is not None:
            return None
        hooks.install()
        return Recorder(kind, name, config)
    except Exception:
        guard.report("the start of a recording")
        return None


def _leave_background() -> None:
    """Record no more of what this thread does by itself: one in which requests arrive is a server's."""
    recorder = active.get()
    if recorder is not None and (recorder.closed or recorder.kind == "background"):
        recorder.discard()
        active.set(None)


def prepare() -> None:
    """Start what writes, for content that may come only when the process ends."""
    try:
        _writer.start(current().flush_seconds)
    except Exception:
        guard.report("the start of the writer")


def submit(raw: RawTrace | None) -> None:
    """Hand a closed recorder's content to the writer; what does not fit into its queue is dropped and counted."""
    if raw is not None:
        try:
            _writer.put(raw)
        except Exception:
            guard.report("the hand-over of a trace")


def on_stored(callback: Callback) -> None:
    """Have ``callback(last_seq)`` called in the writer's thread after each append: the bell. It must not block."""
    _callbacks.add(callback)


def forget_stored(callback: Callback) -> None:
    """Undo ``on_stored``."""
    _callbacks.discard(callback)


def flush(timeout_seconds: float) -> bool:
    """Wait until all that was submitted is stored; return whether that happened in time."""
    return _writer.flush(timeout_seconds)


def status() -> Status:
    """Return what recording is doing in this process."""
    return Status(
        paused_at=_writer.paused_at,
        dropped_traces=_writer.dropped,
        problem=_writer.problem,
    )


@cache
def _patterns(expressions: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(expression) for expression in expressions)


def _found(expressions: tuple[str, ...], text: str) -> str | None:
    """Return the first expression that finds something in a text."""
    for each in _patterns(expressions):
        if each.search(text):
            return each.pattern
    return None


def _share(config: Config, text: str) -> float:
    """Return which share of the units of work with this path, or name, is recorded."""
    found = _found(tuple(config.sample_paths), text)
    return config.sample if found is None else config.sample_paths[found]


def _forget_parent() -> None:
    """In a forked child: the parent's thread does not exist here, its traces are the parent's to write."""
    global _writer
    _writer.abandon()
    _writer = Writer(_callbacks)
    _chance.seed()
    open_recorders.clear()
    if (recorder := active.get()) is not None:
        # It stays active: what this process does now comes after the end of it.
        recorder.discard()


os.register_at_fork(after_in_child=_forget_parent)
