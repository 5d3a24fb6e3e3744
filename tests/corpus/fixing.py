"""Applies the advice of a finding to the source of a case, as printed, and gives the work that comes of it."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.urls import clear_url_caches

from queryscope.profiler.finding import Advice
from tests.corpus.case import CASES, Case, Work
from tests.corpus.pages import PAGES

_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@")


class Unapplied(Exception):
    """The advice cannot be applied to the source of the case."""


def fixed(case: Case, advice: Advice, folder: Path) -> Work:
    """Return the work of a case with the advice applied to its file. Raises Unapplied where that cannot be done."""
    file = Path(inspect.getfile(case.work))
    source = file.read_text()
    if advice.diff is not None:
        changed = patched(source, advice.diff)
    elif advice.code is not None and case.at:
        changed = pasted(source, case, advice.code)
    else:
        raise Unapplied(f"no diff, and no place for the code {advice.code!r}")
    for old, new in case.reads:
        # A diff may change the place that reads by itself.
        if new not in _added(advice.diff or ""):
            changed = _replaced(changed, case, old, new)
    target = folder / f"{file.stem}_{case.name}.py"
    target.write_text(changed)
    return _load(target, case)


def _added(diff: str) -> str:
    return "\n".join(line[1:] for line in diff.splitlines() if line.startswith("+"))


def patched(source: str, diff: str) -> str:
    """Return a text with a unified diff applied. Raises Unapplied where a line is not what the diff says."""
    lines, result, done = source.splitlines(keepends=True), [], 0
    for start, hunk in _hunks(diff):
        result += lines[done : start - 1]
        done = start - 1
        for line in hunk:
            mark, text = line[:1], line[1:]
            if mark in {" ", "-"}:
                if done >= len(lines) or lines[done].rstrip("\n") != text:
                    raise Unapplied(f"line {done + 1} is not {text!r}")
                done += 1
            if mark in {" ", "+"}:
                result.append(text + "\n")
    return "".join(result + lines[done:])


def pasted(source: str, case: Case, code: str) -> str:
    """Return a text with code put where the case says, in its own function."""
    line = next((line for line in source.splitlines() if line.strip() == case.at), "")
    indent = line[: len(line) - len(line.lstrip())]
    code = code.replace("\n", f"\n{indent}")
    return _replaced(source, case, case.at, case.at + code if code.startswith(".") else code)


def _replaced(text: str, case: Case, old: str, new: str) -> str:
    """Return a text with other code in place of ``old``, which stands once in the function of the case or in the file."""
    own = re.search(rf"^(?:async )?def {case.name}\(.*?(?=^\S|\Z)", text, re.MULTILINE | re.DOTALL)
    assert own is not None
    start, end = own.span() if own[0].count(old) else (0, len(text))
    # In the declaration of the case it stands in quotes.
    places = [start + match.start() for match in re.finditer(re.escape(old), text[start:end])]
    places = [place for place in places if text[place - 1] not in "\"'"]
    if len(places) != 1:
        raise Unapplied(f"{old!r} stands {len(places)} times in {case.id}")
    return f"{text[: places[0]]}{new}{text[places[0] + len(old) :]}"


def _hunks(diff: str) -> Iterator[tuple[int, list[str]]]:
    start, hunk = 0, list[str]()
    for line in diff.splitlines():
        head = _HUNK.match(line)
        if head:
            if hunk:
                yield start, hunk
            start, hunk = int(head[1]), []
        elif start:
            hunk.append(line)
    if not hunk:
        raise Unapplied(f"no hunk in {diff!r}")
    yield start, hunk


def _load(file: Path, case: Case) -> Work:
    """Run a changed file as a module of its own; its cases are declared already, its pages are asked for by its work alone."""
    known, pages = list(CASES), dict(PAGES)
    spec = importlib.util.spec_from_file_location(f"tests.corpus.fixed.{file.stem}", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
        own = dict(PAGES)
    finally:
        CASES[:] = known
        _serve(pages)
    work: Work = getattr(module, case.name)
    return _with_pages(work, own) if case.request else work


def _with_pages(work: Work, own: dict[str, Any]) -> Work:
    def asked(client: Any) -> Any:
        pages = dict(PAGES)
        _serve(own)
        try:
            return work(client)
        finally:
            _serve(pages)

    return asked


def _serve(pages: dict[str, Any]) -> None:
    """Let the addresses of the corpus lead to these views."""
    PAGES.clear()
    PAGES.update(pages)
    importlib.reload(importlib.import_module("tests.corpus.urls"))
    clear_url_caches()
