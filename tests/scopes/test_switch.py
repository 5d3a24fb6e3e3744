"""The hooks of every kind of work: in place once, gone when they are taken away, and never in the way of the host."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from celery import signals
from channels.consumer import AsyncConsumer, SyncConsumer
from django.core.management import call_command
from django.core.management.base import BaseCommand

from demo.catalog.models import Country
from queryscope.profiler.capture import guard
from queryscope.profiler.scopes import celery, channels, commands, switch
from queryscope.profiler.settings import current
from tests.conftest import Recording, run_async
from tests.scopes import celery_project, consumers
from tests.scopes.test_channels import talk
from tests.scopes.test_commands import command

pytestmark = pytest.mark.django_db(transaction=True)

METHODS = [(AsyncConsumer, "dispatch"), (SyncConsumer, "dispatch"), (BaseCommand, "execute")]


def heard() -> int:
    """Return how many of Celery's signals we listen to."""
    every = (getattr(signals, name) for name in signals.__all__)
    return sum("queryscope" in str(key) for signal in every for key, _ in signal.receivers)


def test_hooks_come_once_and_go(recording: Recording) -> None:
    """What was there before is there again, the very same objects."""
    before = [owner.__dict__[name] for owner, name in METHODS]
    for _ in range(2):
        switch.install(current().scopes)
    assert [owner.__dict__[name].queryscope_wraps for owner, name in METHODS] == before
    assert heard() == 5
    switch.uninstall()
    assert [owner.__dict__[name] for owner, name in METHODS] == before
    assert heard() == 0


def test_only_what_is_switched_on_is_hooked(recording: Recording) -> None:
    """A kind that is not recorded costs nothing."""
    switch.install(("request", "command"))
    try:
        wrapped = [hasattr(owner.__dict__[name], "queryscope_wraps") for owner, name in METHODS]
        assert (wrapped, heard()) == ([False, False, True], 0)
    finally:
        switch.uninstall()


def message() -> None:
    assert run_async(talk(consumers.AsyncChat, "1")) == ["done"]


def task() -> None:
    assert isinstance(celery_project.marks.apply(("mark", 1)).get(), int)


def run() -> None:
    call_command(command("import_books", Country.objects.count))


def breaks(*_: Any, **__: Any) -> Any:
    raise RuntimeError("ours")


@pytest.mark.parametrize(
    ("owner", "name", "work"),
    [
        (channels.Message, "__init__", message),
        (channels.Message, "hand_in", message),
        (celery.Unit, "__init__", task),
        (celery.Begun, "begin", task),
        (commands, "title", run),
        (commands.Command, "hand_in", run),
    ],
)
def test_an_error_of_ours_ends_with_us(
    owner: Any, name: str, work: Callable[[], None], hooked: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The host's work is done as if we were not there; the trace is missing, and the log says why once."""
    monkeypatch.setattr(guard, "_reported", set())
    monkeypatch.setattr(owner, name, breaks)
    work()
    assert len(guard._reported) == 1
    assert [each for each in hooked.summaries if each.kind != "background"] == []
