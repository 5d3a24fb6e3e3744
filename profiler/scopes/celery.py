"""Celery tasks: one trace a task in the worker; a task that runs at once is a lane of what called it.

Celery is never imported here unless the project has done so: it takes a tenth of a second.
"""

from __future__ import annotations

import sys
from typing import Any

from queryscope.profiler import pipeline
from queryscope.profiler.capture import guard
from queryscope.profiler.capture.hooks import describe_error
from queryscope.profiler.scopes import background
from queryscope.profiler.scopes.signalled import Begun
from queryscope.profiler.scopes.unit import Unit
from queryscope.profiler.settings import current

_begun = Begun("queryscope_celery")


def install() -> None:
    """Listen to Celery's signals where the project has imported Celery; a worker always has."""
    if "celery" in sys.modules:
        for signal, receiver in _receivers():
            signal.connect(receiver, weak=False, dispatch_uid=f"queryscope.{receiver.__name__}")


def uninstall() -> None:
    """Listen no more."""
    if "celery.signals" in sys.modules:
        for signal, receiver in _receivers():
            signal.disconnect(dispatch_uid=f"queryscope.{receiver.__name__}")


def _receivers() -> tuple[tuple[Any, Any], ...]:
    from celery import signals

    return (
        (signals.task_prerun, _prerun),
        (signals.task_postrun, _postrun),
        (signals.task_failure, _failure),
        (signals.task_retry, _retry),
        (signals.worker_process_shutdown, _shutdown),
    )


def _prerun(*, task_id: str, task: Any, **_: Any) -> None:
    try:
        unit = Unit("task", str(task.name))
        unit.arrived = not task.request.is_eager
        _begun.begin(task_id, unit)
    except Exception:
        guard.report("the start of a Celery task")


def _postrun(*, task_id: str, state: str | None = None, **_: Any) -> None:
    try:
        # Without a state the exception is on its way out: of a task that was told to raise it, or of the worker itself.
        _begun.end(task_id, sys.exc_info()[1] if state is None else None)
    except Exception:
        guard.report("the end of a Celery task")


def _failure(*, task_id: str, exception: BaseException, **_: Any) -> None:
    _note(task_id, exception)


def _retry(*, request: Any, reason: Any, **_: Any) -> None:
    _note(request.id, reason)


def _note(task_id: str, error: Any) -> None:
    try:
        _begun.note(task_id, describe_error(error))
    except Exception:
        guard.report("the exception of a Celery task")


def _shutdown(**_: Any) -> None:
    """Write what waits: a child of the pool ends without the handlers of ``atexit``."""
    try:
        background.uninstall()
        pipeline.flush(current().flush_seconds)
    except Exception:
        guard.report("the end of a Celery process")
