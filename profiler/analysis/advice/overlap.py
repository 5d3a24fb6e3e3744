"""Says of a diff that it changes lines which the diff of another finding changes as well: it was made for the file as it stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from msgspec.structs import replace

from queryscope.profiler.finding import Finding

_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? ")
Lines = frozenset[tuple[str, int]]


class _Touched(NamedTuple):
    """The lines of files that a diff changes, and all that it must find as they are."""

    changes: Lines
    needs: Lines


def noted(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield findings as they come, with a word on each whose diff does not apply any more after that of one before it."""
    before: list[tuple[Finding, Lines]] = []
    for finding in findings:
        touched = _touched(finding.advice.diff or "")
        other = next((each for each, changes in before if changes & touched.needs), None)
        before.append((finding, touched.changes))
        if other is None:
            yield finding
            continue
        words = (
            f"The diff of “{other.title}” changes the same lines: make one of both changes, look at the page again, and take the "
            "other one from there."
        )
        following = " ".join(filter(None, [finding.advice.next, words]))
        yield replace(finding, advice=replace(finding.advice, next=following))


def _touched(diff: str) -> _Touched:
    changes: set[tuple[str, int]] = set()
    needs: set[tuple[str, int]] = set()
    file, line = "", 0
    for text in diff.splitlines():
        hunk = _HUNK.match(text)
        if hunk:
            line = int(hunk[1])
        elif text.startswith("--- "):
            file, line = text[4:], 0
        elif line and text.startswith("+"):
            changes.add((file, line))  # before the line that has this number
        elif line and text[:1] in {" ", "-", ""}:
            needs.add((file, line))
            changes.update({(file, line)} if text.startswith("-") else ())
            line += 1
    return _Touched(frozenset(changes), frozenset(needs))
