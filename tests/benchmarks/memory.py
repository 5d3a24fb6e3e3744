"""How much a process grows while it records, with nobody looking and with an open live page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.arena import Process, fill
from tests.benchmarks.contenders import OWN, WATCHED
from tests.benchmarks.databases import sqlite

PATH = "/queries/20/"
WARM = 200
REQUESTS = 5_000
MANY = 20_000
MIB = 1024 * 1024
LIMIT = 4 * MIB
WINDOW_BYTES = 3_000
"""What one of the 5,000 rows weighs that an open live page keeps (dashboard/window.py)."""


def measure(quick: bool) -> None:
    """Print the growth after 5,000 requests and, unless ``quick``, after 20,000. Raises SystemExit where it is over the limit."""
    print(f"\nGrowth of the process in MiB, by requests of 20 queries after {WARM} others")
    missed = []
    for name in (OWN, WATCHED):
        grown = growth(name, [REQUESTS] if quick else [REQUESTS, MANY])
        for requests, size in grown.items():
            most = limit(name, requests)
            print(f"{name:22}{requests:7,} requests{size / MIB:7.2f} (at most {most / MIB:.1f})", flush=True)
            missed += [f"{name} grew by {size / MIB:.2f} MiB"] if size > most else []
    if missed:
        raise SystemExit("; ".join(missed))


def limit(name: str, requests: int) -> float:
    """Return by how many bytes a process may grow: no more by 20,000 requests than by 5,000."""
    return LIMIT + (WINDOW_BYTES * min(requests, 5_000) if name == WATCHED else 0)


def growth(name: str, steps: Sequence[int]) -> dict[int, int]:
    """Return by how many bytes a process has grown after each number of requests, all of them recorded and stored."""
    with TemporaryDirectory(prefix="queryscope-bench-") as place:
        folder = Path(place)
        with sqlite(folder, lambda entry: fill(entry, folder)) as copy:
            process = Process(name, copy("grown"), folder)
            try:
                return _grow(process, steps, name == WATCHED)
            finally:
                process.close()


def _grow(process: Process, steps: Sequence[int], watched: bool) -> dict[int, int]:
    start = process.call("grow", path=PATH, requests=WARM, watched=watched)
    grown, done = {}, 0
    for step in steps:
        size = process.call("grow", path=PATH, requests=step - done, watched=watched)
        grown[step], done = size - start, step
    return grown
