"""Counts the instructions that a page takes, thread by thread, by valgrind's callgrind: the same in every run, on any machine.

A count begins and ends where a thread of the contender enters certain functions of libc (serving.py makes the calls), so
neither starting Python nor what happens between the pages is in it.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.arena import Process, prepare
from tests.benchmarks.databases import Entry
from tests.benchmarks.table import Page

VALGRIND = (
    "valgrind", "--tool=callgrind", "--separate-threads=yes", "--dump-line=no",
    "--zero-before=getresuid", "--dump-before=getresgid", "--dump-before=getsid",
)  # fmt: skip
SLOWER = 50
"""About how many times slower code runs under callgrind; the clock does not."""
SAME = 0.001
LEAST, MOST = 3, 10
"""Counts of a page that differ by less than the share ``SAME`` are the same; how many of them are taken."""
_TOTALS = re.compile(r"^totals: (\d+)$", re.MULTILINE)


class Count(NamedTuple):
    """Instructions of one page: in the threads that answer the request, and in the background afterwards."""

    request: int
    background: int


class Counter:
    """A contender's process under callgrind."""

    def __init__(self, process: Process, folder: Path) -> None:
        self._process, self._folder = process, folder

    def count(self, page: Page) -> Count:
        """Return the least count of a page once the two least ones say the same.

        Before, Python still adapts its code to the page; a collection of garbage that falls into a serving only adds.
        """
        for _ in range(page.warm):
            self._process.call("page", path=page.path)
        counts = [self._once(page) for _ in range(LEAST)]
        while not _agree(counts) and len(counts) < MOST:
            counts.append(self._once(page))
        return min(counts)

    def recorded(self) -> int:
        """Return how many queries queryscope stored of the last page."""
        return int(self._process.call("recorded")["queries"])

    def _once(self, page: Page) -> Count:
        for old in self._folder.glob("out*"):
            old.unlink()
        self._process.call("count", path=page.path, large=page.large)
        profiles = [file.read_text() for file in self._folder.glob("out*-*")]
        return Count(_total(profiles, "getresgid"), _total(profiles, "getsid"))


def present() -> bool:
    """Whether valgrind is installed here."""
    return shutil.which(VALGRIND[0]) is not None


@contextmanager
def counter(name: str, database: Entry, folder: Path) -> Iterator[Counter]:
    """Yield a contender's process under callgrind, with addresses that are the same in every run where the system allows it."""
    place = folder / f"{name}.callgrind"
    place.mkdir()
    process = Process(
        name,
        database,
        folder,
        [*_fixed_addresses(), *VALGRIND, f"--log-file={place}/log", f"--callgrind-out-file={place}/out"],
    )
    try:
        prepare(name, process)
        process.call("slowed", times=SLOWER)
        yield Counter(process, place)
    finally:
        process.close()


def _agree(counts: Sequence[Count]) -> bool:
    least, next_least, *_ = sorted(count.request for count in counts)
    return next_least - least <= SAME * least


def _fixed_addresses() -> Sequence[str]:
    return ["setarch", "--addr-no-randomize"] if shutil.which("setarch") else []


def _total(profiles: list[str], mark: str) -> int:
    """Return the sum over the profiles that a mark wrote: one for each thread."""
    ours = [text for text in profiles if f"\ndesc: Trigger: --dump-before={mark}" in text]
    return sum(int(found[1]) for text in ours if (found := _TOTALS.search(text)))
