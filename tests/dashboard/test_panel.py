"""The panel in django-debug-toolbar: what it keeps of a request, and what it shows when it is opened."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from debug_toolbar.store import get_store
from django.test import AsyncClient, Client
from django.urls import include, path, reverse
from django.utils.html import escape

from demo.catalog.models import Country
from queryscope.dashboard import panel
from queryscope.dashboard.pages import render_to_string
from queryscope.dashboard.presentation.panel import MOST_ROWS, page_of
from queryscope.profiler.checks import MIDDLEWARE
from queryscope.profiler.config import Config
from queryscope.profiler.store import current_store
from tests import builders
from tests.conftest import Recording, run_async
from tests.dashboard import lantern

EVIL = "</template><script>alert(1)</script>\"'&"

urlpatterns = [path("__debug__/", include("debug_toolbar.urls"))]
"""A site with the toolbar and without the dashboard."""


@pytest.fixture(autouse=True)
def toolbar(settings: Any, recording: Recording, transactional_db: None) -> None:
    """The bookshop with the toolbar shown, an empty database, and recording on."""
    settings.DEBUG = True
    get_store().clear()


def newest() -> str:
    """Return the toolbar's id of the last request that it looked at."""
    return str(list(get_store().request_ids())[-1])


def opened() -> str:
    """Return what the panel shows of the last request when it is opened."""
    parameters = {"request_id": newest(), "panel_id": "QueryscopePanel"}
    answer = Client().get(reverse("djdt:render_panel"), parameters)
    assert answer.status_code == 200
    content: str = answer.json()["content"]
    return content


def kept() -> dict[str, Any]:
    """Return what the panel keeps of the last request in the toolbar's store."""
    found: dict[str, Any] = get_store().panel(newest(), "QueryscopePanel")
    return found


def rendered(**changes: Any) -> str:
    """Return the panel of a trace that is not stored."""
    context = {"page": page_of(builders.report(**changes), Config()), "styles": [], "again": "/again/"}
    return render_to_string("queryscope/panel/panel.html", context)


class Tags(HTMLParser):
    """The names of all elements of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.names.append(tag)


def test_a_page_shows_its_queries(recording: Recording) -> None:
    """Figures, the line that asked, the server and the link come from the store."""
    Client().get("/books/")
    trace = recording.trace
    content = opened()
    assert kept()["trace_id"] == trace.id
    assert kept()["queries"] == trace.queries > 0
    assert kept()["db_ms"] == pytest.approx(trace.db_ms)  # with the fetch, which is most of it on SQLite
    assert f"<dt>Queries</dt><dd>{trace.queries}</dd>" in content
    assert "catalog/views/books.py" in content
    assert "GET /books/" in content
    assert f'href="/queryscope/requests/{trace.id}/"' in content
    assert "Profiling cost" in content and trace.by_alias["default"].server_version in content


def test_the_side_bar_has_the_counts() -> None:
    """The button in the side bar of the page itself says how much there was."""
    response = Client().get("/books/")
    queries = kept()["queries"]
    assert f"<br><small>{queries} quer" in response.content.decode()


def test_what_is_kept_is_plain_json() -> None:
    """Any store of the toolbar can hold it."""
    Client().get("/books/")
    stats = kept()
    assert json.loads(json.dumps(stats)) == stats


def test_a_json_response_is_in_the_history(recording: Recording) -> None:
    """The history switches the side bar to a response that carries no toolbar, and the panel opens for it."""
    client = Client()
    client.get("/api/books/?format=json")
    queries = recording.trace.queries
    side_bar = client.get(reverse("djdt:history_sidebar"), {"request_id": newest()}).json()
    assert f"{queries} quer" in side_bar["QueryscopePanel"]["button"]
    assert "/api/books/?format=json" in opened()


def test_an_async_view(recording: Recording) -> None:
    """The panel is there under ASGI, with the view's queries."""
    Country.objects.create(code="no", name="Norway")
    response = run_async(_get("/books/spotlight/"))
    assert response.status_code == 200
    assert recording.trace.id == kept()["trace_id"]
    assert "queryscope-panel" in opened()


async def _get(address: str) -> Any:
    return await AsyncClient().get(address)


def test_panels_rendered_at_once_wait_for_their_trace(settings: Any, recording: Recording) -> None:
    """While the response is made its trace is not stored: the panel says so and asks again."""
    settings.DEBUG_TOOLBAR_CONFIG = {"RENDER_PANELS": True}
    response = Client().get("/books/")
    text = response.content.decode()
    assert "still being written" in text and "data-waiting" in text
    assert f"request_id={newest()}" in text
    assert recording.trace.id == kept()["trace_id"]
    content = opened()
    assert "data-waiting" not in content and "<dt>Queries</dt>" in content


