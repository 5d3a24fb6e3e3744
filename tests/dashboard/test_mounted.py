"""The dashboard inside a project: under any prefix, with and without the socket's route, in any kind of project."""

from __future__ import annotations

import http.client
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import AsyncRequestFactory, Client, RequestFactory
from django.urls import clear_script_prefix, reverse, set_script_prefix

from queryscope.dashboard import routing, transport
from tests.dashboard.wire import Wire

ELSEWHERE = "tests.dashboard.mounted_elsewhere"


@pytest.fixture
def unannounced(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has not imported the routing."""
    monkeypatch.setattr(transport, "_route", [])


@pytest.mark.usefixtures("unannounced")
def test_under_wsgi_the_page_polls_and_says_why() -> None:
    """And what would give the live stream."""
    found = transport.transport(RequestFactory().get("/"))
    assert (found.kind, found.url, found.code) == ("polling", "", "")
    assert "WSGI" in found.reason
    assert "manage.py queryscope serve" in found.remedy


@pytest.mark.usefixtures("unannounced")
def test_without_the_routing_line_the_page_polls_and_shows_the_line() -> None:
    """The lines are ones that can be pasted."""
    found = transport.transport(AsyncRequestFactory().get("/"))
    assert found.kind == "polling"
    assert "no route" in found.reason
    compile(found.code, "asgi.py", "exec")
    assert "from queryscope.dashboard.routing import websocket_urlpatterns" in found.code


def test_with_the_route_the_page_gets_the_sockets_address(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Derived from the mount point."""
    monkeypatch.setattr(transport, "_route", [])
    settings.ROOT_URLCONF = ELSEWHERE
    (pattern,) = routing._patterns()
    assert pattern.resolve("tools/queries/ws/")
    assert not pattern.resolve("queryscope/ws/")
    assert transport.transport(AsyncRequestFactory().get("/")).url == "/tools/queries/ws/"


def test_a_script_prefix_belongs_to_the_address_not_to_the_route(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server strips root_path; FORCE_SCRIPT_NAME it does not know."""
    monkeypatch.setattr(transport, "_route", [])
    settings.ROOT_URLCONF = ELSEWHERE
    settings.FORCE_SCRIPT_NAME = "/shop"
    (pattern,) = routing._patterns()
    assert pattern.resolve("tools/queries/ws/")
    assert pattern.resolve("shop/tools/queries/ws/")
    set_script_prefix("/shop/")
    try:
        assert transport.transport(AsyncRequestFactory().get("/")).url == "/shop/tools/queries/ws/"
    finally:
        clear_script_prefix()


def test_routing_without_the_pages_is_a_warning_not_a_crash(
    settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """The host's server starts all the same."""
    settings.ROOT_URLCONF = "tests.dashboard.nothing_mounted"
    assert routing._patterns() == []
    assert "no URLconf includes queryscope.dashboard.urls" in caplog.text


def test_links_follow_the_mount_point(settings: Any, tmp_path: Path) -> None:
    """Nothing in a page is written for /queryscope/."""
    settings.ROOT_URLCONF = ELSEWHERE
    settings.DEBUG = True
    settings.MIDDLEWARE = []
    settings.QUERYSCOPE = {"STORE": str(tmp_path / "store.sqlite3")}
    assert reverse("queryscope:live") == "/tools/queries/"
    text = Client(headers={"host": "localhost"}).get("/tools/queries/").content.decode()
    assert "/tools/queries/assets/" in text
    assert "/queryscope/" not in re.sub(r"\.queryscope/", "", text)


BARE = """
import sys, django
from django.conf import settings
settings.configure(
    DEBUG=True, SECRET_KEY="x", ROOT_URLCONF="tests.dashboard.mounted_elsewhere", ALLOWED_HOSTS=["*"],
    INSTALLED_APPS=["queryscope.profiler", "queryscope.dashboard"],
    MIDDLEWARE=["queryscope.profiler.middleware.QueryscopeMiddleware"],
    QUERYSCOPE={"STORE": sys.argv[1], "ACCESS": "tests.dashboard.mounted_elsewhere.whoever_is_nobody"},
)
django.setup()
from django.test import Client
for host in ("localhost", "elsewhere.example.com"):
    response = Client(headers={"host": host}).get("/tools/queries/")
    assert response.status_code == 200, response.content
    assert b"queryscope" in response.content
print("fine")
"""


def test_a_project_without_templates_users_or_databases_is_enough(tmp_path: Path) -> None:
    """Our pages need no TEMPLATES, no django.contrib and no DATABASES of the host."""
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(Path.cwd()), os.environ.get("PYTHONPATH", "")])
    }
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    done = subprocess.run(
        [sys.executable, "-c", BARE, str(tmp_path / "store.sqlite3")],
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == "fine", done.stdout + done.stderr


SITE = """
import sys, django
from django.conf import settings
settings.QUERYSCOPE = {"ENABLED": True, "STORE": sys.argv[1], "POLL_SECONDS": 600.0}
django.setup()
from daphne.server import Server
from demo.asgi import application
server = Server(application, ["tcp:port=0:interface=127.0.0.1"], verbosity=0)
from twisted.internet import reactor
reactor.callWhenRunning(lambda: print(server.listening_addresses[0][1], flush=True))
server.run()
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The bookshop under a real Daphne, by its own asgi.py; the watcher sleeps, so what comes was rung for."""
    store = tmp_path_factory.mktemp("site") / "store.sqlite3"
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "demo.settings",
        "PYTHONPATH": os.pathsep.join([str(Path.cwd()), os.environ.get("PYTHONPATH", "")]),
    }
    command = [sys.executable, "-c", SITE, str(store)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()


def ask(port: int, path: str) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path, headers={"Host": f"127.0.0.1:{port}"})
    return connection.getresponse().read().decode()


