"""The loop around an expression is found by the text of its lines, wherever the expression stands in it."""

from __future__ import annotations

import linecache
import sys
from pathlib import Path
from typing import Any

import pytest

from queryscope.profiler.capture.loop_heads import loop_around

CASES: dict[str, tuple[str, str | None]] = {
    "alone": ("rows = CALL()", None),
    "in a for": ("for slug in slugs:\n    CALL(slug)", "for slug in slugs:"),
    "deeper in a for": ("for slug in slugs:\n    if slug:\n        x = (\n            CALL(slug))", "for slug in slugs:"),
    "in a while": ("while node:\n    node = CALL(node)", "while node:"),
    "gone through": ("for row in CALL():\n    pass", None),
    "gone through, in another": ("for a in slugs:\n    for row in CALL():\n        pass", "for a in slugs:"),
    "after a loop": ("for slug in slugs:\n    pass\nCALL()", None),
    "in a comprehension": ("x = [CALL(slug) for slug in slugs]", "for slug in slugs]"),
    "gone through by one": ("x = [row for row in CALL()]", None),
    "in one over lines": ("x = [\n    CALL(slug)\n    for slug in slugs\n]", "for slug in slugs"),
    "in a generator": ("x = list(CALL(slug) for slug in slugs)", "for slug in slugs)"),
    "in a function in a loop": ("for slug in slugs:\n    def f():\n        CALL()\n    f()", None),
    "the innermost": ("for a in slugs:\n    for b in slugs:\n        CALL()", "for b in slugs:"),
    "past a comment": ("for slug in slugs:\n# nothing\n    CALL()", "for slug in slugs:"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_head_of_the_loop(name: str, tmp_path: Path) -> None:
    """With the position that Python itself gives a call that is running."""
    source, head = CASES[name]
    file = tmp_path / "case.py"
    file.write_text(source + "\n")
    found: list[str | None] = []

    def call(*_: Any) -> list[Any]:
        frame = sys._getframe(1)
        positions = list(frame.f_code.co_positions())[frame.f_lasti // 2]
        line, end_line, _start, end = positions
        found.append(loop_around(str(file), line, end_line, None if end is None else end + 1))
        return []

    exec(compile(source, str(file), "exec"), {"CALL": call, "slugs": ["a"], "node": True})  # noqa: S102
    assert found[0] == head


def test_what_cannot_be_read_has_no_loop(tmp_path: Path) -> None:
    """No file, no line, a line that is not there."""
    linecache.checkcache()
    assert loop_around(str(tmp_path / "none.py"), 3, 3, 1) is None
    assert loop_around(__file__, None, None, None) is None
    assert loop_around(__file__, 10_000, 10_000, 1) is None
