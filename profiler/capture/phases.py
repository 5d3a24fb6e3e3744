"""Times what the ORM does around a statement: compilation, fetch, hydration; counts rows; marks rows with their evaluation.

Part of the hot path, and nothing of it runs for a row: what fetches rows is timed as a whole, and the alias that Django
writes into each instance is a text which all instances of one evaluation share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from itertools import islice
from sys import _getframe
from time import perf_counter_ns
from types import GeneratorType
from typing import Any

from django.db.models import query
from django.db.models.sql.compiler import SQLCompiler, SQLInsertCompiler
from django.db.utils import ConnectionHandler

from queryscope.profiler.capture import guard, uses
from queryscope.profiler.capture.answer import measure
from queryscope.profiler.capture.building import accessor
from queryscope.profiler.capture.evaluation import (
    Asked,
    Evaluation,
    Progress,
    Tagged,
    built,
    tagged,
    thread,
)
from queryscope.profiler.capture.patching import patch
from queryscope.profiler.capture.recorder import Recorder, active

_END = object()
_FETCH_MODES = hasattr(query.QuerySet, "fetch_mode")


def install() -> None:
    """Wrap what evaluates querysets and what runs their compilers."""
    patch(SQLCompiler, "execute_sql", _executed)
    patch(SQLInsertCompiler, "execute_sql", _inserted)
    patch(query.QuerySet, "_fetch_all", _fetched)
    patch(query.QuerySet, "_iterator", _iterated(_marked))
    patch(query.RawQuerySet, "iterator", _iterated(_marked_raw))
    patch(query.RelatedPopulator, "__init__", _populated)
    patch(ConnectionHandler, "create_connection", _made)


def _executed(original: Any) -> Any:
    # Written as Django writes it, it is called without packing arguments, which takes 2,000 instructions.
    many, chunked, size = original.__defaults__

    @wraps(original)
    def execute_sql(
        self: Any, result_type: Any = many, chunked_fetch: Any = chunked, chunk_size: Any = size
    ) -> Any:
        recorder = active.get()
        if recorder is None:
            return original(self, result_type, chunked_fetch, chunk_size)
        progress = thread.progress
        outer = progress.compiling
        evaluation = _compiling(recorder, progress, self)
        try:
            result = original(self, result_type, chunked_fetch, chunk_size)
        finally:
            progress.compiling = outer
        return _taken(recorder, progress, evaluation, result)

    return execute_sql


def _inserted(original: Callable[..., Any]) -> Any:
    @wraps(original)
    def execute_sql(self: Any, *args: Any, **kwargs: Any) -> Any:
        recorder = active.get()
        if recorder is None:
            return original(self, *args, **kwargs)
        progress = thread.progress
        outer = progress.compiling
        evaluation = _compiling(recorder, progress, self)
        try:
            result = original(self, *args, **kwargs)
        finally:
            progress.compiling = outer
        return _taken(recorder, progress, evaluation, result, True)

    return execute_sql


def _compiling(recorder: Recorder, progress: Progress, compiler: Any) -> Evaluation | None:
    """Begin the evaluation whose statement the compiler is about to send; where that fails, go on as before."""
    evaluation, progress.evaluation = progress.evaluation, None
    try:
        if evaluation is None:
            evaluation = _of_compiler(recorder, progress.queryset, compiler.query)
        progress.compiling = evaluation
        evaluation.began = perf_counter_ns() - progress.counted
    except Exception:
        guard.report("the evaluation of a statement")
    return evaluation


def _of_compiler(recorder: Recorder, queryset: Any, statement: Any) -> Evaluation:
    """Return the evaluation of a statement that no queryset is fetched for: a count, a write."""
    if queryset is not None and queryset.model is statement.model:
        evaluation = Evaluation(recorder.trace_id, queryset.model, built(queryset))
        instance = queryset._hints.get("instance")
        evaluation.hinted = evaluation.built.start if instance is None else instance
        return evaluation
    return Evaluation(recorder.trace_id, getattr(statement, "model", None))


def _taken(
    recorder: Recorder, progress: Progress, evaluation: Evaluation | None, result: Any, inserted: bool = False
) -> Any:
    """Note what a compiler returned: chunks of rows (of an INSERT the rows), one row, a generator of chunks, a number."""
    end = perf_counter_ns()
    try:
        if evaluation is None or not evaluation.executed:
            return result
        evaluation.fetch = fetch = end - progress.counted - evaluation.returned
        progress.counted = counted = progress.counted + fetch + (evaluation.compile or 0)
        evaluation.returned = end - counted
        if type(result) is list:
            measure(evaluation, [result] if inserted else result)
        elif type(result) is tuple:
            measure(evaluation, [[result]])
        elif type(result) is GeneratorType:
            return _chunks(evaluation, result)
        recorder.own(perf_counter_ns() - end)
    except Exception:
        guard.report("the rows of a statement")
    return result


def _chunks(evaluation: Evaluation, chunks: Any) -> Iterator[Any]:
    """Pass chunks on as they are fetched, each one timed; closing this closes them."""
    try:
        while True:
            start = perf_counter_ns()
            chunk: Any = next(chunks, _END)
            evaluation.fetch = (evaluation.fetch or 0) + perf_counter_ns() - start
            if chunk is _END:
                return
            try:
                measure(evaluation, [chunk])
            except Exception:
                guard.report("the rows of a chunk")
            yield chunk
    finally:
        chunks.close()


def _fetched(original: Callable[..., Any]) -> Any:
    """Fill the cache as Django does, with the rows marked; what the rows' own code asks is not their hydration."""

    @wraps(original)
    def _fetch_all(self: Any) -> Any:
        recorder = active.get()
        if recorder is None:
            return original(self)
        if self._result_cache is not None:
            try:
                uses.note_method(self, _getframe(1).f_code)
            except Exception:
                guard.report("the use of fetched rows")
            return original(self)
        progress = thread.progress
        evaluation = _begun(recorder, progress, self)
        if evaluation is None:
            return original(self)
        pinned, building = self._db, progress.building
        models = evaluation.asked is not None and evaluation.asked.models
        if models:
            self._db = _alias(self, evaluation)
        progress.evaluation, progress.building = evaluation, 0
        try:
            self._result_cache = list(self._iterable_class(self))
        finally:
            self._db, progress.evaluation, progress.building = pinned, None, building
        # Within ``get()`` the rows are wanted for more than the method that asks for them tells.
        try:
            uses.fetched(self, evaluation, None if building else _getframe(1).f_code)
        except Exception:
            guard.report("the use of fetched rows")
        if models and evaluation.fetch is not None:
            evaluation.hydrate = perf_counter_ns() - progress.counted - evaluation.returned
            progress.counted += evaluation.hydrate
        if self._prefetch_related_lookups:
            # The querysets that a prefetch hangs on the rows are none of the method that asked for these.
            progress.building = 0
            try:
                return original(self)
            finally:
                progress.building = building
        return None

    return _fetch_all


