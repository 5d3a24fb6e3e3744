"""Statements of a Jinja2 template name its own lines, through include, extends, macros and Django's templates."""

from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from queryscope.profiler.capture import jinja
from queryscope.profiler.trace import Span, TemplateSite
from tests.conftest import Recording
from tests.project import rendering

pytestmark = pytest.mark.usefixtures("stock")
PLACES = rendering.HERE / "jinja" / "places"


@pytest.fixture
def client(client: Client, settings: Any) -> Client:
    """The pages that both engines render."""
    settings.ROOT_URLCONF = "tests.project.rendering"
    settings.TEMPLATES = [rendering.DJANGO, rendering.JINJA]
    return client


def lines(site: TemplateSite | None) -> list[str]:
    """Return the way outwards as ``name:line``."""
    assert site is not None
    return [f"{line.name.removeprefix('places/')}:{line.line}" for line in (site, *site.chain)]


def found(recording: Recording) -> dict[str, list[Span]]:
    """Return the spans of the newest trace by their template line."""
    spans: dict[str, list[Span]] = {}
    for span in recording.trace.spans:
        if span.template_site is not None:
            spans.setdefault(lines(span.template_site)[0], []).append(span)
    return spans


def test_every_line_of_a_page(client: Client, recording: Recording) -> None:
    """Blocks, loops, conditions, includes, macros, calls and super: the line, and how it was reached."""
    assert b"Press" not in client.get("/page/jinja/page.html").content
    spans = found(recording)
    ways = {line: lines(each[0].template_site) for line, each in spans.items()}
    inside = ["base.html:3", "page.html:1"]
    assert ways == {
        "base.html:1": ["base.html:1", "page.html:4", "page.html:1"],
        "page.html:7": ["page.html:7", *inside],
        "_row.html:2": ["_row.html:2", "page.html:8", *inside],
        "macros.html:5": ["macros.html:5", "page.html:9", *inside],
        "page.html:12": ["page.html:12", *inside],
        "page.html:16": ["page.html:16", "macros.html:8", "page.html:15", *inside],
    }
    assert {line: len(each) for line, each in spans.items()} == {
        **dict.fromkeys(ways, 1), "_row.html:2": 2, "macros.html:5": 3,
    }  # fmt: skip
    site = spans["_row.html:2"][0].template_site
    assert site is not None
    assert (site.name, site.file) == ("places/_row.html", str(PLACES / "_row.html"))
    assert (site.source, site.source_changed) == ("  {{ book.author.name }}</p>", False)


def test_a_template_is_no_call_site(client: Client, recording: Recording) -> None:
    """The application's line is the one of the view; in the stack the template stands with its own lines."""
    client.get("/page/jinja/page.html")
    span = found(recording)["_row.html:2"][0]
    assert span.call_site is not None
    assert span.call_site.function == "page"
    assert span.via_template
    frame = next(frame for frame in span.stack if frame.file == str(PLACES / "_row.html"))
    assert (frame.line, frame.column, frame.library) == (2, None, False)
    assert frame.label == "tests/project/jinja/places/_row.html"


def test_the_rows_of_a_loop_share_their_site(client: Client, recording: Recording) -> None:
    """They are one query group, and another one than that of the next line."""
    client.get("/page/jinja/page.html")
    spans = found(recording)
    one, two = spans["_row.html:2"]
    assert one.site_id == two.site_id != spans["page.html:7"][0].site_id


def test_a_query_that_a_template_built(client: Client, recording: Recording) -> None:
    """The expression stands in the template, so its line is where the query was built."""
    client.get("/page/jinja/page.html")
    (built,) = found(recording)["macros.html:5"][0].build_sites
    assert (built.file, built.line) == (str(PLACES / "macros.html"), 5)
    assert built.source == "    {% for genre in book.genres.all() recursive %}"


def test_a_template_without_a_file(client: Client, recording: Recording) -> None:
    """It has lines, and no text; that it is gone before its statements are read does no harm."""
    client.get("/string/jinja/")
    gc.collect()
    (span,) = [span for span in recording.trace.spans if span.template_site]
    site = span.template_site
    assert site is not None
    assert (site.name, site.file, site.line, site.source) == ("<template>", None, 2, None)


def test_a_template_of_django_inside(client: Client, recording: Recording) -> None:
    """The innermost one is the place, the other one is on the way."""
    client.get("/page/jinja/outer.html")
    (span,) = [span for span in recording.trace.spans if span.template_site]
    assert lines(span.template_site) == ["part.html:3", "outer.html:2"]
    assert span.template_site is not None
    assert span.template_site.file == str(rendering.HERE / "templates/places/part.html")


def test_inside_a_template_of_django(client: Client, recording: Recording) -> None:
    """The same the other way round."""
    client.get("/page/django/outer.html")
    (span,) = [span for span in recording.trace.spans if span.template_site]
    assert lines(span.template_site) == ["part.html:2", "outer.html:3"]
    assert span.template_site is not None
    assert span.template_site.file == str(PLACES / "part.html")
    assert span.via_template


@pytest.mark.parametrize(("reload", "changed"), [(False, [False, True]), (True, [False, False])])
def test_a_template_that_was_changed(
    client: Client, recording: Recording, settings: Any, tmp_path: Path, reload: bool, changed: list[bool]
) -> None:
    """The one that still runs is older than its file, unless it was loaded again."""
    (tmp_path / "places").mkdir()
    file = tmp_path / "places" / "row.html"
    options = rendering.JINJA["OPTIONS"] | {"auto_reload": reload}
    settings.TEMPLATES = [rendering.JINJA | {"DIRS": [tmp_path], "OPTIONS": options}]
    found = []
    for second, text in enumerate(("{{ book.author.name }}", "\n\n{{ book.publisher.city }}")):
        file.write_text(text)
        os.utime(file, (second, second))
        client.get("/page/jinja/row.html")
        (site,) = [span.template_site for span in recording.trace.spans if span.template_site]
        found.append(site.source_changed)
    assert found == changed


def test_templates_that_are_gone_are_forgotten(client: Client, recording: Recording) -> None:
    """What is known of a template lives no longer than its code, also when its lines were looked up."""
    client.get("/string/jinja/")
    assert recording.trace
    gc.collect()
    before = len(jinja._known)
    made = [
        rendering.environment().from_string("{% macro m() %}" + str(n) + "{% endmacro %}") for n in range(20)
    ]
    assert len(jinja._known) == before + 40
    del made
    for _ in range(5):
        client.get("/string/jinja/")
    assert recording.trace.spans[-1].template_site
    gc.collect()
    assert len(jinja._known) <= before
