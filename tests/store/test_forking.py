"""A fork waits for the threads inside the database library, and they for it; neither for ever."""

from __future__ import annotations

import threading
import time

import pytest

from queryscope.profiler.store import forking
from queryscope.profiler.store.forking import Gate


def enter(gate: Gate, entered: threading.Event, leave: threading.Event) -> threading.Thread:
    def work() -> None:
        with gate.inside():
            entered.set()
            leave.wait(10)

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_a_fork_waits_until_nobody_is_inside() -> None:
    """Closing returns when the last thread has left."""
    gate, entered, leave = Gate(), threading.Event(), threading.Event()
    thread = enter(gate, entered, leave)
    assert entered.wait(10)
    threading.Timer(0.1, leave.set).start()
    gate.close()
    assert leave.is_set(), "the fork went on while a thread was inside"
    thread.join()


def test_nobody_enters_during_a_fork() -> None:
    """A thread that comes meanwhile enters after it."""
    gate, entered, leave = Gate(), threading.Event(), threading.Event()
    leave.set()
    gate.close()
    thread = enter(gate, entered, leave)
    assert not entered.wait(0.1)
    gate.open()
    assert entered.wait(10)
    thread.join()


def test_neither_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that never leaves delays a fork by WAIT_SECONDS, a fork that never ends a thread by as much."""
    monkeypatch.setattr(forking, "WAIT_SECONDS", 0.05)
    gate, entered, leave = Gate(), threading.Event(), threading.Event()
    thread = enter(gate, entered, leave)
    assert entered.wait(10)
    began = time.monotonic()
    gate.close()
    with gate.inside():
        assert time.monotonic() - began < 5
    leave.set()
    thread.join()


def test_the_child_begins_anew() -> None:
    """Whoever was inside in the parent is not there."""
    gate = Gate()
    with gate.inside():
        gate.close()
        gate.renew()
    began = time.monotonic()
    Gate.close(gate)
    assert time.monotonic() - began < forking.WAIT_SECONDS
