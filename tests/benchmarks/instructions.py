"""The comparison without noise: instructions a page and a query, contender by contender, beside the aims."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.arena import fill
from tests.benchmarks.callgrind import Count, counter, present
from tests.benchmarks.contenders import BARE, CONTENDERS, FLOOR, IDLE, OWN, PLAIN, TOOLBAR
from tests.benchmarks.databases import Copy, sqlite
from tests.benchmarks.table import COUNTED, IDLE_RATIO, Page

NAMES = (BARE, FLOOR, IDLE, OWN, PLAIN, TOOLBAR)
QUICK_NAMES = (BARE, IDLE, OWN, PLAIN)

Counts = dict[str, Count]
"""By the title of the page."""
Counted = dict[str, Counts]
"""By the name of the contender."""


def compare(quick: bool) -> None:
    """Print what each page takes by each contender, and whether the aims are reached."""
    if not present():
        print("\nSKIPPED instructions: it takes valgrind.")
        return
    names = [name for name in (QUICK_NAMES if quick else NAMES) if CONTENDERS[name].present]
    counts = count(dict.fromkeys(names, COUNTED))
    for page in COUNTED:
        _page(page, counts)
    _verdicts(COUNTED, counts)


def count(wanted: Mapping[str, Sequence[Page]]) -> Counted:
    """Return what the wanted pages take by each contender, counted on SQLite, several contenders at a time.

    Raises AssertionError where queryscope recorded fewer queries than the page has.
    """
    with TemporaryDirectory(prefix="queryscope-bench-") as place:
        folder = Path(place)
        with sqlite(folder, lambda entry: fill(entry, folder)) as copy:
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                counted = pool.map(lambda name: _contender(name, copy, folder, wanted[name]), wanted)
            return dict(zip(wanted, counted, strict=True))


def ratio(page: Page, counts: Counted, name: str = OWN) -> float:
    """Return how many times the instructions of the bare page a contender's threads take to answer."""
    return counts[name][page.title].request / counts[BARE][page.title].request


def added(page: Page, counts: Counted, name: str = OWN) -> float:
    """Return how many more instructions than the bare page a contender's threads take for each query."""
    return (counts[name][page.title].request - counts[BARE][page.title].request) / page.queries


def _contender(name: str, copy: Copy, folder: Path, pages: Sequence[Page]) -> Counts:
    counts = {}
    with counter(name, copy(name.replace(" ", "_")), folder) as process:
        for page in pages:
            counts[page.title] = process.count(page)
            if name == OWN:
                stored = process.recorded()
                assert stored >= page.queries, f"{page.title}: stored {stored} queries"
    return counts


def _page(page: Page, counts: Counted) -> None:
    print(
        f"\nSQLite, {page.title}\n{'':22}{'instructions':>14}{'x bare':>8}{'a query':>11}{'added':>11}{'background':>12}"
    )
    for name, of in counts.items():
        here = of[page.title]
        text = (
            f"{name:22}{here.request:14,}{ratio(page, counts, name):8.4f}{here.request / page.queries:11,.0f}"
        )
        if name != BARE:
            text += f"{added(page, counts, name):11,.0f}"
        print(text + (f"{here.background / page.queries:12,.0f}" if name == OWN else ""))


def _verdicts(pages: Sequence[Page], counts: Counted) -> None:
    print(
        f"\n{'instructions':28}{'x bare':>8}{'aim':>8}{'added a query':>15}{'aim':>9}{'idle':>8}{'aim':>6}   without lanes"
    )
    for page in pages:
        times, more, idle = ratio(page, counts), added(page, counts), ratio(page, counts, IDLE)
        missed = times > (page.ratio or times) or more > (page.added or more) or idle > IDLE_RATIO
        print(
            f"{page.title:28}{times:8.4f}{page.ratio or '':>8}{more:15,.0f}{page.added or '':>9}"
            f"{idle:8.4f}{IDLE_RATIO:>6}{ratio(page, counts, PLAIN):8.4f}{added(page, counts, PLAIN):12,.0f}"
            f"  {'MISSED' if missed else ''}"
        )
