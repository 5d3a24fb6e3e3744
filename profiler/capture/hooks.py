"""Puts our hooks on Django's connections, once: every statement of every alias reaches the active recorder.

Where Django offers a hook it is used (``execute_wrappers``, ``connection_created``). Three things it does not tell are
patched, each in one place below: what a backend sends for BEGIN, COMMIT and ROLLBACK (``debug_transaction``), stored
procedures (``CursorWrapper.callproc`` goes round the wrappers), and who awaits work in another thread
(``SyncToAsync.__call__``: the thread's stack does not hold the coroutine; ``AsyncToSync.__call__`` ends that).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import wraps
from threading import local
from time import perf_counter_ns
from typing import Any

from asgiref.sync import AsyncToSync, SyncToAsync, markcoroutinefunction
from django.db import connections
from django.db.backends.base import base as backend
from django.db.backends.signals import connection_created
from django.db.backends.utils import CursorWrapper

from queryscope.profiler.capture import (
    building,
    changes,
    connecting,
    cursors,
    fields,
    guard,
    jinja,
    lanes,
    loads,
    phases,
    uses,
)
from queryscope.profiler.capture.patching import patch, patched, restore
from queryscope.profiler.capture.recorder import active, succeeding
from queryscope.profiler.capture.stack import awaiting
from queryscope.profiler.settings import current

_ERROR_CHARS = 2_000


def observe(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Execute a statement; while a recorder is active, tell it. An execute wrapper by Django's contract."""
    recorder = active.get()
    if recorder is None:
        return execute(sql, params, many, context)
    error = None
    start = perf_counter_ns()
    try:
        return execute(sql, params, many, context)
    except BaseException as exception:
        error = describe_error(exception)
        raise
    finally:
        end = perf_counter_ns()
        try:
            if recorder.closed:
                recorder = succeeding(recorder, start)
            if recorder is not None:
                recorder.statement(sql, params, many, context, start, end, error)
        except Exception:
            guard.report("the recording of a statement")


class _Thread(local):
    installation: object = None
    """The one in which the connections that this thread had open were hooked."""


_thread = _Thread()
_installation = object()
_awaited: frozenset[str] = frozenset()
"""Modules that are hooked as soon as they are loaded."""


def install() -> None:
    """Hook Django, every open connection of this thread and every later one; cheap when that was done before."""
    if _thread.installation is not _installation or not sys.modules.keys().isdisjoint(_awaited):
        _install()


def _install() -> None:
    global _awaited
    if not patched():
        connection_created.connect(_created, dispatch_uid="queryscope.hooks")
        patch(backend, "debug_transaction", _transactions)
        if oracle := sys.modules.get("django.db.backends.oracle.base"):
            patch(oracle, "debug_transaction", _transactions)
        patch(CursorWrapper, "callproc", _procedures)
        patch(SyncToAsync, "__call__", _awaits)
        patch(AsyncToSync, "__call__", _comes_back)
        connecting.install()
        cursors.install()
        if current().orm:
            building.install()
            phases.install()
            uses.install()
            loads.install()
        changes.note_modules()
    named = lanes.install() if current().lanes else ()
    _awaited = frozenset((*fields.install(), *jinja.install(), *named))
    for connection in connections.all(initialized_only=True):
        _created(connection=connection)
    _thread.installation = _installation


def uninstall() -> None:
    """Take every hook away again, from this thread's connections and from Django."""
    global _installation
    _installation = object()
    connection_created.disconnect(dispatch_uid="queryscope.hooks")
    for connection in connections.all(initialized_only=True):
        if observe in connection.execute_wrappers:
            connection.execute_wrappers.remove(observe)
    lanes.uninstall()
    restore()


def describe_error(exception: BaseException) -> str:
    """Return the class and the text of an exception; one whose text cannot be made is named by its class."""
    try:
        return f"{type(exception).__name__}: {exception}"[:_ERROR_CHARS]
    except Exception:
        return type(exception).__name__


def _created(*, connection: Any, **_: Any) -> None:
    """Insert our wrapper first: ``with connection.execute_wrapper(f)`` pops the last one, whichever it is."""
    if observe not in connection.execute_wrappers and not getattr(connection, "queryscope_own", False):
        connection.execute_wrappers.insert(0, observe)


def _transactions(original: Callable[..., AbstractContextManager[None]]) -> Any:
    @wraps(original)
    @contextmanager
    def debug_transaction(connection: Any, sql: str) -> Iterator[None]:
        error = None
        start = perf_counter_ns()
        try:
            with original(connection, sql):
                yield
        except BaseException as exception:
            error = describe_error(exception)
            raise
        finally:
            recorder = active.get()
            if recorder is not None and not getattr(connection, "queryscope_own", False):
                try:
                    if recorder.closed:
                        recorder = succeeding(recorder, start)
                    if recorder is not None:
                        recorder.marker(sql, connection, start, perf_counter_ns(), error)
                except Exception:
                    guard.report("the recording of a transaction")

    return debug_transaction


def _procedures(original: Callable[..., Any]) -> Any:
    @wraps(original)
    def callproc(self: Any, procname: str, params: Any = None, kparams: Any = None) -> Any:
        def execute(sql: str, values: Any, many: bool, context: dict[str, Any]) -> Any:
            return original(self, procname, params, kparams)

        values = kparams if kparams is not None else params
        return observe(execute, f"CALL {procname}", values, False, {"connection": self.db, "cursor": self})

    return callproc


def _awaits(original: Callable[..., Any]) -> Any:
    async def call(self: Any, args: Any, kwargs: Any) -> Any:
        recorder, token = active.get(), None
        try:
            if recorder is not None:
                token = awaiting.set(recorder.coroutine(2))
        except Exception:
            guard.report("the stack of a coroutine")
        try:
            return await original(self, *args, **kwargs)
        finally:
            if token is not None:
                try:  # noqa: SIM105 - that one is three calls in Python
                    awaiting.reset(token)
                except ValueError:
                    pass  # thrown away, it ends in the context of whoever found it, where nothing was set

    @markcoroutinefunction
    @wraps(original)
    def __call__(self: Any, *args: Any, **kwargs: Any) -> Any:
        # Where nothing records, no coroutine of ours stands between asgiref's and the host's.
        if active.get() is None:
            return original(self, *args, **kwargs)
        return call(self, args, kwargs)

    return __call__


def _comes_back(original: Callable[..., Any]) -> Any:
    """Have nobody await a thread that waited itself: asgiref copies the variables of the coroutine back into it."""

    @wraps(original)
    def __call__(self: Any, *args: Any, **kwargs: Any) -> Any:
        outer = awaiting.get()
        try:
            return original(self, *args, **kwargs)
        finally:
            if awaiting.get() is not outer:
                awaiting.set(outer)

    return __call__