def _begun(
    recorder: Recorder, progress: Progress, queryset: Any, iterator: bool = False
) -> Evaluation | None:
    """Return the evaluation that is about to run; inside ``get()`` what came before was construction."""
    try:
        known = built(queryset)
        evaluation = Evaluation(recorder.trace_id, queryset.model, known)
        evaluation.asked = _asked(queryset, iterator)
        instance = queryset._hints.get("instance")
        if instance is not None:
            evaluation.hinted = instance
        elif known.start is not None:
            evaluation.hinted = known.start
        if building := progress.building:
            evaluation.construct = perf_counter_ns() - progress.counted - building
            progress.counted += evaluation.construct
        return evaluation
    except Exception:
        guard.report("the evaluation of a queryset")
        return None


def _asked(queryset: Any, iterator: bool) -> Asked | None:
    if type(queryset) is query.RawQuerySet:
        return None
    statement = queryset._query
    return Asked(
        statement.select_related, queryset._prefetch_related_lookups, statement.deferred_loading,
        _models(queryset._iterable_class), iterator, queryset._fetch_mode if _FETCH_MODES else None,
    )  # fmt: skip


def _models(iterable: Any) -> bool:
    return iterable is query.ModelIterable or issubclass(iterable, query.ModelIterable)


def _iterated(marked: Callable[..., Iterator[Any]]) -> Callable[[Callable[..., Any]], Any]:
    """Return the wrapper of a method that passes rows on one by one, through ``marked`` while something is recorded."""

    def wrap(original: Callable[..., Any]) -> Any:
        @wraps(original)
        def iterator(self: Any, *args: Any, **kwargs: Any) -> Iterator[Any]:
            rows: Iterator[Any] = original(self, *args, **kwargs)
            recorder = active.get()
            evaluation = None if recorder is None else _begun(recorder, thread.progress, self, True)
            return rows if evaluation is None else marked(self, rows, evaluation)

        return iterator

    return wrap


def _marked(queryset: Any, rows: Iterator[Any], evaluation: Evaluation) -> Iterator[Any]:
    """Pass rows on. The first step runs the statement: only then the queryset says by which alias its rows are marked."""
    pinned = queryset._db
    if _models(queryset._iterable_class):
        queryset._db = _alias(queryset, evaluation)
    progress = thread.progress
    progress.evaluation = evaluation
    try:
        first = list(islice(rows, 1))
    finally:
        queryset._db, progress.evaluation = pinned, None
    yield from first
    yield from rows


def _alias(queryset: Any, evaluation: Evaluation) -> str | None:
    """Return the alias of a queryset as one that marks its rows; its own where that cannot be made."""
    chosen = queryset.db  # asks the host's routers: what they raise, Django would have raised here too
    try:
        tag = Tagged(chosen)
        tag.evaluation = evaluation
        return tag
    except Exception:
        guard.report("the marking of rows")
        alias: str | None = queryset._db
        return alias


def _marked_raw(queryset: Any, rows: Iterator[Any], evaluation: Evaluation) -> Iterator[Any]:
    """As ``_marked``; a raw query has no compiler that would tell its rows."""
    progress = thread.progress
    pinned, outer = queryset._db, progress.compiling
    evaluation.load, evaluation.began = "raw", perf_counter_ns() - progress.counted
    queryset._db, progress.compiling = _alias(queryset, evaluation), evaluation
    try:
        first = list(islice(rows, 1))
    finally:
        queryset._db, progress.compiling = pinned, outer
    evaluation.rows = len(first)
    yield from first
    for row in rows:
        evaluation.rows += 1
        yield row


def _populated(original: Callable[..., Any]) -> Any:
    @wraps(original)
    def __init__(self: Any, klass_info: Any, select: Any, db: Any, *args: Any, **kwargs: Any) -> None:
        if type(db) is Tagged:
            try:
                field = klass_info["field"]
                name = accessor(field.remote_field if klass_info["reverse"] and field.concrete else field)
                db = tagged(db, db.evaluation.child(name, klass_info["model"]))
            except Exception:
                guard.report("the rows of a join")
        original(self, klass_info, select, db, *args, **kwargs)

    return __init__


def _made(original: Callable[..., Any]) -> Any:
    """Have a connection made by a plain alias: that of a row may be the first that asks for it in a thread."""

    @wraps(original)
    def create_connection(self: Any, alias: Any) -> Any:
        return self[str(alias)] if type(alias) is Tagged else original(self, alias)

    return create_connection
