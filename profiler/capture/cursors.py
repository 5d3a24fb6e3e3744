"""Times and counts what the application itself fetches from a cursor: the clock must not stop at ``execute``.

Only cursors that the application executes on are followed, from one answer to the next; those of the ORM are measured where
their rows are taken (``phases.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from time import perf_counter_ns
from typing import Any

from django.db.backends.utils import CursorWrapper

from queryscope.profiler.capture import guard
from queryscope.profiler.capture.answer import measure
from queryscope.profiler.capture.evaluation import Evaluation
from queryscope.profiler.capture.patching import patch

_FETCHES = ("fetchone", "fetchmany", "fetchall")
_KEY = "_queryscope_followed"


def install() -> None:
    """Wrap the one way to fetch that goes through the class."""
    patch(CursorWrapper, "__iter__", _iterated)


def follow(cursor: Any, trace_id: str, executed: int) -> Evaluation:
    """Return what will be known of the answer that waits in a wrapped cursor since ``executed`` nanoseconds."""
    followed = Evaluation(trace_id, None)
    followed.executed, followed.columns = executed, len(cursor.cursor.description)
    own = cursor.__dict__
    own[_KEY] = followed
    for name in _FETCHES:
        # The driver's cursor, not the wrapper: that one must go when its last reference goes.
        own[name] = _fetching(getattr(cursor.cursor, name), cursor.db, followed, name == "fetchone")
    return followed


def _fetching(
    fetch: Callable[..., Any], connection: Any, followed: Evaluation, one: bool
) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        start = perf_counter_ns()
        with connection.wrap_database_errors:
            result = fetch(*args, **kwargs)
        _take(followed, start, [result] if one and result is not None else result)
        return result

    return call


def _take(followed: Evaluation, start: int, rows: Any) -> None:
    try:
        followed.fetch = (followed.fetch or 0) + perf_counter_ns() - start
        measure(followed, [rows] if rows else [])
    except Exception:
        guard.report("the rows that a cursor fetched")


def _iterated(original: Callable[..., Iterator[Any]]) -> Any:
    @wraps(original)
    def __iter__(self: Any) -> Iterator[Any]:
        rows = original(self)
        followed = self.__dict__.get(_KEY)
        return rows if followed is None else _each(rows, followed)

    return __iter__


def _each(rows: Iterator[Any], followed: Evaluation) -> Iterator[Any]:
    while True:
        start = perf_counter_ns()
        try:
            row = next(rows)
        except StopIteration:
            return
        _take(followed, start, [row])
        yield row
