"""README.md's steps lead from an empty project to a recorded request, under WSGI and under ASGI."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.host.project import Host, Site, step


def last(host: Host) -> dict[str, Any]:
    """Return the newest trace as the command prints it, read by another process than the server's."""
    report: dict[str, Any] = json.loads(host.manage("queryscope", "show", "last", "--json"))
    trace: dict[str, Any] = report["trace"]
    return trace


def visit(site: Site) -> None:
    """Open the page that asks the database."""
    answer = site.get("/people/")
    assert (answer.status, answer.text) == (200, "0 people")


def test_the_wheel_is_what_is_imported(host: Host) -> None:
    """Otherwise everything below would be about the checkout."""
    names = "queryscope.profiler.__file__, queryscope.dashboard.__file__"
    printed = host.run("-c", f"import queryscope.profiler, queryscope.dashboard; print({names})")
    assert printed.count("/site-packages/queryscope/") == 2
    assert str(host.python.parent.parent) in printed


def test_runserver_records_a_request(host: Host) -> None:
    """A WSGI project: the page answers, its statement is recorded, the dashboard lists it."""
    with host.runserver("--noreload") as site:
        visit(site)
    trace = last(host)
    assert (trace["method"], trace["path"], trace["status"], trace["queries"]) == ("GET", "/people/", 200, 1)
    (span,) = trace["spans"]
    assert "auth_user" in span["sql"]
    assert span["call_site"]["file"].endswith("host/views.py")
    with host.runserver("--noreload") as site:
        page = site.get("/queryscope/")
        assert page.status == 200
        assert "/people/" in page.text
        assert site.get(f"/queryscope/requests/{trace['id']}/").status == 200


def test_daphne_records_a_request_and_opens_the_socket(host: Host) -> None:
    """An ASGI project with the routing line: the same, and the live stream."""
    host.append("host/asgi.py", step("asgi.py"))
    with host.daphne() as site:
        visit(site)
        assert site.get("/queryscope/").status == 200
        assert site.socket_status("/queryscope/ws/") == 101
    assert (last(host)["path"], last(host)["queries"]) == ("/people/", 1)


def test_standalone_dashboard_needs_no_include(plain: Host) -> None:
    """Two settings are enough: the project's pages are recorded, and another process shows them live."""
    plain.append("host/settings.py", step("settings.py"))
    with plain.runserver("--noreload") as site, plain.dashboard() as alone:
        assert site.get("/queryscope/").status == 404
        visit(site)
        assert "/people/" in alone.settled("/people/")
        assert alone.socket_status("/queryscope/ws/") == 101
    assert last(plain)["spans"][0]["vendor"] == "sqlite"


@pytest.mark.parametrize("command", [["list"], ["show", "last"], ["prune"]])
def test_commands_answer_before_the_first_request(host: Host, command: list[str]) -> None:
    """An empty store is a sentence, never a traceback, and reading it makes no file."""
    before = host.files()
    done = host.run("-c", RUN.format(command=["queryscope", *command]))
    assert "Traceback" not in done
    assert done.strip()
    assert host.files() == before


RUN = """
import sys
from django.core.management import execute_from_command_line
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "host.settings"
try:
    execute_from_command_line(["manage.py", *{command}])
except SystemExit as end:
    print("ended with", end.code)
"""
