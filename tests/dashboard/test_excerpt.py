"""Source lines in the drawer: read from the files a trace names, and from no others."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from queryscope.dashboard.presentation.request import excerpt as module
from queryscope.dashboard.presentation.request.excerpt import Excerpt, excerpt
from queryscope.profiler.trace import Process, Trace
from tests import builders as b

LINES = [
    "def view(request):",
    "    books = all_books()",
    "    for book in books:",
    "        book.author",
    "    return 1",
]


@pytest.fixture
def views(tmp_path: Path) -> Path:
    file = tmp_path / "views.py"
    file.write_text("\n".join(LINES) + "\n")
    return file


def trace(host: str | None = None, **site: Any) -> Trace:
    span = b.span(1, call_site=b.call_site(line=3, **{"source": LINES[2]} | site))
    return b.trace(spans=(span,), process=Process(pid=1, host=host or socket.gethostname()))


def shown(of: Trace) -> Excerpt:
    site = of.spans[0].call_site
    assert site is not None
    found = excerpt(site, of)
    assert found is not None
    return found


def texts(found: Excerpt) -> list[str]:
    return ["".join(piece.text for piece in line.pieces) for line in found.lines]


def test_two_lines_around_stand_beside_the_recorded_one(views: Path) -> None:
    """Five lines, the recorded one marked, coloured, and nothing to remark."""
    found = shown(trace(file=str(views)))
    assert texts(found) == LINES
    assert [line.number for line in found.lines if line.hit] == ["3"]
    assert ("k", "for") in [(piece.css, piece.text) for piece in found.lines[2].pieces]
    assert found.note == ""


def test_a_changed_file_shows_the_recorded_line_and_says_so(views: Path) -> None:
    """What ran is what was recorded."""
    found = shown(trace(file=str(views), source="    for book in books.iterator():"))
    assert texts(found)[2] == "    for book in books.iterator():"
    assert found.note == module.CHANGED


def test_a_file_that_changed_before_the_recording_is_named_so(views: Path) -> None:
    """The process ran older code than the file held."""
    assert shown(trace(file=str(views), source_changed=True)).note == module.CHANGED_BEFORE


def test_a_file_that_is_gone_leaves_the_recorded_line(tmp_path: Path) -> None:
    """The line was stored with the trace."""
    found = shown(trace(file=str(tmp_path / "gone.py")))
    assert texts(found) == [LINES[2].strip()]
    assert found.note == module.GONE


def test_files_of_another_host_are_not_read(views: Path) -> None:
    """The same path may be another file here."""
    found = shown(trace(host="elsewhere", file=str(views)))
    assert texts(found) == [LINES[2].strip()]
    assert found.note == "Recorded on elsewhere: its files cannot be read here."


def test_a_call_site_that_is_no_python_file_is_not_read(tmp_path: Path) -> None:
    """A trace must not become a way to read the rest of the disk."""
    secret = tmp_path / "secret.txt"
    secret.write_text("\n".join(LINES))
    assert texts(shown(trace(file=str(secret)))) == [LINES[2].strip()]


def test_a_site_the_trace_does_not_name_is_not_read(views: Path) -> None:
    """Only frames and templates of this very trace are opened."""
    found = excerpt(b.call_site(file=str(views), line=3, source="x"), trace())
    assert found is not None
    assert texts(found) == ["x"]


def test_a_relative_path_is_not_read(views: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would mean whatever folder this process happens to be in."""
    monkeypatch.chdir(views.parent)
    assert len(shown(trace(file="views.py")).lines) == 1


def test_a_huge_file_is_not_read(views: Path) -> None:
    """Generated modules may hold megabytes."""
    views.write_text("x\n" * module.MAX_FILE_BYTES)
    assert shown(trace(file=str(views))).note == module.GONE


def test_a_template_is_coloured_as_one(tmp_path: Path) -> None:
    """Tags and attributes have their classes, and markup stays text."""
    file = tmp_path / "book_list.html"
    file.write_text('<p class="by">\n  {{ book.author }}\n</p>\n')
    site = b.template_site(file=str(file), line=2, source="  {{ book.author }}")
    span = b.span(1, template_site=site, via_template=True)
    found = excerpt(site, b.trace(spans=(span,), process=Process(pid=1, host=socket.gethostname())))
    assert found is not None
    assert texts(found) == ['<p class="by">', "  {{ book.author }}", "</p>"]
    assert "g" in {piece.css for piece in found.lines[0].pieces}


def test_without_a_line_of_source_there_is_no_excerpt() -> None:
    """An empty box would say nothing."""
    site = b.call_site(line=None, source=None, file="/nowhere.py")
    assert excerpt(site, b.trace(spans=(b.span(1, call_site=site),))) is None
