"""Tasks of Django 6: a trace a task, a lane where it runs at once inside something else; nothing before Django 6."""

from __future__ import annotations

import asyncio
from typing import Any

import django
import pytest
from django.core.management import call_command
from django.core.management.base import BaseCommand

from queryscope.profiler.scopes import switch, tasks
from queryscope.profiler.scopes.block import profile
from tests.conftest import Recording, run_async

MODULE = "tests.scopes.lantern_tasks"

if django.VERSION >= (6, 0):
    from django.tasks import signals
    from django.tasks.backends.base import BaseTaskBackend
    from django.tasks.base import TaskResult, TaskResultStatus

    from tests.scopes import lantern_tasks

since_django_6 = pytest.mark.skipif(django.VERSION < (6, 0), reason="Django has tasks from 6.0 on")
database = pytest.mark.django_db(transaction=True)


def test_before_django_6_nothing_happens() -> None:
    """There is no signal to listen to."""
    assert (tasks.signals is None) == (django.VERSION < (6, 0))
    tasks.install()
    tasks.uninstall()


@since_django_6
@database
def test_a_task_is_a_trace(hooked: Recording) -> None:
    """Named by its dotted path, sync and async; its stack begins with the task."""
    lantern_tasks.marks.enqueue("mark", 3)
    lantern_tasks.amarks.enqueue("mark", 2)
    assert [(each.kind, each.name, each.queries) for each in hooked.summaries] == [
        ("task", f"{MODULE}.marks", 3),
        ("task", f"{MODULE}.amarks", 2),
    ]
    store = hooked.store
    functions = [frame.function for frame in store.report(hooked.summaries[0].id).trace.spans[0].stack]
    assert functions[-2:] == ["marks", "Task.call"]


@since_django_6
@database
def test_an_exception_is_noted(hooked: Recording) -> None:
    """Of the task, not the one that its caller handles meanwhile."""
    lantern_tasks.fails.enqueue()
    assert hooked.trace.error == "ValueError: broken"
    try:
        raise KeyError("of the caller")
    except KeyError:
        lantern_tasks.marks.enqueue("mark", 1)
    assert hooked.trace.error is None


@since_django_6
@database
def test_inside_what_is_recorded_it_is_a_lane(hooked: Recording) -> None:
    """Of a block, a command, or another task."""

    class Command(BaseCommand):
        def handle(self, *args: Any, **options: Any) -> None:
            lantern_tasks.marks.enqueue("mark", 1)

    with profile("block"):
        lantern_tasks.marks.enqueue("mark", 3)
    lantern_tasks.calls.enqueue()
    call_command(Command())
    assert [(each.name, each.queries) for each in hooked.summaries] == [
        ("block", 3),
        (f"{MODULE}.calls", 3),
        ("test_tasks", 1),
    ]
    assert [(lane.name, lane.label) for lane in hooked.trace.lanes] == [("task", f"{MODULE}.marks")]


@since_django_6
@database
def test_twenty_at_once_never_mix(hooked: Recording) -> None:
    """Each has the statements of its own."""

    async def main() -> None:
        await asyncio.gather(*(lantern_tasks.amarks.aenqueue(f"mark-{n}", n) for n in range(1, 21)))

    run_async(main())
    store = hooked.store
    found = [store.report(each.id).trace for each in hooked.summaries]
    assert sorted((len(each.spans), {span.params[0].text for span in each.spans}) for each in found) == [
        (number, {f"mark-{number}"}) for number in range(1, 21)
    ]


@since_django_6
@database
def test_a_worker_that_is_a_command(hooked: Recording) -> None:
    """What comes from a queue is no part of the command that takes it from there."""

    class Backend(BaseTaskBackend):
        """Runs a task as a worker does: the signals, and the call between them."""

    class Command(BaseCommand):
        def handle(self, *args: Any, **options: Any) -> None:
            lantern_tasks.select("looks for work")
            result = TaskResult(
                task=lantern_tasks.marks, id="1", status=TaskResultStatus.RUNNING, args=["mark", 2], kwargs={},
                backend="default", errors=[], worker_ids=[], enqueued_at=None, started_at=None, finished_at=None,
                last_attempted_at=None,
            )  # fmt: skip
            signals.task_started.send(Backend, task_result=result)
            result.task.call(*result.args)
            object.__setattr__(result, "status", TaskResultStatus.SUCCESSFUL)
            signals.task_finished.send(Backend, task_result=result)

    call_command(Command())
    assert [(each.kind, each.queries) for each in hooked.summaries] == [("task", 2), ("command", 1)]


@since_django_6
@database
def test_switched_off_and_taken_away(hooked: Recording) -> None:
    """By kind, and with every other hook."""
    hooked.set(SCOPES=("request",))
    lantern_tasks.marks.enqueue("mark", 1)
    hooked.set(SCOPES=("task",))
    switch.uninstall()
    lantern_tasks.marks.enqueue("mark", 1)
    assert hooked.summaries == ()
