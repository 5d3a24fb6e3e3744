"""Management commands: a trace a run, named without a value, and never one that serves or waits."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.test import Client

from demo.catalog.models import Country
from queryscope.profiler.scopes import commands, switch
from queryscope.profiler.scopes.block import profile
from tests.conftest import Recording

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.django_db(transaction=True)


def command(name: str, work: Any) -> BaseCommand:
    """Return a command that lies in a module of its own, as Django wants it."""

    def handle(self: BaseCommand, *args: Any, **options: Any) -> None:
        work()

    body = {"handle": handle, "__module__": f"shop.management.commands.{name}"}
    return type("Command", (BaseCommand,), body)()


def fails() -> None:
    Country.objects.count()
    raise CommandError("no such file")


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["manage.py", "import_books"], "import_books"),
        (["manage.py", "import_books", "books.csv", "--limit", "10"], "import_books --limit"),
        (["manage.py", "import_books", "--password=hunter2", "-v2", "-x"], "import_books --password -v -x"),
        (["manage.py", "import_books", "--limit", "-5", "--", "--secret"], "import_books --limit"),
        (["manage.py", "nightly", "--token", "abc"], "import_books"),
        (["manage.py"], "import_books"),
    ],
)
def test_options_are_named_without_their_values(argv: list[str], expected: str) -> None:
    """A value may be a password; where another command was started, its options are not ours."""
    assert commands.title("import_books", argv) == expected


def test_a_command_is_a_trace(hooked: Recording) -> None:
    """However it was called; the stack ends where the command begins."""
    call_command(command("import_books", Country.objects.count))
    trace = hooked.trace
    assert (trace.kind, trace.name, trace.queries, trace.path) == ("command", "import_books", 1, None)
    assert [frame.function for frame in trace.spans[0].stack][-1] == "BaseCommand.execute"


def test_a_command_that_asks_nothing_is_none(hooked: Recording) -> None:
    """``collectstatic`` and the like would only stand between other rows."""
    call_command(command("collect", lambda: None))
    assert hooked.summaries == ()


def test_a_command_of_djangos_is_a_trace_where_it_changes_something(
    hooked: Recording, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Looking is what setting a project up is made of; loading a fixture is work like any other."""
    call_command("migrate")
    call_command("showmigrations")
    call_command("dumpdata", "catalog.country")
    assert "No migrations to apply" in capsys.readouterr().out
    assert hooked.summaries == ()
    fixture = tmp_path / "countries.json"
    fixture.write_text(json.dumps([{"model": "catalog.country", "pk": 7, "fields": {"name": "Iceland"}}]))
    call_command("loaddata", fixture, verbosity=0)
    with pytest.raises(CommandError):
        call_command("loaddata", tmp_path / "absent.json", verbosity=0)
    assert [(each.name, each.error is None) for each in hooked.summaries] == [
        ("loaddata", True),
        ("loaddata", False),
    ]


def test_a_failure_is_noted_and_goes_on(hooked: Recording) -> None:
    """Also that of a command which got no further; to leave with 0 is no failure."""
    with pytest.raises(CommandError):
        call_command(command("import_books", fails))
    with pytest.raises(SystemExit):
        call_command(command("leaves", lambda: (Country.objects.count(), sys.exit(0))))
    with pytest.raises(SystemExit):
        call_command(command("breaks", lambda: sys.exit("disk full")))
    assert [(each.name, each.error) for each in hooked.summaries] == [
        ("import_books", "CommandError: no such file"),
        ("leaves", None),
        ("breaks", "SystemExit: disk full"),
    ]


def test_a_command_inside_another_is_a_lane(hooked: Recording) -> None:
    """And so is one that a block calls."""
    inner = command("inner", Country.objects.count)
    call_command(command("outer", lambda: (call_command(inner), Country.objects.count())))
    with profile("block"):
        call_command(inner)
    assert [(each.name, each.queries) for each in hooked.summaries] == [("outer", 2), ("block", 1)]
    assert [(lane.name, lane.label) for lane in hooked.trace.lanes] == [("command", "inner")]


def test_a_request_that_a_command_serves_is_its_own(hooked: Recording) -> None:
    """A server that somebody's own command starts hides nothing of what it serves."""
    client = Client()
    call_command(command("serve", lambda: (Country.objects.count(), client.get("/nowhere/"))))
    assert [each.kind for each in hooked.summaries] == ["request", "command"]


@pytest.mark.parametrize("name", ["runserver", "shell", "createsuperuser", "queryscope", "test"])
def test_what_serves_or_waits_is_not_recorded(name: str, hooked: Recording) -> None:
    """What happens inside it is a unit of work of its own."""

    def work() -> None:
        with profile("inside"):
            Country.objects.count()

    call_command(command(name, work))
    assert [(each.kind, each.name) for each in hooked.summaries] == [("block", "inside")]


def test_switched_off_ignored_and_taken_away(hooked: Recording) -> None:
    """By kind, by name, and with every other hook."""
    run = command("import_books", Country.objects.count)
    hooked.set(IGNORE_PATHS=(r"^import_",))
    call_command(run)
    hooked.set(IGNORE_PATHS=(), SCOPES=("request",))
    call_command(run)
    hooked.set(SCOPES=("command",))
    switch.uninstall()
    assert not hasattr(BaseCommand.execute, "queryscope_wraps")
    call_command(run)
    assert hooked.summaries == ()


def test_a_real_process(tmp_path: Path) -> None:
    """``manage.py migrate --run-syncdb``, from the command line to the store, and ``list`` reads it."""
    manage = [sys.executable, ROOT / "demo" / "manage.py"]
    environment = os.environ | {"LANTERN_DATABASE": "sqlite", "LANTERN_FOLDER": str(tmp_path)}
    for arguments in (["migrate", "--run-syncdb", "-v", "0"], ["check"]):
        subprocess.run([*manage, *arguments], env=environment, check=True, capture_output=True)
    listed = subprocess.run(
        [*manage, "queryscope", "list", "--json"], env=environment, check=True, capture_output=True
    )
    (trace,) = json.loads(listed.stdout)
    assert (trace["kind"], trace["name"]) == ("command", "migrate --run-syncdb -v")
    assert trace["queries"] > 50
