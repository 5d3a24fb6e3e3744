"""Celery: a trace a task in each sort of worker, a lane where it runs at once, all children's traces in the store."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from queryscope.profiler.scopes import switch
from queryscope.profiler.scopes.block import profile
from tests.conftest import Recording
from tests.scopes import celery_project
from tests.services import RequireService

ROOT = Path(__file__).resolve().parents[2]
MODULE = "tests.scopes.celery_project"

database = pytest.mark.django_db(transaction=True)


class Worker:
    """A real worker of its own queue and folder, in a process of its own."""

    def __init__(self, folder: Path, queue: str, *options: str) -> None:
        self.environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "demo.settings",
            "LANTERN_FOLDER": str(folder),
            "LANTERN_QUEUE": queue,
        }
        self._log = (folder / "worker.log").open("w")
        command = [
            sys.executable,
            "-m",
            "celery",
            "-A",
            MODULE,
            "worker",
            "--without-mingle",
            "--without-gossip",
        ]
        self._process = subprocess.Popen(
            [*command, *options], cwd=ROOT, env=self.environment, stdout=self._log, stderr=self._log
        )

    def stop(self) -> str:
        """Stop as a deployment does, and return what was logged."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(30)
        finally:
            self._process.kill()
            self._log.close()
        return Path(self._log.name).read_text()

    def recorded(self, kind: str) -> list[dict[str, Any]]:
        """Return the summaries of a kind in the store."""
        command = [
            sys.executable,
            str(ROOT / "demo" / "manage.py"),
            "queryscope",
            "list",
            "--json",
            "--limit",
            "1000",
        ]
        listed = subprocess.run(command, env=self.environment, check=True, capture_output=True)
        return [each for each in json.loads(listed.stdout) if each["kind"] == kind]


@pytest.fixture
def queue(require_service: RequireService) -> Iterator[str]:
    """A queue of the test's own."""
    require_service("redis", "127.0.0.1", 6379)
    name = f"lantern-{uuid.uuid4().hex[:8]}"
    yield name
    with celery_project.app.connection_for_write() as connection:
        kept = (f"_kombu.{kind}.{name}" for kind in ("binding", "binding_permanent"))
        connection.default_channel.client.delete(name, *kept)


def send(task: Any, queue: str, *arguments: Any) -> Any:
    return task.apply_async(arguments, queue=queue)


@pytest.mark.parametrize(
    "options",
    [
        ("--pool=solo",),
        ("--pool=threads", "--concurrency=4"),
        ("--pool=prefork", "--concurrency=3"),
        ("--pool=prefork", "--concurrency=2", "--max-tasks-per-child=3"),
    ],
)
def test_a_worker(options: tuple[str, ...], queue: str, tmp_path: Path) -> None:
    """Each task arrives in the store once, with its own statements, whichever child ran it."""
    worker = Worker(tmp_path, queue, *options)
    try:
        sent = {
            number: send(celery_project.marks, queue, f"mark-{number}", number) for number in range(1, 21)
        }
        pids = Counter(result.get(timeout=60) for result in sent.values())
        failed, retried = send(celery_project.fails, queue), send(celery_project.retries, queue)
        with pytest.raises(ValueError, match="broken"):
            failed.get(timeout=60)
        retried.get(timeout=60)
    finally:
        log = worker.stop()
    tasks = worker.recorded("task")
    marks = [each for each in tasks if each["name"] == f"{MODULE}.marks"]
    assert sorted(each["queries"] for each in marks) == list(range(1, 21)), log
    assert Counter(each["pid"] for each in marks) == pids
    assert len(pids) > 1 or "prefork" not in options[0]
    errors = [each["error"] for each in tasks if each["name"] == f"{MODULE}.fails"]
    assert errors == ["ValueError: broken"]
    tries = [each for each in tasks if each["name"] == f"{MODULE}.retries"]
    first, second = sorted(tries, key=lambda each: str(each["started_at"]))
    assert "ValueError('not yet')" in first["error"]
    assert (second["error"], first["queries"], second["queries"]) == (None, 1, 1)
    assert "queryscope met an error" not in log


def test_what_a_child_has_not_written_yet_is_kept(queue: str, tmp_path: Path) -> None:
    """A thread that goes on after its task is in the middle of something when the pool is stopped."""
    worker = Worker(tmp_path, queue, "--pool=prefork", "--concurrency=1")
    try:
        send(celery_project.goes_on, queue).get(timeout=60)
        time.sleep(0.5)
    finally:
        log = worker.stop()
    (summary,) = worker.recorded("background")
    assert summary["queries"] > 5, log


@database
def test_a_task_that_runs_at_once(hooked: Recording) -> None:
    """By itself it is a trace, named by the task; its stack ends where Celery begins."""
    celery_project.marks.apply(("mark", 3))
    trace = hooked.trace
    assert (trace.kind, trace.name, trace.queries) == ("task", f"{MODULE}.marks", 3)
    assert [frame.function for frame in trace.spans[0].stack][-1] == "marks"


@database
def test_inside_what_is_recorded_it_is_a_lane(hooked: Recording) -> None:
    """Of a request, a block, or another task."""
    with profile("block"):
        celery_project.marks.apply(("mark", 3))
    celery_project.calls.apply()
    assert [(each.name, each.queries) for each in hooked.summaries] == [
        ("block", 3),
        (f"{MODULE}.calls", 3),
    ]
    assert [(lane.name, lane.label) for lane in hooked.trace.lanes] == [("task", f"{MODULE}.marks")]


@database
@pytest.mark.parametrize("throw", [True, False])
def test_an_exception_is_noted_and_goes_on(throw: bool, hooked: Recording) -> None:
    """Whether the task keeps it or raises it; one that its caller handles meanwhile is not the task's."""
    if throw:
        with pytest.raises(ValueError, match="broken"):
            celery_project.fails.apply(throw=True)
    else:
        celery_project.fails.apply()
    assert hooked.trace.error == "ValueError: broken"
    try:
        raise KeyError("of the caller")
    except KeyError:
        celery_project.marks.apply(("mark", 1), throw=throw)
    assert hooked.trace.error is None


@database
def test_each_try_is_a_trace(hooked: Recording) -> None:
    """Both have the same id; the first one says why there was a second one."""
    celery_project.retries.apply()
    first, second = hooked.summaries
    assert (first.queries, second.queries) == (1, 1)
    assert str(first.error).startswith("Retry: Retry in 0s: ValueError")
    assert second.error is None


@database
def test_switched_off_and_taken_away(hooked: Recording) -> None:
    """By kind, and with every other hook."""
    hooked.set(SCOPES=("request",))
    celery_project.marks.apply(("mark", 1))
    hooked.set(SCOPES=("task",))
    switch.uninstall()
    celery_project.marks.apply(("mark", 1))
    assert hooked.summaries == ()


def test_a_project_without_celery_does_not_import_it(tmp_path: Path) -> None:
    """It would cost each start of each process a tenth of a second."""
    code = (
        "import django, sys; django.setup(); from queryscope.profiler.settings import current;"
        "assert current().enabled; print([name for name in sys.modules if name.split('.')[0] == 'celery'])"
    )
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "demo.settings", "LANTERN_FOLDER": str(tmp_path)}
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    assert ran.stdout.strip() == "[]"
