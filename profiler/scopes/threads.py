"""Follows work into other threads: what a view hands to a thread or a pool is recorded in the trace of its request.

Nothing but our own context variables goes along; the host's are inherited or not, as Python has it. What runs after
that trace was closed, or in a thread that no unit of work started, is recorded in the background.
"""

from __future__ import annotations

from asyncio import BaseEventLoop
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import Context
from functools import partial, wraps
from sys import _getframe
from threading import Thread
from typing import Any, NamedTuple

from asgiref.sync import SyncToAsync

from queryscope.profiler.capture import guard
from queryscope.profiler.capture.hooks import describe_error
from queryscope.profiler.capture.raw_stack import RawStack
from queryscope.profiler.capture.recorder import Recorder, activate, deactivate, recording
from queryscope.profiler.capture.stack import awaiting
from queryscope.profiler.scopes import background
from queryscope.profiler.scopes.event_loop import spawns

LEFT_ALONE = ("queryscope-", "django-main-thread")
"""How the names of threads begin that are nobody's work: our own, and the one that the autoreloader runs the server in."""


_BRINGING = Context, SyncToAsync
"""Whose methods set the context variables themselves, in the work of ``asyncio.to_thread`` and asgiref."""


class Carried(NamedTuple):
    """What a thread takes along from where it was started."""

    recorder: Recorder
    task: Any
    starter: RawStack | None


def install() -> None:
    """Follow the threads and tasks that are started from now on."""
    if not _replaced:
        _replace(Thread, "start", _starts)
        _replace(ThreadPoolExecutor, "submit", _submits)
        _replace(BaseEventLoop, "create_task", spawns)
    background.install()


def uninstall() -> None:
    """Follow no further one."""
    while _replaced:
        owner, name, original, wrapper = _replaced.pop()
        if owner.__dict__[name] is wrapper:
            setattr(owner, name, original)
    background.uninstall()


_replaced: list[tuple[Any, str, Any, Any]] = []


def _replace(owner: Any, name: str, wrap: Callable[[Any], Any]) -> None:
    original = owner.__dict__[name]
    wrapper = wrap(original)
    _replaced.append((owner, name, original, wrapper))
    setattr(owner, name, wrapper)


def _starts(original: Callable[[Thread], None]) -> Any:
    @wraps(original)
    def start(self: Thread) -> None:
        try:
            if not _left_alone(self):
                # On the instance, because a subclass has a ``run`` of its own.
                self.run = partial(_run, self, _carry(_task_of(self)), self.run)  # type: ignore[method-assign]
        except Exception:
            guard.report("the start of a thread")
        try:
            original(self)
        except BaseException:
            self.__dict__.pop("run", None)
            raise

    return start


def _run(thread: Thread, carried: Carried, run: Callable[[], None]) -> None:
    thread.__dict__.pop("run", None)
    _work(carried, run)


def _submits(original: Callable[..., Future[Any]]) -> Any:
    @wraps(original)
    def submit(self: ThreadPoolExecutor, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        if isinstance(fn, partial) and isinstance(getattr(fn.func, "__self__", None), _BRINGING):
            return original(self, fn, *args, **kwargs)
        carried: Carried | None
        try:
            if not _in_asgiref():
                carried = _carry(fn)
            else:  # its loop is no work of its own, and what a variable holds there comes back to who waits for it
                carried = None if recording() is None else _carry(background.task.get())
        except Exception:
            guard.report("the start of work in a pool")
            carried = None
        if carried is None:
            return original(self, fn, *args, **kwargs)
        return original(self, _work, carried, fn, *args, **kwargs)

    return submit


def _work(carried: Carried, call: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    """Call in another thread what was handed to it, with what it takes along."""
    token = activate(carried.recorder)
    doing, starter = background.task.set(carried.task), awaiting.set(carried.starter)
    error = None
    try:
        return call(*args, **kwargs)
    except Exception as exception:
        error = describe_error(exception)
        raise
    finally:
        try:
            background.end(error)
        except Exception:
            guard.report("the end of a thread")
        awaiting.reset(starter)
        background.task.reset(doing)
        deactivate(token, carried.recorder)


def _carry(task: Any) -> Carried:
    recorder = recording()
    if recorder is None:
        return Carried(background.OUTSIDE, task, None)
    return Carried(recorder, task, recorder.coroutine(3))


def _left_alone(thread: Thread) -> bool:
    """Whether to leave a thread alone: those above, and those of pools, whose work is followed piece by piece."""
    target = getattr(thread, "_target", None)
    return (
        thread.name.startswith(LEFT_ALONE) or getattr(target, "__module__", "") == "concurrent.futures.thread"
    )


def _in_asgiref() -> bool:
    """Whether ``async_to_sync`` runs its loop in a pool; what is not recorded there is nobody's background."""
    return str(_getframe(2).f_globals.get("__name__")).startswith("asgiref.")


def _task_of(thread: Thread) -> Any:
    """Return what a thread was started to do: its target, a timer's function, or the class that says it."""
    if type(thread).run is Thread.run:
        return getattr(thread, "_target", None) or type(thread)
    return getattr(thread, "function", type(thread))
