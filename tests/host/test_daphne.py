"""Requests that a real ASGI server works on at once never mix, and those whose clients go away end."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from queryscope.profiler.store import Store
from queryscope.profiler.trace import Trace
from tests.host.project import Host, Site, step
from tests.scopes import mixed

SETTLE_SECONDS = 30


@pytest.fixture
def spread(host: Host) -> Host:
    """The project with the views of tests/scopes/mixed.py, served by ASGI."""
    host.append("host/settings.py", "QUERYSCOPE = {'PARAMETERS': 'full'}")
    host.append("host/asgi.py", step("asgi.py"))
    host.write("host/mixed.py", Path(mixed.__file__).read_text())
    host.append("host/urls.py", "from host import mixed\nurlpatterns += mixed.urlpatterns")
    return host


def settled(host: Host, count: int) -> list[Trace]:
    """Return the traces once there are so many."""
    store = Store(host.folder / ".queryscope" / "store.sqlite3")
    until = time.monotonic() + SETTLE_SECONDS
    while len(found := store.newest(100)) < count and time.monotonic() < until:
        time.sleep(0.1)
    traces = [store.report(summary.id).trace for summary in found]
    store.close()
    return traces


def marks(trace: Trace) -> list[str]:
    """Return the mark of every statement that has one."""
    texts = [parameter.text for span in trace.spans for parameter in span.params]
    return [text for text in texts if text is not None and text.startswith("mark-")]


@pytest.mark.parametrize("count", [2, 20])
def test_requests_at_once_never_mix(count: int, spread: Host) -> None:
    """Each trace has the statements of its request, all of them and no other; nothing is in the background."""
    paths = [f"/everything/mark-{number}/" for number in range(count)]
    with spread.daphne() as site:
        with ThreadPoolExecutor(count) as visitors:
            answers = list(visitors.map(site.get, paths))
        traces = settled(spread, count)
    assert [answer.text for answer in answers] == [path.split("/")[2] * 5 for path in paths]
    assert sorted(str(trace.path) for trace in traces) == sorted(paths)
    for trace in traces:
        assert marks(trace) == [str(trace.path).split("/")[2]] * mixed.STATEMENTS["everything"]


def leave(site: Site, number: int) -> None:
    """Ask for a body without an end, read a piece and hang up."""
    with socket.create_connection(("127.0.0.1", site.port), timeout=30) as line:
        line.sendall(f"GET /holds/mark-{number}/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        read = b""
        while b"mark-" not in read:
            read += line.recv(4096)


def test_bodies_that_are_abandoned_end(spread: Host) -> None:
    """The trace ends when the client goes, and has what the generator did when it was closed."""
    count = 20
    with spread.daphne() as site:
        with ThreadPoolExecutor(count) as visitors:
            list(visitors.map(lambda number: leave(site, number), range(count)))
        traces = settled(spread, count)
    assert len(traces) == count
    for trace in traces:
        assert set(marks(trace)) == {str(trace.path).split("/")[2]}
        site_of_last = trace.spans[-1].call_site
        assert site_of_last is not None
        assert "acount()" in str(site_of_last.source)