def test_a_request_arrives_in_the_open_dashboard(site: int) -> None:
    """Recorded, stored, rung and sent over the project's own server, well before anybody looks by himself."""
    here = f"127.0.0.1:{site}"
    wire = Wire(site, "/queryscope/ws/", {"Host": here, "Origin": f"http://{here}"})
    assert wire.status == 101
    wire.say({"after": 0})
    wire.hear()
    behind = []
    for n in range(1, 6):
        ask(site, f"/accounts/login/?n={n}")
        ended = time.perf_counter()
        while f"/accounts/login/?n={n}" not in str(wire.hear()):
            wire.say({"seen": 0})  # the totals may be told of a trace a moment before its row is read
        behind.append(time.perf_counter() - ended)
        wire.say({"seen": n})
    assert min(behind) < 0.5
    wire.close()


def test_the_page_of_a_site_with_the_route_uses_the_socket(site: int) -> None:
    """No polling where the stream exists."""
    text = ask(site, "/queryscope/")
    assert 'hx-ws:connect="/queryscope/ws/"' in text
    assert "every 2s" not in text
    assert "djDebug" not in text, "the toolbar stays out of our pages"


def test_our_own_pages_and_sockets_are_no_traces(site: int) -> None:
    """Looking at the dashboard adds nothing to it."""
    here = f"127.0.0.1:{site}"
    for address in ("/queryscope/", "/queryscope/rows/", "/queryscope/requests/x/", "/queryscope/nothing/"):
        ask(site, address)
    ask(site, "/accounts/login/?last")
    wire = Wire(site, "/queryscope/ws/", {"Host": here, "Origin": f"http://{here}"})
    wire.say({"after": 0})
    html = str(wire.hear())
    while "?last" not in html:
        wire.say({"seen": 0})
        html += str(wire.hear())
    assert "/queryscope/ws" not in html and "GET /queryscope/" not in html
    wire.close()
