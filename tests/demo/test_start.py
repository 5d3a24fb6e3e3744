"""``demo/manage.py start`` makes a running shop out of nothing, from any folder."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 60


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def started(manage: Path, port: int, folder: Path) -> Iterator[Path]:
    """Run ``start`` in ``folder``; the yielded file holds what it prints."""
    log = folder / "start.log"
    environment = {**os.environ, "PORT": str(port), "LANTERN_DATABASE": "sqlite", "PYTHONUNBUFFERED": "1"}
    # Neither belongs to somebody who types the command.
    for name in ("DJANGO_SETTINGS_MODULE", "PYTEST_VERSION", "PYTHONPATH"):
        environment.pop(name, None)
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, str(manage), "start"],
            cwd=folder,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield log
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(20)


def page(url: str, log: Path) -> str:
    """Return the page as soon as the server answers."""
    until = time.monotonic() + SECONDS
    while True:
        try:
            with urlopen(url, timeout=SECONDS) as response:
                return str(response.read().decode())
        except URLError as error:
            if time.monotonic() > until:
                raise AssertionError(f"{url}: {error}\n{log.read_text()}") from None
            time.sleep(0.1)


def test_a_cold_start_ends_in_a_running_shop(tmp_path: Path, port: int) -> None:
    """No database, another folder: the three addresses are printed and answer, and the stylesheet is served."""
    shop = tmp_path / "demo"
    shutil.copytree(
        ROOT / "demo", shop, ignore=shutil.ignore_patterns("*.sqlite3*", ".queryscope", "__pycache__")
    )
    began = time.monotonic()
    with started(shop / "manage.py", port, tmp_path) as log:
        address = f"http://127.0.0.1:{port}"
        assert "A bookshop with" in page(f"{address}/", log)
        assert time.monotonic() - began < SECONDS
        assert "The Lantern Keeper" in page(f"{address}/books/the-lantern-keeper/", log)
        assert "<title>" in page(f"{address}/queryscope/", log)
        assert "The bookshop's only stylesheet" in page(f"{address}/static/lantern/lantern.css", log)
        text = log.read_text()
    for path in ("/", "/queryscope/", "/admin/"):
        assert f"{address}{path}" in text
    assert (shop / "lantern.sqlite3").exists()


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    """The message says which port, and how to choose another."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = run_start(tmp_path, PORT=str(port))
    assert result.returncode == 1
    assert f"Port {port} cannot be used" in result.stderr
    assert "PORT=8001 make demo" in result.stderr


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("PORT", "http", "1 to 65535"),
        ("PORT", "70000", "1 to 65535"),
        ("LANTERN_DATABASE", "oracle", "sqlite, postgresql, mariadb"),
    ],
)
def test_a_wrong_variable_is_named(tmp_path: Path, name: str, value: str, allowed: str) -> None:
    """The message holds the variable, its value and what it takes."""
    result = run_start(tmp_path, **{name: value})
    assert result.returncode == 1
    assert f"{name} is '{value}'" in result.stderr
    assert allowed in result.stderr


def run_start(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LANTERN_DATABASE": "sqlite", **variables}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    command = [sys.executable, str(ROOT / "demo" / "manage.py"), "start"]
    return subprocess.run(
        command, check=False, cwd=folder, env=environment, capture_output=True, text=True, timeout=SECONDS
    )
