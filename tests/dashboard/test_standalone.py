"""The dashboard alone, as a real Daphne in a process of its own."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from queryscope.profiler.store import Store
from tests.builders import report
from tests.dashboard.wire import Wire

START = """
import sys, django
from django.conf import settings
settings.DEBUG = sys.argv[3] == "debug"
settings.QUERYSCOPE = {"STORE": sys.argv[4], "POLL_SECONDS": 0.05} | eval(sys.argv[5])
settings.CHANNEL_LAYERS = eval(sys.argv[6])
settings.ALLOWED_HOSTS = ["only.example.com"]
settings.CSRF_USE_SESSIONS = True
settings.SECURE_SSL_REDIRECT = True
django.setup()
from queryscope.profiler.errors import ServeError
from queryscope.dashboard.standalone import serve
try:
    serve(sys.argv[1], int(sys.argv[2]), say=lambda text: print(text, flush=True))
except ServeError as error:
    sys.exit(str(error))
print("stopped", flush=True)
"""


class Server:
    """A running ``serve``: what it said, and how to ask it."""

    def __init__(self, process: subprocess.Popen[str], said: str) -> None:
        self.process = process
        self.link = said.split("queryscope: ")[1].split()[0]
        found = re.search(r":(\d+)/", self.link)
        assert found
        self.port = int(found[1])

    def get(
        self, path: str, method: str = "GET", body: str = "", **headers: str
    ) -> tuple[int, dict[str, str], str]:
        """Return status, headers and text."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body or None, {"Host": f"127.0.0.1:{self.port}"} | named)
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read().decode()

    def change_recording(self, action: str, origin: str | None = None) -> int:
        """Pause or resume as the page does; return the status."""
        _, headers, text = self.get("/queryscope/")
        token = re.search(r'name="csrfmiddlewaretoken" value="([A-Za-z0-9]{64})"', text)
        assert token, "the form of the page has the token"
        sent = {
            "Cookie": headers["Set-Cookie"].split(";")[0],
            "X-CSRFToken": token[1],
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": origin or f"http://127.0.0.1:{self.port}",
        }
        return self.get("/queryscope/recording/", "POST", f"action={action}", **sent)[0]

    def wire(self, **headers: str) -> Wire:
        """Open the socket; by default as a page of this server does."""
        here = f"127.0.0.1:{self.port}"
        return Wire(self.port, "/queryscope/ws/", {"Host": here, "Origin": f"http://{here}"} | headers)


@contextmanager
def serving(
    store: Path | str,
    address: str = "127.0.0.1",
    debug: str = "debug",
    options: str = "{}",
    channel_layers: str = "{}",
) -> Iterator[Server]:
    """Run a server while the block lasts; ``options`` and ``channel_layers`` are settings as Python text."""
    process = start(address, "0", debug, str(store), options, channel_layers)
    assert process.stdout
    lines: list[str] = []
    deadline = threading.Timer(30, process.kill)
    deadline.start()
    try:
        while not lines or "Ctrl-C" not in lines[-1]:
            line = process.stdout.readline()
            assert line, f"it did not start: {''.join(lines)}"
            lines.append(line)
        yield Server(process, "".join(lines))
    finally:
        deadline.cancel()
        process.kill()
        process.communicate()


def start(*arguments: str) -> subprocess.Popen[str]:
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "demo.settings",
        "PYTHONPATH": os.pathsep.join([str(Path.cwd()), os.environ.get("PYTHONPATH", "")]),
    }
    command = [sys.executable, "-c", START, *arguments]
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def outcome(*arguments: str) -> tuple[str, int]:
    """Return what a server that cannot start says, and its exit status."""
    with start(*arguments) as process:
        try:
            output, _ = process.communicate(timeout=30)
        finally:
            process.kill()
    return output, process.returncode


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "store.sqlite3"
    Store(path).append([report()])
    return path


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """On loopback, with DEBUG."""
    path = tmp_path_factory.mktemp("plain") / "store.sqlite3"
    Store(path).append([report()])
    with serving(path) as server:
        yield server


