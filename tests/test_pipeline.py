"""From a closed recorder to the store: bounded, in the background, harmless when the store fails."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import textwrap
import threading
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from queryscope.profiler import pipeline
from queryscope.profiler.scopes.block import profile
from tests.conftest import Recording

ROOT = Path(__file__).resolve().parent.parent


def select(name: str = "block") -> None:
    with profile(name), connection.cursor() as cursor:
        cursor.execute("SELECT 1")


@pytest.mark.django_db(transaction=True)
def test_callbacks_ring_with_the_last_number(recording: Recording) -> None:
    """The bell is rung after each append, with the number to read up to."""
    rung: list[int] = []
    pipeline.on_stored(rung.append)
    try:
        select()
        select()
        assert recording.store.last_seq() == rung[-1]
    finally:
        pipeline.forget_stored(rung.append)


@pytest.mark.django_db(transaction=True)
def test_a_full_queue_drops_and_counts(recording: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not fit is dropped; the status says how many."""
    select("first")
    assert pipeline.flush(20)
    gate = threading.Event()
    original = pipeline._writer._write

    def wait(batch: Any) -> None:
        gate.wait(20)
        original(batch)

    monkeypatch.setattr(pipeline._writer, "_write", wait)
    before = pipeline.status().dropped_traces
    recording.set(QUEUE_TRACES=5)
    for _ in range(60):
        select()
    dropped = pipeline.status().dropped_traces - before
    gate.set()
    assert len(recording.summaries) + dropped == 61
    assert dropped >= 30


