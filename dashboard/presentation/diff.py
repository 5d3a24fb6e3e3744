"""A unified diff as rows: line numbers of both sides, a sign, and pieces of text of which the changed ones are marked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from queryscope.profiler.trace import Value

_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")
_KINDS = {"+": "add", "-": "del", " ": "", "": ""}
SIGNS = {"add": "+", "del": "−"}
MOST_LINES = 400
MOST_CHARS = 400


class Part(Value, frozen=True, kw_only=True):
    """A stretch of a line; ``changed`` where its counterpart on the other side differs."""

    text: str
    changed: bool = False


class DiffRow(Value, frozen=True, kw_only=True):
    """One line. ``css`` is add, del, hunk or empty; numbers are empty where the line does not exist on that side."""

    css: str
    old: str
    new: str
    sign: str
    parts: tuple[Part, ...]


class FileDiff(Value, frozen=True, kw_only=True):
    """The change of one file; ``added`` and ``removed`` count its lines."""

    name: str
    added: int
    removed: int
    rows: tuple[DiffRow, ...]


def diff_of(text: str | None) -> tuple[FileDiff, ...]:
    """Return the files of a unified diff in their order, none for no diff; what is no line of one is left out."""
    files: list[FileDiff] = []
    for name, lines in _files((text or "").splitlines()[:MOST_LINES]):
        rows = tuple(_marked(tuple(_rows(lines))))
        added, removed = (sum(row.css == css for row in rows) for css in ("add", "del"))
        files.append(FileDiff(name=name, added=added, removed=removed, rows=rows))
    return tuple(files)


def _files(lines: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    name, inside = "", False
    body: list[str] = []
    for at, line in enumerate(lines):
        head = line.startswith("--- ") and at + 1 < len(lines) and lines[at + 1].startswith("+++ ")
        if head:
            if body:
                yield name, body
            name, body, inside = "", [], False
        elif line.startswith("+++ ") and not inside:
            name = line[4:].split("\t")[0].removeprefix("b/")
        elif _HUNK.match(line):
            inside = True
            body.append(line)
        elif inside:
            body.append(line)
    if body:
        yield name, body


def _rows(lines: Sequence[str]) -> Iterator[DiffRow]:
    old = new = 0
    for line in lines:
        if hunk := _HUNK.match(line):
            old, new = int(hunk[1]), int(hunk[2])
            yield _row("hunk", "", "", line)
            continue
        css = _KINDS.get(line[:1])
        if css is None:  # "\ No newline at end of file"
            continue
        yield _row(css, "" if css == "add" else str(old), "" if css == "del" else str(new), line[1:])
        old, new = old + (css != "add"), new + (css != "del")


def _row(css: str, old: str, new: str, text: str) -> DiffRow:
    return DiffRow(css=css, old=old, new=new, sign=SIGNS.get(css, ""), parts=(Part(text=text[:MOST_CHARS]),))


def _marked(rows: Sequence[DiffRow]) -> Iterator[DiffRow]:
    """Yield the rows; where as many lines came as went, what differs between the two is marked."""
    at = 0
    while at < len(rows):
        gone = _run(rows, at, "del")
        come = _run(rows, at + len(gone), "add")
        if gone and len(gone) == len(come):
            pairs = [_differing(one, other) for one, other in zip(gone, come, strict=True)]
            yield from (one for one, _ in pairs)
            yield from (other for _, other in pairs)
        else:
            yield from (gone + come) or (rows[at],)
        at += len(gone) + len(come) or 1


def _run(rows: Sequence[DiffRow], at: int, css: str) -> list[DiffRow]:
    end = at
    while end < len(rows) and rows[end].css == css:
        end += 1
    return list(rows[at:end])


def _differing(one: DiffRow, other: DiffRow) -> tuple[DiffRow, DiffRow]:
    left, right = one.parts[0].text, other.parts[0].text
    head = _alike(left, right)
    tail = _alike(left[head:][::-1], right[head:][::-1])
    return _cut(one, left, head, tail), _cut(other, right, head, tail)


def _alike(one: str, other: str) -> int:
    """Return with how many equal characters both begin."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _cut(row: DiffRow, text: str, head: int, tail: int) -> DiffRow:
    end = len(text) - tail
    parts = (Part(text=text[:head]), Part(text=text[head:end], changed=True), Part(text=text[end:]))
    return replace(row, parts=tuple(part for part in parts if part.text))
