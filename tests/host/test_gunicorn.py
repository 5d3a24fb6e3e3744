"""Workers that were forked from a server which had loaded and recorded already: every request is kept, and none hangs."""

from __future__ import annotations

import json
import os
import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.host.project import Host

REQUESTS = 60
STOP_SECONDS = 10
VIEWS = """
import os, threading, time

def busy(request):
    time.sleep(0.01)
    return HttpResponse(f"{User.objects.count()} {os.getpid()}")

def starts(request):
    thread = threading.Thread(target=User.objects.count)
    thread.start()
    thread.join()
    return HttpResponse("done")
"""
LOADED = """
# Before the fork: the writer's thread runs, the store is open.
from django.contrib.auth.models import User
from django.db import connections
from queryscope.profiler import pipeline
from queryscope.profiler.scopes.block import profile

with profile("loaded"):
    User.objects.count()
assert pipeline.flush(10)
with profile("loaded, unwritten"):
    User.objects.count()
connections.close_all()
"""


@pytest.fixture
def busy(host: Host) -> Host:
    """The project with a page that takes a while, loaded once for all workers."""
    host.append("host/views.py", VIEWS)
    host.append(
        "host/urls.py",
        "from host import views\nurlpatterns += [path('busy/', views.busy), path('starts/', views.starts)]",
    )
    host.append("host/wsgi.py", LOADED)
    return host


def traces(host: Host) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = json.loads(host.manage("queryscope", "list", "--limit", "500", "--json"))
    return listed


@pytest.mark.parametrize("threads", [1, 4], ids=["sync", "threads"])
def test_prefork_workers_lose_nothing_and_stop(threads: int, busy: Host) -> None:
    """The last request is kept too: its worker writes before it ends. A thread of a pool is its server's, no background."""
    with busy.gunicorn("--workers", "2", "--threads", str(threads)) as site:
        with ThreadPoolExecutor(8) as visitors:
            answers = list(visitors.map(lambda _: site.get("/busy/").text.split(), range(REQUESTS)))
        assert site.get("/starts/").text == "done"
        began = time.monotonic()
        os.kill(site.pid, signal.SIGTERM)
        os.waitid(os.P_PID, site.pid, os.WEXITED | os.WNOWAIT)
        assert time.monotonic() - began < STOP_SECONDS
    served = Counter(int(pid) for _, pid in answers)
    assert len(served) == 2, "both workers have to serve"
    rows = traces(busy)
    assert Counter(row["name"] for row in rows) == {
        "GET /busy/": REQUESTS,
        "GET /starts/": 1,
        "loaded": 1,
        "loaded, unwritten": 1,
    }
    assert {row["queries"] for row in rows} == {1}
    assert Counter(row["pid"] for row in rows if row["name"] == "GET /busy/") == served
