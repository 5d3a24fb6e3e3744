"""A request with everything that can be recorded, in a real browser: phases, places, connections, size, accessibility."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace
from playwright.sync_api import Page, Response, expect

from queryscope.profiler.report import Report
from queryscope.profiler.store import Store
from queryscope.profiler.trace import AliasTotals, FieldSite
from tests import builders as b
from tests.browser.conftest import check_accessible
from tests.browser.site import Site
from tests.dashboard import thousand

BYTES = 300_000
VISIBLE_MS = 2_000
"""Far above what it takes: the machine may be busy."""
IDS = {"thousand": f"{0xB1:032x}", "connected": f"{0xB2:032x}"}


def connected() -> Report:
    """Return a request that opened a connection, listed books and followed a relation from each."""
    whole = thousand.report(count=60, sites=3)
    set_up = tuple(
        b.span(n, start_ms=0.2 + n * 0.3, duration_ms=0.2, connecting=True, sql="SET TIME ZONE %s", kind="other", tables=(), rows=None)
        for n in (1, 2)
    )  # fmt: skip
    field = FieldSite(kind="serializer", owner="catalog.api.BookSerializer", path="author.country")
    spans = tuple(
        replace(span, n=span.n + 2, field_site=field, origin=span.origin and replace(span.origin, span=3))
        for span in whole.trace.spans
    )
    totals = AliasTotals(
        vendor="postgresql", server_version="16.4", queries=60, db_ms=490.0, connects=1, connect_ms=3.1
    )
    return replace(
        whole, trace=replace(whole.trace, spans=(*set_up, *spans), by_alias={"default": totals}, queries=60)
    )


@pytest.fixture(scope="module")
def pages(site: Site) -> dict[str, str]:
    """The path of each report's page."""
    reports = {"thousand": thousand.report(), "connected": connected()}
    store = Store(site.folder / ".queryscope" / "store.sqlite3")
    now = datetime.now(UTC).isoformat()
    for name, report in reports.items():
        store.append([replace(report, trace=replace(report.trace, id=IDS[name], started_at=now))])
    store.close()
    return {name: f"/queryscope/requests/{trace_id}/" for name, trace_id in IDS.items()}


@pytest.mark.parametrize("view", ["site", "time", "table"])
def test_1000_queries_open_small_and_at_once(page: Page, pages: dict[str, str], view: str) -> None:
    """All that the browser fetches for a first visit, our own scripts and styles with it."""
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(f"{pages['thousand']}?view={view}")
    row = page.locator("#picture [data-row]").first
    expect(row).to_be_visible()
    visible = page.evaluate("performance.now()")
    expect(page.locator("#drawer h2")).to_be_visible()
    page.wait_for_load_state("networkidle")
    sizes = {answer.url: len(answer.body()) for answer in answers if answer.ok}
    assert sum(sizes.values()) < BYTES, sizes
    assert visible < VISIBLE_MS


def test_the_set_up_of_a_connection_opens_like_a_site(page: Page, pages: dict[str, str]) -> None:
    """A quiet row above the sites; its statements are shown, and zooming redraws it."""
    page.goto(pages["connected"])
    row = page.locator("#connect")
    expect(row).to_contain_text("Connection set up: 2 statements, not counted")
    expect(page.locator("#n1")).to_be_hidden()
    row.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#n1")).to_be_visible()
    page.keyboard.press("+")
    expect(row.locator("rect").first).to_be_attached()
    expect(page.locator("section", has_text="Databases").last).to_contain_text(
        "1 connection opened in 3.10 ms"
    )


def test_a_query_leads_to_what_fetched_its_rows(page: Page, pages: dict[str, str]) -> None:
    """By the keyboard as well: the link shows the list's query in the drawer."""
    page.goto(f"{pages['connected']}?n=20")
    drawer = page.locator("#drawer")
    expect(drawer).to_contain_text("Follows Book.author from each of")
    expect(drawer).to_contain_text("serializer BookSerializer, field author.country")
    expect(drawer.locator("h3", has_text="Its rows were built at")).to_be_visible()
    drawer.get_by_role("link", name="query 3").press("Enter")
    expect(drawer).to_have_attribute("data-n", "3")
    expect(drawer.locator("h3", has_text="Built at").first).to_be_visible()
    expect(drawer.locator(".phs tbody tr")).to_have_count(5)


def test_what_the_browser_draws_is_what_the_server_drew(page: Page, pages: dict[str, str]) -> None:
    """Bars of all phases: zoomed in and back, they stand where they stood."""
    page.goto(pages["connected"])
    marks = "els => els.map((el) => [el.getAttribute('class'), Math.round(el.getBoundingClientRect().x), Math.round(el.getBoundingClientRect().width)])"
    bars = page.locator("#s2 .track g rect")
    expect(bars.first).to_be_attached()
    drawn = bars.evaluate_all(marks)
    assert {css for css, *_ in drawn} >= {"p-construct", "p-compile", "p-execute", "p-fetch", "p-hydrate"}
    page.locator("#s2").focus()
    for key in ("+", "0"):
        page.keyboard.press(key)
        page.wait_for_timeout(300)
    assert bars.evaluate_all(marks) == drawn


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("n", [3, 20])
def test_the_whole_drawer_is_accessible(
    page: Page, pages: dict[str, str], theme: Any, width: int, n: int
) -> None:
    """axe finds nothing, in both themes, wide and on a phone."""
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{pages['connected']}?n={n}")
    expect(page.locator("#drawer h2")).to_be_visible()
    check_accessible(page)
