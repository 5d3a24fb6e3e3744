"""Tasks of Django 6 (``django.tasks``): one trace a task; one that runs at once is a lane of what enqueued it.

Django 5.2 has no tasks, and nothing happens here.
"""

from __future__ import annotations

import sys
from typing import Any

from queryscope.profiler.capture import guard
from queryscope.profiler.scopes.signalled import Begun
from queryscope.profiler.scopes.unit import Unit

try:
    from django.tasks import signals
    from django.tasks.backends.immediate import ImmediateBackend
except ImportError:
    signals = None  # type: ignore[assignment]

_begun = Begun("queryscope_tasks")


def install() -> None:
    """Listen to the signals of Django's tasks, whichever backend runs them."""
    if signals is not None:
        signals.task_started.connect(_started, dispatch_uid="queryscope.tasks")
        signals.task_finished.connect(_finished, dispatch_uid="queryscope.tasks")


def uninstall() -> None:
    """Listen no more."""
    if signals is not None:
        signals.task_started.disconnect(dispatch_uid="queryscope.tasks")
        signals.task_finished.disconnect(dispatch_uid="queryscope.tasks")


def _started(*, sender: type, task_result: Any, **_: Any) -> None:
    try:
        unit = Unit("task", task_result.task.module_path)
        unit.arrived = not issubclass(sender, ImmediateBackend)
        _begun.begin(task_result.id, unit)
    except Exception:
        guard.report("the start of a task")


def _finished(*, task_result: Any, **_: Any) -> None:
    try:
        failed = task_result.status == "FAILED"
        if failed and task_result.errors:
            _begun.note(task_result.id, task_result.errors[-1].exception_class_path)
        # Django's backend sends it while it handles the exception; where the task succeeded, that is another one's.
        _begun.end(task_result.id, sys.exc_info()[1] if failed else None)
    except Exception:
        guard.report("the end of a task")
