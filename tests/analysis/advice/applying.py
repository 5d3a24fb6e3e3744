"""Applies a unified diff to a text, strictly: every line must stand where the diff says it does."""

from __future__ import annotations

import io
import re

_RANGE = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


def files(diff: str) -> dict[str, str]:
    """Return the diff of each file, by the name of the file."""
    parts = re.split(r"^(?=--- a/.*\n\+\+\+ b/)", diff, flags=re.MULTILINE)[1:]
    return {part.partition("\n")[0].removeprefix("--- a/"): part for part in parts}


def apply(diff: str, text: str) -> str:
    """Return ``text`` after ``diff``; raise AssertionError where a line is another than the diff expects."""
    old = list(io.StringIO(text, newline=""))
    new: list[str] = []
    at = 0
    mark = ""
    for line in list(io.StringIO(diff, newline=""))[2:]:
        found = _RANGE.match(line)
        if found:
            start = int(found[1]) - 1
            new += old[at:start]
            at = start
            assert len(new) == int(found[3]) - 1, "the hunk says another line of the new text"
        elif line.startswith("\\"):
            new[-1] = new[-1].removesuffix("\n") if mark == "+" else new[-1]
        elif line.startswith("+"):
            new.append(line[1:])
        else:
            assert old[at].rstrip("\r\n") == line[1:].rstrip("\r\n"), f"line {at + 1} is another one"
            if line.startswith(" "):
                new.append(old[at])
            at += 1
        mark = line[:1]
    return "".join(new + old[at:])
