"""The line of a Django template, through everything that one template can do with another, and whether a file has changed."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from queryscope.profiler.capture import changes
from queryscope.profiler.capture.frames import resolve
from queryscope.profiler.capture.sites import Sites
from queryscope.profiler.trace import Span, TemplateSite
from tests.conftest import Recording
from tests.project import rendering

pytestmark = pytest.mark.usefixtures("stock")
CACHED = ("django.template.loaders.cached.Loader", ["django.template.loaders.filesystem.Loader"])


@pytest.fixture
def client(client: Client, settings: Any) -> Client:
    settings.ROOT_URLCONF = "tests.project.rendering"
    settings.TEMPLATES = [rendering.DJANGO]
    return client


def lines(site: TemplateSite) -> str:
    """Return the way outwards."""
    return " < ".join(f"{line.name.removeprefix('places/')}:{line.line}" for line in (site, *site.chain))


def rendered(recording: Recording) -> list[tuple[Span, TemplateSite]]:
    """Return the statements of templates in the newest trace."""
    return [(span, span.template_site) for span in recording.trace.spans if span.template_site is not None]


@pytest.mark.parametrize("loader", [CACHED, CACHED[1][0]], ids=["cached", "uncached"])
def test_templates_in_templates(client: Client, recording: Recording, settings: Any, loader: Any) -> None:
    """Blocks, ``block.super``, include and extends, in templates that are kept and in those that are not."""
    options = rendering.DJANGO["OPTIONS"] | {"loaders": [loader]}
    settings.TEMPLATES = [rendering.DJANGO | {"OPTIONS": options}]
    for _ in range(2):
        assert client.get("/page/django/page.html").status_code == 200
        assert [lines(site) for _, site in rendered(recording)] == [
            "base.html:1 < page.html:3 < page.html:1",
            "page.html:6 < base.html:3 < page.html:1",
            *["_row.html:2 < page.html:7 < page.html:6 < base.html:3 < page.html:1"] * 2,
        ]


def test_tags(client: Client, recording: Recording) -> None:
    """Tags with a body, tags that take arguments, tags of a library and a node that somebody wrote."""
    assert client.get("/page/django/tags.html").status_code == 200
    found = [(lines(site), span.tables[0].removeprefix("catalog_")) for span, site in rendered(recording)]
    assert found == [
        ("tags.html:2", "author"),
        ("tags.html:6 < tags.html:5", "publisher"),
        ("tags.html:8", "country"),
        ("tags.html:11", "book"),
        ("_shelf.html:2 < tags.html:12", "genre"),
        ("tags.html:13", "review"),
        ("tags.html:14 < tags.html:13", "review"),
        ("tags.html:16", "book"),
        ("tags.html:17 < tags.html:16", "author"),
        ("tags.html:17 < tags.html:16", "author"),
        ("tags.html:19", "book_genres"),
        ("tags.html:20 < tags.html:19", "review"),
        ("tags.html:20 < tags.html:19", "book_genres"),
    ]
    for _, site in rendered(recording):
        assert site.source == Path(site.file or "").read_text().splitlines()[(site.line or 0) - 1]


def test_a_tag_of_the_application(client: Client, recording: Recording) -> None:
    """Its own line is nearer to the statement than the template's, which is known too."""
    client.get("/page/django/tags.html")
    spans = {lines(site): span for span, site in rendered(recording)}
    for line, function in (("tags.html:11", "stock_count"), ("tags.html:13", "ReviewsNode.render")):
        site = spans[line].call_site
        assert site is not None
        assert site.function == function
        assert not spans[line].via_template


def test_a_template_from_a_string(client: Client, recording: Recording) -> None:
    """It has lines, and neither file nor text."""
    client.get("/string/django/")
    ((span, site),) = rendered(recording)
    assert (site.name, site.file, site.line, site.source) == ("<unknown source>", None, 2, None)
    assert not site.source_changed
    assert span.via_template


@pytest.mark.parametrize(
    ("loader", "changed"), [(CACHED, [False, True]), (CACHED[1][0], [False, False])], ids=["kept", "reloaded"]
)
def test_a_template_that_was_changed(
    client: Client, recording: Recording, settings: Any, tmp_path: Path, loader: Any, changed: list[bool]
) -> None:
    """One that is kept in memory is older than its file; one that is loaded again is not."""
    (tmp_path / "places").mkdir()
    file = tmp_path / "places" / "row.html"
    options = {"loaders": [loader]}
    settings.TEMPLATES = [rendering.DJANGO | {"DIRS": [tmp_path], "OPTIONS": options}]
    found = []
    for second, text in enumerate(("{{ book.author.name }}", "\n{{ book.publisher.city }}")):
        file.write_text(text)
        os.utime(file, (second, second))
        client.get("/page/django/row.html")
        ((_, site),) = rendered(recording)
        found.append(site.source_changed)
    assert found == changed


def test_a_module_that_was_changed(
    client: Client, recording: Recording, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What runs is the old one, and the text that is shown is the new one."""
    file = tmp_path / "changing_views.py"
    text = Path(rendering.__file__).with_name("views.py").read_text()
    file.write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    settings.ROOT_URLCONF = "changing_views"
    client.get("/plain/")
    assert [span.call_site.source_changed for span in recording.trace.spans if span.call_site] == [False]
    file.write_text("# one line more\n" + text)
    client.get("/raw/")
    sites = [span.call_site for span in recording.trace.spans if span.call_site]
    assert {(site.file, site.source_changed) for site in sites} == {(str(file), True)}, "also in a new place"
    file.unlink()
    client.get("/plain/")
    (site,) = [span.call_site for span in recording.trace.spans if span.call_site]
    assert (site.source_changed, site.source) == (True, None)
    monkeypatch.delitem(sys.modules, "changing_views")


def test_a_module_that_was_changed_before_its_first_statement(tmp_path: Path) -> None:
    """Modules are written down when they were loaded, not when the first statement of theirs is seen."""
    file = tmp_path / "quiet.py"
    file.write_text("def ask():\n    return 1\n")
    spec = importlib.util.spec_from_file_location("quiet", file)
    assert spec is not None
    assert spec.loader is not None
    sys.modules["quiet"] = module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
        Sites()
        file.write_text("def ask():\n    return 1 + 1\n")
        (frame,) = resolve([module.ask.__code__, 0])
        assert Sites().call_site(frame).source_changed
    finally:
        del sys.modules["quiet"]


def test_lazy_modules_are_left_lazy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asking one for its file would import it."""
    (tmp_path / "never_wanted.py").write_text("raise SystemExit\n")
    spec = importlib.util.spec_from_file_location("never_wanted", tmp_path / "never_wanted.py")
    assert spec is not None
    assert spec.loader is not None
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setitem(sys.modules, "never_wanted", module)
    monkeypatch.setitem(sys.modules, "no_module", object())  # type: ignore[arg-type]
    changes.note_modules()
    assert type(module) is not type(sys), "it is still lazy"
