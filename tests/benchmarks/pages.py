"""The comparison: every page by every contender on every database, and a page beside the background's work."""

from __future__ import annotations

from statistics import median
from typing import NamedTuple

from tests.benchmarks.arena import Arena, Process, arena, rounds
from tests.benchmarks.contenders import BARE, CONTENDERS, FLOOR, IDLE, OWN
from tests.benchmarks.databases import KINDS, Absent
from tests.benchmarks.figures import Figures, figures
from tests.benchmarks.table import IDLE_RATIO, TIMED, TIMED_QUICK, Page

BESIDE = "/queries/20/"
BEHIND = "/queries/1000/"
HEAD = f"{'':22}{'page ms':>9}{'(least)':>9}{'x bare':>8}{'CPU ms':>9}{'added CPU, µs a query':>26}{'of which background':>21}"


def compare(quick: bool) -> None:
    """Print the comparison on every database that answers, as it is measured."""
    names = [name for name, contender in CONTENDERS.items() if contender.present]
    for name in CONTENDERS.keys() - set(names):
        print(f"SKIPPED {name}: it is not installed here; `make bench` installs it.")
    for kind in ["SQLite"] if quick else KINDS:
        try:
            with arena(KINDS[kind], names) as processes:
                _database(kind, processes, TIMED_QUICK if quick else TIMED)
        except Absent as error:
            print(f"\nSKIPPED {kind}: {error}")


def _database(kind: str, processes: Arena, pages: tuple[Page, ...]) -> None:
    verdicts = []
    for page in pages:
        measured = rounds(processes, page.path, page.rounds)
        of = {name: figures(samples, measured[BARE]) for name, samples in measured.items()}
        print(f"\n{kind}, {page.title} ({page.rounds} rounds)\n{HEAD}")
        for name, each in of.items():
            print(line(name, each, page.queries), flush=True)
        _check(processes, page)
        if page.ratio:
            verdicts.append(
                f"{page.title:28}{of[OWN].ratio:8.3f}{page.ratio:8}{of[IDLE].ratio:8.3f}{IDLE_RATIO:8}"
            )
    if verdicts:
        print(f"\n{kind + ', page time':28}{'x bare':>8}{'aim':>8}{'idle':>8}{'aim':>8}", *verdicts, sep="\n")
    _beside(kind, processes, pages[0].rounds)


def line(name: str, of: Figures, queries: int) -> str:
    """Return a line of the table: milliseconds of the page, microseconds of added CPU for each of its queries."""
    text = f"{name:22}{of.wall * 1e3:9.2f}{of.wall_least * 1e3:9.2f}{of.ratio:8.2f}{of.thread * 1e3:9.2f}"
    if name == BARE:
        return text
    each = 1e6 / queries
    text += f"{of.added_thread * each:14.1f} (least {of.added_least * each:.1f})".rjust(26)
    background = (of.added_process - of.added_thread) * each
    return text + (f"{background:21.1f}" if name == OWN else "")


def _check(processes: Arena, page: Page) -> None:
    """Say what queryscope recorded, so that nobody compares a recording that lost something."""
    stored = processes[OWN].call("recorded")
    assert stored["queries"] >= page.queries, f"{page.title}: stored {stored['queries']} queries"
    print(
        f"  stored: {stored['queries']} queries; the last with {stored['frames']} frames, in {stored['template']}"
    )


class Beside(NamedTuple):
    """Wall times in seconds of a page alone, and while the background works on a trace of 1,000 queries."""

    alone: list[float]
    beside: list[float]

    @property
    def ratio(self) -> float:
        """How much longer the page takes beside the work: of the medians."""
        return median(self.beside) / median(self.alone)


def beside(own: Process, path: str, pages: int) -> Beside:
    """Measure a page alone and while the trace of a large one is assembled, analysed and stored, ten at a time."""
    of = Beside([], [])
    while len(of.beside) < pages:
        answer = own.call("beside", path=path, behind=BEHIND, limit=10)
        of.alone.extend(answer["alone"])
        of.beside.extend(answer["beside"])
    return of


def _beside(kind: str, processes: Arena, pages: int) -> None:
    of = beside(processes[OWN], BESIDE, pages)
    print(
        f"\n{kind}, {BESIDE} while a trace of 1,000 queries is worked on in the background ({len(of.beside)} pages)\n"
        f"  alone {median(of.alone) * 1e3:.2f} ms (least {min(of.alone) * 1e3:.2f}),"
        f" beside it {median(of.beside) * 1e3:.2f} ms (least {min(of.beside) * 1e3:.2f}): {of.ratio:.2f} times"
    )


FLOOR_NOTE = (
    f"'{FLOOR}' is the least that a recording with stacks can cost: two clocks, a bare walk and an append."
)
