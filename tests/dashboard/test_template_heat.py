"""The heat of the templates: costs beside source lines, the include chain, and what is said where the source is not what ran."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from queryscope.dashboard.presentation.request.excerpt import CHANGED, CHANGED_BEFORE
from queryscope.dashboard.presentation.request.page import Wanted, picture_of
from queryscope.dashboard.presentation.request.template_heat import Heat, has_templates, heat_of
from queryscope.profiler.finding import Finding
from queryscope.profiler.trace import Process, TemplateLine, TemplateSite, Trace
from tests import builders as b
from tests.dashboard import lantern

SOURCE = "".join(f"<p>line {number}</p>\n" for number in range(1, 41))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "book_list.html"
    path.write_text(SOURCE)
    return path


def site(file: Path, line: int, **changes: Any) -> TemplateSite:
    around = TemplateLine(name="base.html", file=None, line=9, source="{% include 'book_list.html' %}")
    values: dict[str, Any] = {"file": str(file), "source": f"<p>line {line}</p>", "chain": (around,)}
    return b.template_site("book_list.html", line, **values | changes)


def trace(*sites: TemplateSite) -> Trace:
    spans = tuple(
        b.span(n, template_site=place, via_template=True, duration_ms=float(n))
        for n, place in enumerate(sites, 1)
    )
    return b.trace(spans=spans, process=Process(pid=1, host=socket.gethostname()))


def heat(made: Trace, findings: tuple[Finding, ...] = ()) -> Heat:
    return heat_of(made, "", findings)


def test_costs_stand_beside_the_lines_that_ran_them(file: Path) -> None:
    """With the lines around, and a cut where lines are left out."""
    inner, outer = heat(trace(site(file, 10), site(file, 10), site(file, 30))).templates
    assert inner.name == "book_list.html"
    assert [row.number for row in inner.rows] == [str(n) for n in (8, 9, 10, 11, 12, 28, 29, 30, 31, 32)]
    costs = {row.number: (row.queries, row.ms, row.n) for row in inner.rows if row.queries}
    assert costs == {"10": ("2", "3.00", 2), "30": ("1", "3.00", 3)}
    assert [row.number for row in inner.rows if row.gap] == ["28"]
    assert "".join(piece.text for piece in inner.rows[0].pieces) == "<p>line 8</p>"
    assert inner.ways == ("base.html:9",)
    assert outer.name == "base.html"
    assert outer.rows[0].below == "3 queries, 6.00 ms in what it includes"


def test_a_line_that_changed_since_is_the_recorded_one(file: Path) -> None:
    """It is what ran, and the note says so."""
    (inner, _) = heat(trace(site(file, 10, source="{{ book.author }}"))).templates
    assert inner.note == CHANGED
    hot = next(row for row in inner.rows if row.queries)
    assert "".join(piece.text for piece in hot.pieces) == "{{ book.author }}"
    (early, _) = heat(trace(site(file, 10, source_changed=True))).templates
    assert early.note == CHANGED_BEFORE


def test_without_the_file_the_recorded_lines_are_left(file: Path) -> None:
    """Deleted, on another machine, or shorter than it was."""
    made = trace(site(file, 60), site(file, 10))
    assert len(heat(made).templates[0].rows) == 6
    file.unlink()
    gone = heat(made).templates[0]
    assert [row.number for row in gone.rows] == ["10", "60"]
    assert gone.note == "The file cannot be read any more."


def test_lines_carry_the_findings_they_prove(file: Path) -> None:
    """As the rows of the timeline do."""
    found = b.finding(spans=(1,))
    row = next(row for row in heat(trace(site(file, 10)), (found,)).templates[0].rows if row.queries)
    assert (row.found, [badge.css for badge in row.badges]) == ("f1", ["high"])


def test_only_traces_with_templates_offer_it() -> None:
    """An API that renders none has no such part."""
    assert has_templates(lantern.report().trace)
    plain = b.report()
    assert not has_templates(plain.trace)
    assert "Templates" not in [view.name for view in picture_of(plain, Wanted(), "/x/").views]
    assert "Templates" in [view.name for view in picture_of(lantern.report(), Wanted(), "/x/").views]
    assert heat(plain.trace).templates == ()
