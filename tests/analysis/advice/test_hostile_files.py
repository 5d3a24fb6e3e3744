"""Files that are no source any more when the advice is written: it stays without a diff, and nothing waits or raises."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from queryscope.profiler.analysis.advice import lines
from queryscope.profiler.analysis.advice.lookups import call_of
from queryscope.profiler.analysis.advice.once import once
from queryscope.profiler.analysis.advice.source import MOST_BYTES, read, stamp
from queryscope.profiler.trace import Span
from tests.analysis.advice.test_doubt import BOOK, advised, loaded, place, views
from tests.builders import call_site

REPLACED: dict[str, Callable[[Path], object]] = {
    "a folder": Path.mkdir,
    "a pipe": os.mkfifo,
    "a link to itself": lambda file: file.symlink_to(file),
    "a device": lambda file: file.symlink_to("/dev/zero"),
    "bytes": lambda file: file.write_bytes(bytes(range(256)) * 100),
    "zeros": lambda file: file.write_text(BOOK.replace("found", "fo\0nd")),
    "one line of megabytes": lambda file: file.write_text("x = 1;" * MOST_BYTES),
    "brackets": lambda file: file.write_text("(" * 100_000),
    "a sum of thousands": lambda file: file.write_text("\n\n\nx = " + "+".join("1" * 20_000)),
    "minus upon minus": lambda file: file.write_text("\n\n\nx = " + "-" * 5_000 + "1"),
    "Python to come": lambda file: file.write_text(
        BOOK.replace("    return", "    with lazily import x ?? y:\n        ")
    ),
    "a codec for bytes": lambda file: file.write_text(f"# coding: hex\n{BOOK}"),
    "a codec of nobody": lambda file: file.write_text(f"# coding: nobody\n{BOOK}"),
    "half a surrogate": lambda file: file.write_text(f"# coding: raw_unicode_escape\n\n\n'\\ud800'; {BOOK}"),
    "nothing": lambda file: file.write_text(""),
}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
@pytest.mark.parametrize("make", REPLACED.values(), ids=REPLACED)
def test_a_file_that_was_replaced_has_no_diff(tmp_path: Path, make: Callable[[Path], object]) -> None:
    """The call to write is told all the same."""
    file = views(tmp_path)
    site = place(file)
    file.unlink()
    make(file)
    advice = advised(site)
    assert (advice.code, advice.diff) == ('.select_related("author")', None)
    assert once([loaded(site), loaded(site)]) is None


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_what_is_no_file_has_no_state(tmp_path: Path) -> None:
    """To open a pipe would hold up the writer for good."""
    pipe = tmp_path / "views.py"
    os.mkfifo(pipe)
    assert (stamp(str(pipe)), read(str(pipe)), stamp(str(tmp_path))) == (None, None, None)


def _asked(source: str) -> Span:
    return loaded(call_site(source=source))


def test_a_line_of_many_calls_is_judged_at_once() -> None:
    """The time does not double with each call in brackets."""
    chain = "books()" + ".all()" * 60
    before = time.perf_counter()
    assert lines.exists(_asked(f"x = bool({chain} or y)")) is None
    found = lines.exists(_asked(f"x = bool({chain})"))
    assert found is not None and found.code == f"x = {chain}.exists()"
    assert time.perf_counter() - before < 5


@pytest.mark.parametrize("argument", ["-" * 470 + "1", "(" * 240, "~" * 470, "not " * 120 + "1"])
def test_a_call_that_is_nested_too_deep_is_no_call(argument: str) -> None:
    """Or one that can be written down again: the rule that asks does not fail."""
    source = f"get(pk={argument})"
    call = call_of(call_site(source=source, column=1, line=1, end_line=1, end_column=len(source) + 1))
    assert call is None or call.keywords[0].arg == "pk"
