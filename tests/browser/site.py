"""Starts, restarts and stops the bookshop under Daphne in a process of its own, on a free port of this machine."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60.0


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Site:
    """One running bookshop; ``folder`` holds its database, its store and its log."""

    def __init__(self, folder: Path, port: int | None = None) -> None:
        self.folder = folder
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None

    def prepare(self, scale: float = 0.3) -> None:
        """Make the tables and a small stock of books."""
        self.manage("migrate", "--verbosity", "0")
        self.manage("seed", "--scale", str(scale))

    def manage(self, *arguments: str) -> str:
        """Run a management command of the bookshop; return what it printed."""
        command = [sys.executable, "-m", "django", *arguments]
        done = subprocess.run(
            command, check=False, env=self._environment(), cwd=ROOT, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self) -> None:
        """Start the server and wait until it answers."""
        self._log = (self.folder / "server.log").open("ab")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "django", "runserver", "--noreload", f"127.0.0.1:{self.port}"],
            env=self._environment(),
            cwd=ROOT,
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        self.wait(lambda: self.get("/about/") == 200, START_SECONDS)

    def stop(self) -> None:
        """Stop the server."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)
            self._process = None
        if self._log is not None:
            self._log.close()

    def get(self, path: str) -> int:
        """Ask for a page as another program would; return the status, 0 where nobody answers."""
        try:
            with urllib.request.urlopen(f"{self.url}{path}", timeout=20) as answer:
                answer.read()
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def wait(self, condition: Any, seconds: float) -> None:
        """Wait until ``condition()`` holds."""
        until = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < until, (
                f"not in {seconds} s; see {(self.folder / 'server.log').read_text()[-2000:]}"
            )
            time.sleep(0.05)

    def _environment(self) -> dict[str, str]:
        return os.environ | {
            "DJANGO_SETTINGS_MODULE": "demo.settings",
            "LANTERN_FOLDER": str(self.folder),
            "PYTHONPATH": str(ROOT),
        }
