"""Reads what a run of Django's tests printed and what was recorded of it, and says in sentences what is wrong."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

LEAST_STATEMENTS = 40_000
"""Fewer than that of all the modules, and the recording was off in some process."""
LEAST_LOCATED = 0.9
LEAST_BUILT = 0.1
"""Share of the statements that have to have a call site, and one that have to name where their queryset was built."""


class Outcome(NamedTuple):
    """What ``runtests.py`` said: whether it ended well, how many tests ran, and the names of those that failed."""

    ended_well: bool
    ran: int
    skipped: int
    failed: frozenset[str]


class Recorded(NamedTuple):
    """What reached the end of the recording, and how often which error of ours was met on the way."""

    recordings: int
    statements: int
    located: int
    built: int
    errors: Counter[str]


def outcome_of(output: str, ended_well: bool) -> Outcome:
    """Read what unittest prints at the end, and the heading of each failure."""
    ran = re.search(r"^Ran (\d+) tests? in", output, re.MULTILINE)
    skipped = re.search(r"^(?:OK|FAILED) \(.*?skipped=(\d+)", output, re.MULTILINE)
    failed = re.findall(r"^(?:FAIL|ERROR|UNEXPECTED SUCCESS): \S+ \(([\w.]+)\)", output, re.MULTILINE)
    return Outcome(
        ended_well, int(ran[1]) if ran else 0, int(skipped[1]) if skipped else 0, frozenset(failed)
    )


def recorded(evidence: Iterable[str]) -> Recorded:
    """Sum up the lines that the processes of a run have written."""
    counts: Counter[str] = Counter()
    errors: Counter[str] = Counter()
    for line in evidence:
        facts = json.loads(line)
        if "error" in facts:
            errors[f"queryscope met an error of its own in {facts['error']}:\n{facts['traceback']}"] += 1
        else:
            counts.update({"recordings": 1, **facts})
    return Recorded(counts["recordings"], counts["statements"], counts["located"], counts["built"], errors)


def failures(outcome: Outcome) -> list[str]:
    """Return a sentence for each failure, and for a run that broke off."""
    problems = [f"{test} failed, or passed where it had to fail." for test in sorted(outcome.failed)]
    if not outcome.ran or not (outcome.ended_well or outcome.failed):
        problems.append("The run broke off; see above.")
    return problems


def doubts(recording: Recorded, complete: bool) -> list[str]:
    """Return a sentence for each error of ours, and for each sign that not everything was recorded."""
    problems = [f"{count} times: {text}" for text, count in recording.errors.most_common()]
    least = LEAST_STATEMENTS if complete else 1
    if recording.statements < least:
        problems.append(f"Fewer than {least:,} statements: the recording was off.")
    if recording.located < LEAST_LOCATED * recording.statements:
        problems.append("Too many statements have no call site.")
    if complete and recording.built < LEAST_BUILT * recording.statements:
        problems.append("Too many statements do not say where their queryset was built.")
    return problems
