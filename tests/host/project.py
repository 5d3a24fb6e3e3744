"""An empty Django project with the wheel in it: edit its files, run its commands, start its servers."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 60
SETTLE_SECONDS = 20


def step(file: str) -> str:
    """Return the block of README.md's section "Install" that begins with the name of a file."""
    section = (ROOT / "README.md").read_text().split("\n## Install\n")[1].split("\n## ")[0]
    (block,) = re.findall(rf"```python\n# {re.escape(file)}\n(.*?)```", section, re.DOTALL)
    assert isinstance(block, str)
    return block


class Answer(NamedTuple):
    """What a server answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


class Site(NamedTuple):
    """A server that runs; ``port`` on 127.0.0.1."""

    port: int
    pid: int

    def get(self, path: str, **headers: str) -> Answer:
        """Ask for a path as a browser on the same machine."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path, headers={"Host": f"127.0.0.1:{self.port}", **headers})
            return _answer(connection.getresponse())
        finally:
            connection.close()

    def settled(self, path: str) -> str:
        """Return the live page once it lists a request for ``path``: a trace is stored a moment after its response."""
        until = time.monotonic() + SETTLE_SECONDS
        while path not in (text := self.get("/queryscope/").text) and time.monotonic() < until:
            pass
        return text

    def socket_status(self, path: str) -> int:
        """Ask for a WebSocket; 101 is what an open one answers."""
        hello = (
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nOrigin: http://127.0.0.1:{self.port}\r\n"
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
        )
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as line:
            line.sendall(hello.encode())
            return int(line.recv(4096).split(b" ")[1])


class Host:
    """A project named ``host`` in ``folder``, run by ``python``, which knows the wheel and not the checkout."""

    def __init__(self, folder: Path, python: Path) -> None:
        self.folder, self.python = folder, python
        folder.mkdir()

    def write(self, file: str, text: str) -> None:
        """Make a file."""
        path = self.folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def append(self, file: str, text: str) -> None:
        """Add lines at the end of a file, as README.md says."""
        path = self.folder / file
        path.write_text(f"{path.read_text()}\n{text}\n")

    def install(self) -> None:
        """Follow README.md: two apps, one middleware, one include."""
        self.append("host/settings.py", step("settings.py"))
        self.append("host/urls.py", step("urls.py"))

    def run(self, *arguments: str, **environment: str) -> str:
        """Run Python in the project and return what it printed; fail with all of it where it failed."""
        done = subprocess.run(
            [self.python, *arguments],
            cwd=self.folder,
            env=self._environment(environment),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{arguments}: {done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def manage(self, *arguments: str) -> str:
        """Run a management command."""
        return self.run("manage.py", *arguments)

    def files(self) -> set[str]:
        """Return everything in the project but compiled modules."""
        paths = (path for path in self.folder.rglob("*") if "__pycache__" not in path.parts)
        return {path.relative_to(self.folder).as_posix() for path in paths}

    def runserver(self, *options: str) -> Any:
        """Run the project's development server while the context lasts; yields a Site."""
        port = free_port()
        return self._serve(port, "manage.py", "runserver", f"127.0.0.1:{port}", *options)

    def daphne(self) -> Any:
        """Run Daphne while the context lasts; yields a Site."""
        port = free_port()
        return self._serve(port, "-m", "daphne", "-b", "127.0.0.1", "-p", str(port), "host.asgi:application")

    def gunicorn(self, *options: str) -> Any:
        """Run gunicorn, the project loaded before it forks, while the context lasts; yields a Site."""
        port = free_port()
        return self._serve(
            port, "-m", "gunicorn", "--preload", *options, "-b", f"127.0.0.1:{port}", "host.wsgi"
        )

    def dashboard(self) -> Any:
        """Run the dashboard alone, beside the project's server, while the context lasts; yields a Site."""
        port = free_port()
        return self._serve(port, "manage.py", "queryscope", "serve", f"127.0.0.1:{port}")

    @contextmanager
    def _serve(self, port: int, *arguments: str) -> Iterator[Site]:
        log = (self.folder.parent / f"server-{port}.log").open("w+")
        server = subprocess.Popen(
            [self.python, *arguments],
            cwd=self.folder,
            env=self._environment({}),
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            _wait_for(port, server, Path(log.name))
            yield Site(port, server.pid)
        finally:
            # The whole group: the reloader has a child of its own.
            os.killpg(server.pid, signal.SIGINT)
            try:
                server.wait(timeout=20)
            except subprocess.TimeoutExpired:
                os.killpg(server.pid, signal.SIGKILL)
            log.close()

    def _environment(self, more: dict[str, str]) -> dict[str, str]:
        """Return the caller's environment without what points it to the checkout or to another project."""
        left_out = {"DJANGO_SETTINGS_MODULE", "PYTHONPATH", "VIRTUAL_ENV", "PYTHONHOME"}
        return {name: value for name, value in os.environ.items() if name not in left_out} | more


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        assert server.poll() is None, f"the server ended: {log.read_text()}"
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)  # nothing tells when another process has begun to listen
    raise AssertionError(f"no server on port {port} after {START_SECONDS} s: {log.read_text()}")


def _answer(response: HTTPResponse) -> Answer:
    return Answer(
        response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
    )