def test_a_plain_link_opens_it_on_this_machine(plain: Server) -> None:
    """No token, none of the host's middleware (it would redirect to https), none of its names."""
    assert plain.link == f"http://127.0.0.1:{plain.port}/queryscope/"
    status, headers, text = plain.get("/queryscope/")
    assert status == 200
    assert "/books/" in text
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert plain.get("/")[:2][0] == 302
    assert plain.get("/")[1]["Location"] == "/queryscope/"


def test_the_hosts_pages_are_not_there(plain: Server) -> None:
    """Nor Django's list of addresses."""
    status, _, text = plain.get("/admin/")
    assert status == 404
    assert "Nothing is here" in text
    assert "urlpatterns" not in text and "URLconf" not in text


@pytest.mark.parametrize("host", ["evil.com", "only.example.com", "192.168.1.7:8001", "127.0.0.1.evil.com"])
@pytest.mark.parametrize(
    "path", ["/", "/queryscope/", "/queryscope/assets/0/app.css", "/queryscope/enter/x/"]
)
def test_a_name_that_is_not_this_machines_is_refused(plain: Server, host: str, path: str) -> None:
    """A name that was rebound to 127.0.0.1 reaches nothing, not even a file."""
    status, headers, _ = plain.get(path, Host=host)
    assert status == 403
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_a_change_needs_the_pages_token_in_its_own_cookie(plain: Server) -> None:
    """Also where the host keeps its tokens in sessions; the cookie is told apart from those of other ports."""
    here = f"http://127.0.0.1:{plain.port}"
    assert plain.get("/queryscope/recording/", "POST", "action=pause", Origin=here)[0] == 403
    _, headers, _ = plain.get("/queryscope/")
    assert headers["Set-Cookie"].startswith(f"queryscope_csrf_{plain.port}=")
    assert "HttpOnly" in headers["Set-Cookie"] and "SameSite=Strict" in headers["Set-Cookie"]
    assert plain.change_recording("pause", origin="http://evil.com") == 403
    assert plain.change_recording("pause") == 302
    assert plain.change_recording("resume") == 302


def test_the_socket_streams(plain: Server) -> None:
    """Over a real server and wire."""
    wire = plain.wire()
    assert wire.status == 101
    wire.say({"after": 0})
    html = wire.hear()
    assert isinstance(html, str) and "/books/" in html
    wire.close()


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.com"},
        {"Origin": "null"},
        {"Origin": "http://localhost"},
        {"Origin": "http://evil.com", "Host": "127.0.0.1"},
    ],
)
def test_the_socket_is_refused_to_other_sites(plain: Server, headers: dict[str, str]) -> None:
    """The handshake fails, nothing is accepted."""
    assert plain.wire(**headers).status == 403


def test_the_socket_is_refused_without_an_origin(plain: Server) -> None:
    """Every browser sends one."""
    assert Wire(plain.port, "/queryscope/ws/", {"Host": f"127.0.0.1:{plain.port}"}).status == 403


def test_a_rebound_name_gets_no_socket(plain: Server) -> None:
    """Origin and Host agree, but they do not name this machine."""
    wire = plain.wire(Host="evil.com:1", Origin="http://evil.com:1")
    wire.say({"after": 0})
    assert wire.hear() == 4003


def test_no_other_path_is_a_socket(plain: Server) -> None:
    """And asking for one does not fill the log with errors."""
    here = {"Host": f"127.0.0.1:{plain.port}", "Origin": f"http://127.0.0.1:{plain.port}"}
    assert Wire(plain.port, "/chat/", here).status == 403


def test_without_debug_the_link_has_aen(store: Path) -> None:
    """It becomes a cookie; without it nothing opens, page or socket."""
    with serving(store, debug="production") as server:
        assert server.get("/queryscope/")[0] == 403
        assert server.wire().hear() == 4003
        path = server.link.split(str(server.port))[1]
        status, headers, _ = server.get(path)
        assert (status, headers["Location"]) == (302, "/queryscope/")
        cookie = headers["Set-Cookie"].split(";")[0]
        assert "Secure" not in headers["Set-Cookie"], "it is plain http"
        assert server.get("/queryscope/", Cookie=cookie)[0] == 200
        wire = server.wire(Cookie=cookie)
        wire.say({"after": 0})
        assert "/books/" in str(wire.hear())


