"""Channels under a real Daphne: sockets, requests and queryscope's own stream at once, each trace its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from queryscope.profiler.store import current_store
from queryscope.profiler.trace import Trace
from tests.dashboard.wire import Wire

ROOT = Path(__file__).resolve().parents[2]
SOCKETS = 20


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """Daphne with tests/scopes/served.py."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = int(free.getsockname()[1])
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "demo.settings",
        "LANTERN_DATABASE": "sqlite",
        "LANTERN_FOLDER": str(tmp_path),
    }
    command = [sys.executable, "-m", "daphne", "-v", "0", "-b", "127.0.0.1", "-p", str(number)]
    with (tmp_path / "daphne.log").open("w") as log:
        server = subprocess.Popen(
            [*command, "tests.scopes.served:application"], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
        try:
            _wait_for(number)
            yield number
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(30)


def _wait_for(port: int) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("Daphne did not answer within 30 s")


def test_sockets_and_requests_at_once_never_mix(port: int, tmp_path: Path, settings: Any) -> None:
    """Twenty consumers, sync and async, and as many requests; each trace has the statements of its own."""
    headers = {"Host": f"127.0.0.1:{port}", "Origin": f"http://127.0.0.1:{port}"}

    def talk(number: int) -> str | int:
        wire = Wire(port, f"/ws/{('sync', 'async')[number % 2]}/{number}/", headers, timeout_seconds=60)
        wire.say(f"mark-{number}")
        answer = wire.hear()
        wire.close()
        return answer

    def get(number: int) -> int:
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("GET", f"/nowhere/{number}/")
        return connection.getresponse().status

    live = Wire(port, "/queryscope/ws/", headers)
    live.say({"after": 0, "q": ""})
    with ThreadPoolExecutor(2 * SOCKETS) as pool:
        answers = [pool.submit(talk, number) for number in range(SOCKETS)]
        statuses = [pool.submit(get, number) for number in range(SOCKETS)]
        assert {each.result() for each in answers} == {"done"}
        assert {each.result() for each in statuses} == {404}
    live.close()
    found = _traces(tmp_path, settings)
    received = {each.path: each for each in found if each.name.endswith("websocket_receive")}
    assert len(received) == SOCKETS
    for number in range(SOCKETS):
        trace = received[f"/ws/{('sync', 'async')[number % 2]}/{number}/"]
        assert [span.params[0].text for span in trace.spans] == [f'"mark-{number}"'] * 5
    handlers = Counter(each.name.rpartition(".")[2] for each in found if each.kind == "message")
    assert handlers == {f"websocket_{event}": SOCKETS for event in ("connect", "receive", "disconnect")}
    requests = {each.path for each in found if each.kind == "request"}
    assert requests == {f"/nowhere/{number}/" for number in range(SOCKETS)}


def _traces(folder: Path, settings: Any) -> list[Trace]:
    """Return all traces, once the last message has been written."""
    settings.QUERYSCOPE = {"STORE": str(folder / ".queryscope" / "store.sqlite3")}
    store = current_store()
    until = time.monotonic() + 20
    while store.totals().traces < 4 * SOCKETS and time.monotonic() < until:
        time.sleep(0.2)
    return [store.report(each.id).trace for each in store.newest(1_000)]
