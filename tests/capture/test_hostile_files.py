"""Source files that are none any more while the process still runs their code: no text, no wait, no exception."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from queryscope.profiler.capture.frames import check_files, line_of
from queryscope.profiler.capture.loop_heads import loop_around

TEXT = "for book in books:\n    print(book)\n"
REPLACED: dict[str, Callable[[Path], object]] = {
    "a folder": Path.mkdir,
    "a pipe": os.mkfifo,
    "a device": lambda file: file.symlink_to("/dev/zero"),
    "a codec for bytes": lambda file: file.write_text(f"# coding: hex\n{TEXT}"),
    "bytes": lambda file: file.write_bytes(bytes(range(256)) * 9),
    "gone": lambda file: None,
}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
@pytest.mark.parametrize("make", REPLACED.values(), ids=REPLACED)
def test_a_file_that_was_replaced_has_no_lines(tmp_path: Path, make: Callable[[Path], object]) -> None:
    """What was read before is forgotten."""
    file = tmp_path / "views.py"
    file.write_text(TEXT)
    assert line_of(str(file), 2) == "    print(book)"
    assert loop_around(str(file), 2, 2, 16) == "for book in books:"
    file.unlink()
    make(file)
    check_files({str(file)})
    assert line_of(str(file), 2) is None
    assert loop_around(str(file), 2, 2, 16) is None