def test_panels_rendered_at_once_under_asgi(settings: Any, recording: Recording) -> None:
    """Nothing is read from the store in the event loop."""
    settings.DEBUG_TOOLBAR_CONFIG = {"RENDER_PANELS": True}
    response = run_async(_get("/books/"))
    assert "still being written" in response.content.decode()
    assert recording.trace.id == kept()["trace_id"]


def test_a_trace_that_was_removed(recording: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limits are named; a trace that is missing a moment after the response is on its way."""
    Client().get("/books/")
    recording.store.clear()
    assert "still being written" in opened()
    monkeypatch.setattr(panel, "PENDING_SECONDS", 0.0)
    content = opened()
    assert "This request is not kept" in content
    assert "keeps 5,000 traces" in content and "168 hours" in content
    assert "Open in dashboard" not in content


def test_no_queries(recording: Recording) -> None:
    """A page that asked nothing says how long it took."""
    Client().get("/")
    assert recording.trace.queries == 0
    content = opened()
    assert "This request ran no queries" in content and "were spent in Python" in content


@pytest.mark.parametrize(
    ("option", "value", "reason"),
    [
        ("ENABLED", False, "Recording is off"),
        ("IGNORE_PATHS", (r"^/books/",), "IGNORE_PATHS"),
        ("SAMPLE", 0.0, "is 0: that share of the requests is recorded"),
    ],
)
def test_why_a_request_was_not_recorded(recording: Recording, option: str, value: Any, reason: str) -> None:
    """The setting that decided is named."""
    recording.set(**{option: value})
    response = Client().get("/books/")
    assert kept()["trace_id"] is None
    content = opened()
    assert "This request was not recorded" in content and reason in content
    assert "<br><small>not recorded</small>" in response.content.decode()


def test_the_toolbar_without_our_middleware(settings: Any) -> None:
    """The panel says what to set."""
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if name != MIDDLEWARE]
    Client().get("/books/")
    content = opened()
    assert "is not in MIDDLEWARE" in content
    assert escape(f'"{MIDDLEWARE}"') in content


def test_our_middleware_behind_the_toolbar(settings: Any, recording: Recording) -> None:
    """The trace is closed when the toolbar looks, and is shown all the same."""
    settings.MIDDLEWARE = [*[name for name in settings.MIDDLEWARE if name != MIDDLEWARE], MIDDLEWARE]
    Client().get("/books/")
    assert recording.trace.id == kept()["trace_id"]
    assert kept()["queries"] == recording.trace.queries > 0
    assert kept()["db_ms"] == pytest.approx(recording.trace.db_ms)
    assert "<dt>Queries</dt>" in opened()


def test_without_the_dashboard(settings: Any, recording: Recording) -> None:
    """Where the dashboard is not mounted there is no link to it, and the panel's files are there."""
    settings.ROOT_URLCONF = __name__
    Client().get("/nowhere/")
    recording.store.append([builders.report(id="e" * 32)])
    get_store().save_panel(newest(), "QueryscopePanel", {"trace_id": "e" * 32, "queries": 2, "db_ms": 3.0})
    content = opened()
    assert "<dt>Queries</dt>" in content
    assert "Open in dashboard" not in content and "/queryscope/requests/" not in content
    answer = Client().get(panel._asset_url("panel.css"))
    assert answer.status_code == 200 and answer["Content-Type"].startswith("text/css")


def test_files_of_the_panel_are_served_and_not_recorded(recording: Recording) -> None:
    """Script and styles come from under the toolbar's prefix, for good; nothing of it is a trace."""
    client = Client()
    for name in (*panel.STYLES, "panel.js"):
        answer = client.get(panel._asset_url(name))
        assert answer.status_code == 200
        assert "immutable" in answer["Cache-Control"]
    client.get("/")
    opened()
    assert [summary.path for summary in recording.summaries] == ["/"]


def test_a_store_that_cannot_be_read(recording: Recording) -> None:
    """The sentence of the store's error stands in the panel."""
    Client().get("/books/")
    file = recording.store.location
    current_store().close()
    for suffix in ("", "-wal", "-shm"):
        with open(file + suffix, "wb") as damaged:
            damaged.write(b"no database " * 1000 if not suffix else b"")
    content = opened()
    assert "The store cannot be read" in content and "is damaged" in content


def test_an_error_of_ours_leaves_the_page_alone(recording: Recording) -> None:
    """Settings that nobody checked break the panel, not the response."""
    recording.set(KEEP_HOURS="long")
    assert Client().get("/").status_code == 200


def test_markup_is_text() -> None:
    """No string of a trace becomes an element: not the path, the place, the statement or the server's version."""
    span = builders.span(
        sql=EVIL,
        tables=(EVIL,),
        alias=EVIL,
        error=EVIL,
        call_site=builders.call_site(EVIL, function=EVIL),
        template_site=builders.template_site(EVIL),
    )
    by_alias = {EVIL: builders.trace().by_alias["default"]}
    plain, evil = rendered(), rendered(spans=(span,), path=EVIL, name=EVIL, view=EVIL, by_alias=by_alias)
    assert "script" not in Tags(evil).names
    assert Tags(evil).names.count("template") == Tags(plain).names.count("template") == 1
    assert escape(EVIL) in evil


def test_a_path_with_markup(recording: Recording) -> None:
    """The same from the request to the panel."""
    Client().get("/books/", {"q": EVIL})
    recording.store.last_seq()
    assert "script" not in Tags(opened()).names


def test_findings_come_first() -> None:
    """The worst ones with their advice, the rest by their letters; the rows of the timeline carry the badges."""
    four = (*lantern.findings(), builders.finding("f4", "slow-query", severity="low", spans=(9,)))
    page = page_of(lantern.report(findings=four), Config())
    assert page.found is not None and page.picture is not None
    assert [row.id for row in page.found.rows] == ["f1", "f2", "f3"]
    assert page.found.rest == "1 more finding: SLOW"
    assert page.found.count == "4 findings"
    marked = {row.site.path: [badge.css for badge in row.badges] for row in page.picture.rows if row.site}
    assert marked["catalog/models.py"] == ["high"]
    shown = render_to_string(
        "queryscope/panel/panel.html", {"page": page, "dashboard": "/queryscope/requests/x/"}
    )
    assert shown.index("Reviews are counted once per book") < shown.index('role="treegrid"')
    assert 'data-found="4 findings"' in shown
    assert page_of(lantern.report(), Config()).found is None


@pytest.mark.parametrize(("cold", "times"), [(True, 1), (False, 0), (None, 0)])
def test_findings_of_a_cold_run_are_said_to_be(cold: bool | None, times: int) -> None:
    """Once, with what that means; a warm run is what a reader expects."""
    page = page_of(lantern.report(findings=lantern.findings(), cold=cold), Config())
    shown = render_to_string("queryscope/panel/panel.html", {"page": page})
    assert shown.count("cold run</span>") == shown.count("The first of its kind in its process") == times


def test_sites_stand_slowest_first() -> None:
    """Each call site is a row with its count and its time."""
    spans = (
        builders.span(1, site_id="one", duration_ms=1.0),
        builders.span(2, site_id="two", duration_ms=4.0, call_site=builders.call_site("shop/cart.py", 12)),
        builders.span(3, site_id="two", duration_ms=5.0, call_site=builders.call_site("shop/cart.py", 12)),
    )
    text = rendered(spans=spans)
    assert text.index("shop/cart.py") < text.index("catalog/views.py")
    assert re.search(r"×\s2<", text) and ">9.00<" in text


def test_what_is_not_drawn_is_said() -> None:
    """Beyond a hundred call sites the rest is counted, and so is what the limits left out."""
    spans = tuple(builders.span(n, site_id=f"{n:08x}", duration_ms=1.0) for n in range(1, MOST_ROWS + 11))
    text = rendered(spans=spans, truncated=type(builders.trace().truncated)(spans=7))
    assert text.count('data-kind="site"') == MOST_ROWS
    assert "10 more call sites with 10 queries, 10.0 ms." in text
    assert "7 statements counted but not kept" in text


def test_several_databases_are_named() -> None:
    """With one database its server is named, with several each with its alias."""
    one = builders.trace().by_alias["default"]
    assert "<span>PostgreSQL 16.4</span>" in rendered()
    assert "default: PostgreSQL 16.4, other: PostgreSQL 16.4" in rendered(
        by_alias={"default": one, "other": one}
    )


@pytest.mark.parametrize("client", [Client, AsyncClient])
def test_the_toolbar_leaves_our_pages_alone(client: Any) -> None:
    """It remembers few requests: a dashboard that polls would push out the pages that are looked at."""
    visit = client(headers={"host": "localhost"}).get
    for page in ("/about/", "/queryscope/", "/queryscope/rows/?after=0", "/queryscope/requests/last/"):
        answer = run_async(visit(page)) if client is AsyncClient else visit(page)
        assert answer.status_code in {200, 302}
    assert len(list(get_store().request_ids())) == 1
    assert kept()["trace_id"]
