"""A dashboard that is served alone is found by the panel of the project, while it answers and no longer."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from queryscope.dashboard import published
from queryscope.dashboard.panel import _dashboard_url

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def store(settings: Any, tmp_path: Path) -> Path:
    """A store of the test's own, in a site that does not mount the dashboard."""
    settings.QUERYSCOPE = {"STORE": str(tmp_path / "store.sqlite3")}
    settings.ROOT_URLCONF = "tests.dashboard.nothing_mounted"
    return tmp_path / "store.sqlite3"


def serve(store: Path) -> subprocess.Popen[str]:
    """Start ``queryscope serve`` on a free port, and return it when it listens."""
    (store.parent / "alone.py").write_text(
        f"from demo.settings import *\nQUERYSCOPE = {{'STORE': {str(store)!r}}}\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "django", "queryscope", "serve", "127.0.0.1:0"],
        cwd=ROOT,
        env=os.environ
        | {"DJANGO_SETTINGS_MODULE": "alone", "PYTHONPATH": os.pathsep.join([str(ROOT), str(store.parent)])},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("queryscope: http://127.0.0.1:")
    return process


def stop(process: subprocess.Popen[str], signal_number: int) -> None:
    process.send_signal(signal_number)
    process.wait(30)


def test_the_link_leads_to_the_served_dashboard(store: Path) -> None:
    """While it runs there is a link; when it was stopped, neither link nor file is left."""
    process = serve(store)
    try:
        link = _dashboard_url("a" * 32)
        assert link.startswith("http://127.0.0.1:") and link.endswith(f"/queryscope/requests/{'a' * 32}/")
    finally:
        stop(process, signal.SIGINT)
    assert _dashboard_url("a" * 32) == ""
    assert not store.with_suffix(".served").exists()


def test_one_that_was_killed_leads_nowhere(store: Path) -> None:
    """Its address is still there, but nobody answers."""
    process = serve(store)
    stop(process, signal.SIGKILL)
    assert store.with_suffix(".served").exists()
    assert published.published() == ""


def test_only_its_owner_can_change_the_address(store: Path) -> None:
    """Whoever could write it could send somebody elsewhere."""
    published.publish("http://127.0.0.1:1/queryscope/")
    assert store.with_suffix(".served").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "text", ["", "javascript:alert(1)", "http://127.0.0.1/", "http://[", "https://127.0.0.1:1/"]
)
def test_what_is_no_address_is_ignored(store: Path, text: str) -> None:
    """A damaged file is as good as none."""
    store.with_suffix(".served").write_text(text)
    assert published.published() == ""


def test_a_store_on_a_server_has_no_such_place(settings: Any) -> None:
    """Beside PostgreSQL nothing is written; the link is hidden."""
    settings.QUERYSCOPE = {"STORE": {"ENGINE": "django.db.backends.postgresql", "NAME": "queryscope"}}
    published.publish("http://127.0.0.1:1/queryscope/")
    assert published.published() == ""


def test_an_address_that_answers_is_returned(store: Path) -> None:
    """Whether it answers is asked each time."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/queryscope/"
        published.publish(address)
        assert published.published() == address
    assert published.published() == ""
