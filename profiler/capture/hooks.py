"""Puts our hooks on Django's connections, once: every statement of every alias reaches the active recorder.

Where Django offers a hook it is used (``execute_wrappers``, ``connection_created``). Three things it does not tell are
patched, each in one place below: what a backend sends for BEGIN, COMMIT and ROLLBACK (``debug_transaction``), stored
procedures (``CursorWrapper.callproc`` goes round the wrappers), and who awaits work in another thread
(``SyncToAsync.__call__``: the thread's stack does not hold the coroutine).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import wraps
from sys import _getframe
from time import perf_counter_ns
from typing import Any

from asgiref.sync import SyncToAsync
from django.db import connections
from django.db.backends.base import base as backend
from django.db.backends.signals import connection_created
from django.db.backends.utils import CursorWrapper

from queryscope.profiler.capture import guard
from queryscope.profiler.capture.recorder import active
from queryscope.profiler.capture.stack import awaiting, walk

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
            recorder.statement(sql, params, many, context, start, end, error)
        except Exception:
            guard.report("the recording of a statement")


def install() -> None:
    """Hook Django, every open connection of this thread and every later one; cheap when that was done before."""
    if not _patched:
        connection_created.connect(_created, dispatch_uid="queryscope.hooks")
        _patch(backend, "debug_transaction", _transactions)
        if oracle := sys.modules.get("django.db.backends.oracle.base"):
            _patch(oracle, "debug_transaction", _transactions)
        _patch(CursorWrapper, "callproc", _procedures)
        _patch(SyncToAsync, "__call__", _awaits)
    attach()


def attach() -> None:
    """Hook the connections that this thread opened before."""
    for connection in connections.all(initialized_only=True):
        _created(connection=connection)


def uninstall() -> None:
    """Take every hook away again, from this thread's connections and from Django."""
    connection_created.disconnect(dispatch_uid="queryscope.hooks")
    for connection in connections.all(initialized_only=True):
        if observe in connection.execute_wrappers:
            connection.execute_wrappers.remove(observe)
    while _patched:
        owner, name, original = _patched.pop()
        setattr(owner, name, original)


def describe_error(exception: BaseException) -> str:
    """Return the class and the text of an exception; one whose text cannot be made is named by its class."""
    try:
        return f"{type(exception).__name__}: {exception}"[:_ERROR_CHARS]
    except Exception:
        return type(exception).__name__


_patched: list[tuple[Any, str, Any]] = []


def _patch(owner: Any, name: str, wrap: Callable[[Any], Any]) -> None:
    original = owner.__dict__[name]
    if not hasattr(original, "queryscope_wraps"):
        wrapper = wrap(original)
        wrapper.queryscope_wraps = original
        _patched.append((owner, name, original))
        setattr(owner, name, wrapper)


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
    @wraps(original)
    async def __call__(self: Any, *args: Any, **kwargs: Any) -> Any:
        recorder = active.get()
        if recorder is None:
            return await original(self, *args, **kwargs)
        try:
            stack = walk(_getframe(1), 40, recorder.boundary)
        except Exception:
            guard.report("the stack of a coroutine")
            return await original(self, *args, **kwargs)
        token = awaiting.set(stack)
        try:
            return await original(self, *args, **kwargs)
        finally:
            # A coroutine that is thrown away ends in the context of whoever found it, where nothing was set.
            with suppress(ValueError):
                awaiting.reset(token)

    return __call__
