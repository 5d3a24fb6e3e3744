"""Records what threads and tasks do outside of every unit of work: traces of the kind ``background``, a stretch each.

A stretch begins with a statement that no open recorder takes. It is handed over when its thread ends, after a second
or two without a statement, or after ten seconds: an endless worker is seen soon and its trace does not grow.
"""

from __future__ import annotations

import atexit
import multiprocessing.util
import os
from contextvars import ContextVar
from functools import partial
from threading import Lock, Thread
from time import monotonic, sleep
from typing import Any

from queryscope.profiler import pipeline
from queryscope.profiler.capture import guard
from queryscope.profiler.capture.recorder import Recorder, active, succeed_by
from queryscope.profiler.config import Config
from queryscope.profiler.settings import current

QUIET_SECONDS = 1.0
STRETCH_SECONDS = 10.0
_NAME_CHARS = 200

task: ContextVar[Any] = ContextVar("queryscope_task", default=None)
"""What the current thread was started to do: a function, or the class of the thread."""
_refused_until: ContextVar[float] = ContextVar("queryscope_refused", default=0.0)
"""Sampling decides once for a stretch, not for each of its statements."""

OUTSIDE = Recorder("background", "background", Config())
"""Active in a thread that belongs to no unit of work: closed, so each statement asks for its successor."""
OUTSIDE.discard()

_open: dict[Recorder, float] = {}
"""The stretches that are open and since when; whoever takes one out of it hands it over."""
_lock = Lock()
_watch: Thread | None = None


def install() -> None:
    """Record what comes after the end of a unit of work, or belongs to none."""
    succeed_by(_begin)


def uninstall() -> None:
    """Hand over what is open and record no more of it."""
    succeed_by(None)
    for recorder in list(_open):
        _hand_over(recorder)


def end(error: str | None) -> None:
    """End the stretch of a thread that is about to end; ``error`` is what ended it, if anything did."""
    recorder = active.get()
    if recorder is not None and recorder in _open:
        recorder.error = error
        _hand_over(recorder)


def _begin(closed: Recorder, start: int) -> Recorder | None:
    """Open a stretch for a statement that began at ``start``."""
    if monotonic() < _refused_until.get():
        return None
    recorder = pipeline.open_recorder("background", _name(closed))
    if recorder is None:
        _refused_until.set(monotonic() + QUIET_SECONDS)
        return None
    recorder.backdate(start)
    active.set(recorder)
    pipeline.prepare()
    with _lock:
        _open[recorder] = monotonic()
        _start_watch()
    return recorder


def _name(closed: Recorder) -> str:
    doing = task.get()
    while isinstance(doing, partial):
        doing = doing.func
    if doing is None:
        return closed.name if closed.kind == "background" else f"after {closed.name}"
    named = doing if hasattr(doing, "__qualname__") else type(doing)
    return f"thread: {named.__module__}.{named.__qualname__}"[:_NAME_CHARS]


def _hand_over(recorder: Recorder, until_last: bool = False) -> None:
    """Close a stretch once; ``until_last`` says that it ended with its last statement, not now."""
    if _open.pop(recorder, None) is None:
        return
    raw = recorder.close()
    if raw is not None and raw.spans:
        pipeline.submit(raw._replace(end=raw.spans[-1].end) if until_last else raw)


def _start_watch() -> None:
    global _watch
    if _watch is not None:
        return
    if not _exits:
        _exits.append(atexit.register(_at_exit))
        if multiprocessing.parent_process() is not None:
            # A worker of multiprocessing ends without the handlers of ``atexit``.
            multiprocessing.util.Finalize(None, _at_exit, exitpriority=200)
    _watch = Thread(target=_look, name="queryscope-background", daemon=True)
    _watch.start()


def _look() -> None:
    """Hand over what is quiet or long, as long as anything is open."""
    global _watch
    seen: dict[Recorder, int] = {}
    while True:
        sleep(QUIET_SECONDS)
        try:
            for recorder, since in list(_open.items()):
                if recorder.db_ns == seen.get(recorder) or monotonic() - since > STRETCH_SECONDS:
                    _hand_over(recorder, until_last=True)
            seen = {recorder: recorder.db_ns for recorder in list(_open)}
        except Exception:
            guard.report("the end of a background stretch")
        with _lock:
            if not _open:
                _watch = None
                return


_exits: list[object] = []


def _at_exit() -> None:
    """Threads that are still at work end without a word."""
    for recorder in list(_open):
        _hand_over(recorder)
    pipeline.flush(current().flush_seconds)


def _forget_parent() -> None:
    """In a forked child: the threads that the open stretches belong to are the parent's."""
    global _lock, _watch
    _open.clear()
    _exits.clear()
    atexit.unregister(_at_exit)
    _lock, _watch = Lock(), None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_parent)