def test_beyond_this_machine_theen_is_asked_for(store: Path) -> None:
    """Also from this machine, also with DEBUG; any name will do then."""
    with serving(store, address="0.0.0.0") as server:
        assert "/queryscope/enter/" in server.link
        assert "0.0.0.0" not in server.link
        assert server.get("/queryscope/")[0] == 403
        _, headers, _ = server.get(server.link.split(f":{server.port}")[1], Host="dev.example.com")
        cookie = headers["Set-Cookie"].split(";")[0]
        assert server.get("/queryscope/", Cookie=cookie, Host="dev.example.com")[0] == 200


def test_the_link_stays_out_of_the_log(store: Path) -> None:
    """A preview of it asks with HEAD, a person leaves the slash out: what Django says of refusals has the address."""
    with serving(store, address="0.0.0.0") as server:
        path = server.link.split(f":{server.port}")[1]
        assert server.get(path, "HEAD")[0] == 405
        assert server.get(path, "POST")[0] == 405
        assert server.get(path.removesuffix("/"))[0] == 403
        assert server.get("/elsewhere/")[0] == 403
        server.process.send_signal(signal.SIGINT)
        said, _ = server.process.communicate(timeout=20)
    assert "Forbidden: /elsewhere/" in said
    assert "/enter/" not in said


def test_it_shows_what_another_process_writes(store: Path) -> None:
    """The project runs elsewhere; nobody rings."""
    with serving(store) as server:
        wire = server.wire()
        wire.say({"after": 1})
        wire.hear()
        Store(store).append([report(id="f" * 32, path="/elsewhere/")])
        assert "/elsewhere/" in str(wire.hear())


def test_it_does_not_record_itself(store: Path) -> None:
    """An open dashboard without traffic creates no trace."""
    with serving(store, options='{"ENABLED": True}') as server:
        wire = server.wire()
        wire.say({"after": 1})
        wire.hear()
        for path in ("/queryscope/", "/queryscope/rows/", "/queryscope/requests/", "/admin/"):
            server.get(path)
        server.process.send_signal(signal.SIGINT)
        server.process.wait(20)
    assert Store(store).last_seq() == 1


def test_ctrl_c_stops_it_cleanly_with_sockets_open(store: Path) -> None:
    """No traceback, no task left behind, and the exit status of success."""
    with serving(store) as server:
        wire = server.wire()
        wire.say({"after": 0})
        wire.hear()
        server.process.send_signal(signal.SIGINT)
        output, _ = server.process.communicate(timeout=20)
        assert output.strip() == "stopped"
        assert server.process.returncode == 0


def test_a_port_in_use_is_one_clear_sentence(store: Path) -> None:
    """With the address and what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        output, status = outcome("127.0.0.1", port, "debug", str(store), "{}", "{}")
    assert status == 1
    assert output.strip() == (
        f"Cannot listen on 127.0.0.1 port {port}: Address already in use."
        " Name another with --address or --port (0 takes a free port)."
    )


@pytest.mark.parametrize(("address", "port"), [("nowhere.invalid", "8001"), ("127.0.0.1", "99999")])
def test_an_address_that_does_not_exist_is_one_clear_sentence(store: Path, address: str, port: str) -> None:
    """No traceback for a typing mistake."""
    output, status = outcome(address, port, "debug", str(store), "{}", "{}")
    assert status == 1
    assert output.startswith(f"Cannot listen on {address} port {port}: ")
    assert len(output.strip().splitlines()) == 1


def test_the_projects_own_rule_finds_its_user(store: Path) -> None:
    """``ACCESS`` is asked with the address also where the host's middleware does not run."""
    rule: dict[str, Any] = {"ACCESS": "tests.dashboard.test_standalone.nobody_but_an_anonymous_user"}
    with serving(store, debug="production", options=repr(rule)) as server:
        assert server.get("/queryscope/")[0] == 200
        assert server.wire().status == 101


def nobody_but_an_anonymous_user(user: Any, client_address: str) -> bool:
    """Admit an anonymous visitor of this machine."""
    return bool(user.is_anonymous) and client_address == "127.0.0.1"
