"""Processes that were forked while something was recorded: each keeps its own, nothing is kept twice, and none hangs."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from queryscope.profiler.store import Store
from queryscope.profiler.trace import Trace
from tests.store.processes import finish, start

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

PROLOGUE = """
import multiprocessing, threading, time
from django.db import connection, connections
from queryscope.profiler import pipeline
from queryscope.profiler.scopes import background
from queryscope.profiler.scopes.block import profile

def select(times=1):
    for _ in range(times):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
"""


def traces(folder: Path, program: str) -> list[Trace]:
    """Run a program to its end and return what it and its children recorded."""
    target = folder / "store.sqlite3"
    process = start(
        PROLOGUE + program,
        INSTALLED_APPS=["queryscope.profiler"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "db.sqlite3")}},
        QUERYSCOPE={"ENABLED": True, "STORE": str(target)},
    )
    finish(process)
    store = Store(target)
    found = [store.report(summary.id).trace for summary in store.newest(1_000)]
    store.close()
    return sorted(found, key=lambda trace: trace.started_at)


def test_a_child_of_a_view_has_traces_of_its_own(tmp_path: Path) -> None:
    """The trace that it inherited is the parent's; what it does is work that comes after it, in another process."""
    inherited, child = traces(
        tmp_path,
        """
fork = multiprocessing.get_context("fork")
with profile("view"):
    select(2)
    connections.close_all()
    child = fork.Process(target=select, args=(3,))
    child.start()
    child.join()
    assert child.exitcode == 0
    select()
""",
    )
    assert (inherited.name, inherited.queries) == ("view", 3)
    assert (child.kind, child.name, child.queries) == ("background", "after view", 3)
    assert child.process.pid != inherited.process.pid


def test_an_open_stretch_is_the_parents(tmp_path: Path) -> None:
    """A thread's trace is written by the process in which it runs, also where it is forked itself in the midst of it."""
    found = traces(
        tmp_path,
        """
def work():
    select(2)
    connections.close_all()
    child = os.fork()
    if child == 0:
        select(1)
        os._exit(int(not pipeline.flush(10) or len(background._open) != 1))
    assert os.waitpid(child, 0)[1] == 0
    select(3)

thread = threading.Thread(target=work)
thread.start()
thread.join()
""",
    )
    assert [(trace.name, trace.queries) for trace in found] == [("thread: __main__.work", 5)]


def test_a_worker_that_ends_with_its_process_is_kept(tmp_path: Path) -> None:
    """A daemon thread is not waited for; what it did is."""
    (trace,) = traces(
        tmp_path,
        """
done = threading.Event()

def endless():
    select(4)
    done.set()
    time.sleep(60)

threading.Thread(target=endless, daemon=True).start()
assert done.wait(10)
""",
    )
    assert (trace.name, trace.queries) == ("thread: __main__.endless", 4)


def test_forks_in_the_midst_of_recording(tmp_path: Path) -> None:
    """Threads record, the writer writes, forty children are forked: each records, is kept and ends."""
    found = traces(
        tmp_path,
        """
stop = threading.Event()
counted = {"block": 0, "thread": 0}

def blocks():
    while not stop.is_set():
        with profile("block"):
            select()
        counted["block"] += 1
        time.sleep(0.005)

def thread():
    while not stop.is_set():
        select()
        counted["thread"] += 1
        time.sleep(0.005)

workers = [threading.Thread(target=blocks), threading.Thread(target=thread)]
select()  # a module that another thread is importing is never imported in a child
for worker in workers:
    worker.start()
assert pipeline.flush(10)
for number in range(40):
    child = os.fork()
    if child == 0:
        connections.close_all()
        with profile("child"):
            select()
        os._exit(int(not pipeline.flush(30)))
    until = time.monotonic() + 40
    while (ended := os.waitpid(child, os.WNOHANG)) == (0, 0):
        assert time.monotonic() < until, "a child hangs"
        time.sleep(0.01)
    assert ended[1] == 0
stop.set()
for worker in workers:
    worker.join()
with profile("{block} {thread}".format(**counted)):
    select()
""",
    )
    names = Counter(trace.name for trace in found)
    blocks, statements = map(int, found[-1].name.split())
    assert (names["child"], names["block"]) == (40, blocks)
    assert sum(trace.queries for trace in found if trace.kind == "background") == statements
