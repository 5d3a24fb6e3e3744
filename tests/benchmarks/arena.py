"""Starts the contenders and lets them serve the same pages in turns, so that noise falls on all of them alike."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.benchmarks.contenders import CONTENDERS, IDLE, OWN, PLAIN
from tests.benchmarks.databases import Copy, Entry, Fill

ROWS = 10_000
ROOT = Path(__file__).resolve().parents[2]


class Process:
    """A contender's process, started by the command ``under``; calling a command waits for its answer."""

    def __init__(self, contender: str, database: Entry, folder: Path, under: Sequence[str] = ()) -> None:
        self._process = subprocess.Popen(
            [*under, sys.executable, "-m", f"{__package__}.contender"],
            cwd=ROOT,
            env=environment(contender, database, folder),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def call(self, command: str, **arguments: Any) -> Any:
        """Have a command done; return its answer. Raises RuntimeError where the process ended instead."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps([command, arguments]) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{command} {arguments} ended the process; its error stands above.")
        return json.loads(line)

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


def environment(contender: str, database: Entry, folder: Path) -> dict[str, str]:
    """Return the environment of a process that serves the bookshelf as ``contender``."""
    store = folder / f"{contender}.store.sqlite3"
    given = {"contender": contender, "database": database, "store": str(store)}
    settings = f"{__package__}.bookshelf.settings"
    # Hashes of strings decide the order of sets, and with it how many instructions a page takes.
    fixed = {"DJANGO_SETTINGS_MODULE": settings, "PYTHONHASHSEED": "0"}
    return os.environ | fixed | {"QUERYSCOPE_BENCH": json.dumps(given)}


Arena = dict[str, Process]


@contextmanager
def arena(
    database: Callable[[Path, Fill], AbstractContextManager[Copy]], names: Sequence[str]
) -> Iterator[Arena]:
    """Yield the processes of the named contenders, each with its own copy of a filled database."""
    with TemporaryDirectory(prefix="queryscope-bench-") as place, ExitStack() as stack:
        folder = Path(place)
        copy = stack.enter_context(database(folder, lambda entry: fill(entry, folder)))
        processes: Arena = {}
        for name in names:
            processes[name] = Process(name, copy(name.replace(" ", "_")), folder)
            stack.callback(processes[name].close)
            prepare(name, processes[name])
        yield processes


def prepare(name: str, process: Process) -> None:
    """Bring a contender's process into the state in which it serves its second request."""
    if CONTENDERS[name].migrates:
        process.call("migrate")
    if name in (IDLE, OWN, PLAIN):
        process.call("hook")


def rounds(processes: Arena, path: str, count: int) -> dict[str, list[dict[str, float]]]:
    """Serve ``path`` ``count`` times by every contender, one after the other, each round led by the next one."""
    names = list(processes)
    measured: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    for process in processes.values():
        process.call("page", path=path)  # compiles templates, connects, fills caches
    for number in range(count):
        shift = number % len(names)
        for name in names[shift:] + names[:shift]:
            measured[name].append(processes[name].call("page", path=path))
    return measured


def fill(entry: Entry, folder: Path) -> None:
    """Make the tables of the bookshelf in an empty database, and its rows."""
    process = Process("bare", entry, folder)
    try:
        process.call("seed", rows=ROWS)
    finally:
        process.close()