@pytest.mark.django_db(transaction=True)
def test_a_store_that_cannot_be_written_is_one_warning(
    recording: Recording, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The host goes on, recording rests, one sentence says why; it starts again when the store is back."""
    (tmp_path / "file").write_text("not a folder")
    recording.set(STORE=str(tmp_path / "file" / "store.sqlite3"))
    with caplog.at_level(logging.WARNING, logger="queryscope"):
        select()
        assert pipeline.flush(20)
        assert pipeline.status().problem is not None
        assert str(tmp_path / "file") in str(pipeline.status().problem)
        select()
        assert pipeline.flush(20)
    assert len([r for r in caplog.records if "cannot write its store" in r.message]) == 1
    monkeypatch.setattr(pipeline._writer, "_rest_until", 0.0)
    recording.set(STORE=str(tmp_path / "good.sqlite3"))
    select("again")
    assert [summary.name for summary in recording.summaries] == ["again"]
    assert pipeline.status().problem is None


PROGRAM = """
import os, sys, threading
sys.path.insert(0, {root!r})
os.environ["DJANGO_SETTINGS_MODULE"] = "demo.settings"
import django
from django.conf import settings
settings.QUERYSCOPE = {{"ENABLED": True, "STORE": {store!r}}}
settings.DATABASES["default"] = {{"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
django.setup()
from pathlib import Path
from django.db import connection
from queryscope.profiler import pipeline
from queryscope.profiler.scopes.block import profile
def select(name):
    with profile(name), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
def names():
    return [thread.name for thread in threading.enumerate()]
{body}
"""


def run(store: Path, body: str) -> str:
    program = PROGRAM.format(root=str(ROOT), store=str(store), body=textwrap.dedent(body))
    done = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def stored(store: Path) -> list[str]:
    from queryscope.profiler.store import Store

    opened = Store(store)
    try:
        return sorted(summary.name for summary in opened.newest(1_000))
    finally:
        opened.close()


def test_nothing_comes_into_being_before_the_first_trace(tmp_path: Path) -> None:
    """Starting up makes no file, no thread and no connection of ours."""
    store = tmp_path / "deep" / "store.sqlite3"
    out = run(
        store,
        """
        print(Path(settings.QUERYSCOPE["STORE"]).parent.exists(), names())
        select("one")
        print("queryscope-writer" in names())
        """,
    )
    assert out.splitlines() == ["False ['MainThread']", "True"]
    assert stored(store) == ["one"]


def test_everything_is_flushed_at_exit(tmp_path: Path) -> None:
    """A command that ends right after its work loses nothing."""
    store = tmp_path / "store.sqlite3"
    run(store, "for number in range(50): select(str(number))")
    assert len(stored(store)) == 50


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_records_for_itself(tmp_path: Path) -> None:
    """Parent and child write the same store, each with a thread of its own."""
    store = tmp_path / "store.sqlite3"
    run(
        store,
        """
        select("parent before")
        pipeline.flush(10)
        child = os.fork()
        select("child" if child == 0 else "parent after")
        assert pipeline.flush(10)
        if child == 0:
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        """,
    )
    assert stored(store) == ["child", "parent after", "parent before"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_fork_inside_a_recording_stores_it_once(tmp_path: Path) -> None:
    """The trace is the parent's; a child that leaves the same block ends at once and can record for itself."""
    store = tmp_path / "store.sqlite3"
    run(
        store,
        """
        from queryscope.profiler.capture.recorder import open_recorders
        select("before")
        with profile("both"):
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            child = os.fork()
            if child == 0:
                assert not open_recorders
        if child == 0:
            select("child")
            sys.exit(0)
        assert os.waitpid(child, 0)[1] == 0
        """,
    )
    assert stored(store) == ["before", "both", "child"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_child_does_not_wait_for_the_parents_thread(tmp_path: Path) -> None:
    """What waited in the parent's queue when it forked is not the child's to write, nor to wait for."""
    run(
        tmp_path / "store.sqlite3",
        """
        import time
        select("first")
        assert pipeline.flush(10)
        gate = threading.Event()
        write = pipeline._writer._write
        pipeline._writer._write = lambda batch: (gate.wait(30), write(batch))
        select("waits")
        child = os.fork()
        if child == 0:
            sys.exit(0)
        started = time.monotonic()
        assert os.waitpid(child, 0)[1] == 0
        assert time.monotonic() - started < 2.5, "the child waited for FLUSH_SECONDS"
        gate.set()
        """,
    )


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_worker_of_multiprocessing_loses_nothing(method: str, tmp_path: Path) -> None:
    """Such a process ends without the handlers of atexit."""
    store = tmp_path / "store.sqlite3"
    script = tmp_path / "script.py"
    body = f"""
def work():
    for number in range(30):
        select("child")

if __name__ == "__main__":
    import multiprocessing
    worker = multiprocessing.get_context({method!r}).Process(target=work)
    worker.start()
    worker.join()
    assert worker.exitcode == 0
"""
    script.write_text(PROGRAM.format(root=str(ROOT), store=str(store), body=body))
    done = subprocess.run([sys.executable, script], check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert stored(store) == ["child"] * 30


@pytest.mark.django_db(transaction=True)
def test_the_queue_is_bounded_by_weight(recording: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    """A few heavy traces fill it as many light ones do."""
    recording.set(MAX_TRACE_BYTES=20_000)
    gate = threading.Event()
    original = pipeline._writer._write

    def wait(batch: Any) -> None:
        gate.wait(20)
        original(batch)

    monkeypatch.setattr(pipeline._writer, "_write", wait)
    before = pipeline.status().dropped_traces
    for number in range(10):
        with profile("heavy"), connection.cursor() as cursor:
            cursor.execute(f"SELECT {number} /* {'x' * 19_000} */")
    dropped = pipeline.status().dropped_traces - before
    gate.set()
    assert 5 <= dropped <= 7
    assert len(recording.summaries) == 10 - dropped


@pytest.mark.django_db(transaction=True)
def test_a_trace_that_cannot_be_stored_is_alone(
    recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was written in the same go is kept."""
    from queryscope.profiler.store import codec

    original = codec.encode

    def encode(report: Any, pause: Any = None) -> bytes:
        if report.trace.name == "bad":
            raise RuntimeError("ours")
        return original(report, pause)

    monkeypatch.setattr(codec, "encode", encode)
    gate = threading.Event()
    wait = pipeline._writer._wait
    monkeypatch.setattr(pipeline._writer, "_wait", lambda: (gate.wait(20), wait())[1])
    for name in ("one", "bad", "two"):
        select(name)
    gate.set()
    assert [summary.name for summary in recording.summaries] == ["one", "two"]


def test_an_end_within_a_hand_over_waits_for_nobody(tmp_path: Path) -> None:
    """Garbage that is collected while a trace is handed over may be a response whose recording ends with it."""
    store = tmp_path / "store.sqlite3"
    run(
        store,
        """
        with pipeline._writer._lock:
            select("inside")
        assert pipeline.flush(10)
        """,
    )
    assert stored(store) == ["inside"]


def test_a_writer_that_died_is_started_again(tmp_path: Path) -> None:
    """Nothing of ours ends the thread; what ends it from outside is not the end of recording."""
    store = tmp_path / "store.sqlite3"
    run(
        store,
        """
        def leave(seq):
            pipeline.forget_stored(leave)
            raise SystemExit
        pipeline.on_stored(leave)
        select("one")
        while pipeline._writer._thread.is_alive():
            pipeline._writer._thread.join(0.1)
        select("two")
        assert pipeline.flush(10)
        """,
    )
    assert stored(store) == ["one", "two"]
