"""Management commands: one trace a run that did something in a database, however it was started; one inside another is a lane."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import wraps
from typing import Any

from django.core.management.base import BaseCommand

from queryscope.profiler import pipeline
from queryscope.profiler.capture import guard
from queryscope.profiler.capture.assemble import as_text
from queryscope.profiler.capture.patching import patch
from queryscope.profiler.capture.raw import RawSpan
from queryscope.profiler.capture.recorder import Recorder
from queryscope.profiler.scopes.unit import Unit
from queryscope.profiler.sql.statement import analyse

SERVE = frozenset({
    "celery", "celerybeat", "db_worker", "grpcrunserver", "process_tasks", "qcluster", "rqscheduler", "rqworker",
    "rundramatiq", "run_huey", "runmodwsgi", "runserver", "runserver_plus", "runworker", "testserver",
})  # fmt: skip
"""What they do is recorded by the request, the message, the task."""
WAIT = frozenset({"changepassword", "createsuperuser", "dbshell", "shell", "shell_plus"})
"""They last as long as somebody types."""
CHANGES = frozenset({"insert", "update", "delete", "ddl", "call"})
"""Kinds of statements for which a command of Django's own is recorded."""
UNRECORDED = SERVE | WAIT | {"queryscope", "test"}


class Command(Unit):
    """One run of a command."""

    def __init__(self, name: str, is_djangos: bool = False) -> None:
        super().__init__("command", name)
        self._is_djangos = is_djangos

    def hand_in(self, recorder: Recorder, details: Any = None) -> None:
        """Keep what asked a database or failed; a ``collectstatic`` would only stand between other rows.

        So would a ``migrate`` that finds nothing to do: Django's own commands are kept where they change something.
        """
        raw = recorder.close(details)
        if raw is not None and (raw.error or raw.dropped or any(map(self._counts, raw.spans))):
            pipeline.submit(raw)

    def _counts(self, span: RawSpan) -> bool:
        if span.marker or span.connecting:
            return False
        return not self._is_djangos or analyse(as_text(span.sql), span.vendor).kind in CHANGES


def install() -> None:
    """Wrap the method through which every command runs."""
    patch(BaseCommand, "execute", _recorded)


def title(command: str, argv: Sequence[str]) -> str:
    """Return a command's name and, where it was called from the command line, its options without their values."""
    return " ".join((command, *_options(argv[2:]))) if argv[1:2] == [command] else command


def _options(arguments: Sequence[str]) -> Iterator[str]:
    for argument in arguments:
        if argument == "--":
            return
        if argument.startswith("--"):
            yield argument.partition("=")[0]
        elif argument[:1] == "-" and argument[1:2].isalpha():
            yield argument[:2]


def _recorded(original: Callable[..., Any]) -> Any:
    def execute(self: Any, *args: Any, **options: Any) -> Any:
        with _unit(self):
            return original(self, *args, **options)

    Command.boundary = execute.__code__
    return wraps(original)(execute)


def _unit(command: BaseCommand) -> AbstractContextManager[object]:
    try:
        module = type(command).__module__
        name = module.rpartition(".")[2]
        if name in UNRECORDED:
            return nullcontext()
        return Command(title(name, sys.argv), module.startswith("django."))
    except Exception:
        guard.report("the start of a command")
        return nullcontext()
