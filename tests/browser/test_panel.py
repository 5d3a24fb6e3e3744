"""The panel in a real toolbar: its look inside the page's shadow root, its theme, its keys, and a history of requests."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

PANEL = "queryscope-panel"


def open_panel(page: Page, address: str = "/books/") -> None:
    """Load a page of the bookshop, show the toolbar where it is folded, and open our panel."""
    page.goto(address)
    page.locator("#djDebug[data-theme]").wait_for(state="attached")
    handle = page.locator("#djShowToolBarButton")
    if handle.is_visible():
        handle.click()
    page.locator("a.QueryscopePanel").click()
    page.locator(f"{PANEL} .ddt-p").wait_for()


def style(page: Page, selector: str, name: str) -> str:
    """Return the computed value of a property."""
    return str(page.locator(selector).first.evaluate("(e, name) => getComputedStyle(e)[name]", name))


def test_shows_the_queries_of_the_page(page: Page) -> None:
    """Figures, the slowest site first with its bars, and the counts in the side bar."""
    open_panel(page)
    expect(page.locator(f"{PANEL} .fig").first).to_contain_text("Queries")
    rows = page.locator(f"{PANEL} [data-row]")
    expect(rows.first).to_contain_text("_book_row.html")
    assert rows.first.locator(".track rect").count() > 0
    expect(page.locator("#djdt-QueryscopePanel small")).to_contain_text("queries")


def test_neither_the_toolbar_nor_the_page_reaches_in(page: Page) -> None:
    """Sizes and faces are those of the design, not the toolbar's reset."""
    open_panel(page)
    assert style(page, f"{PANEL} .wf-r.q", "minHeight") == "24px"
    assert style(page, f"{PANEL} .ddt-t", "height") == "36px"
    assert style(page, f"{PANEL} .fig dd", "fontSize") == "20px"
    assert style(page, f"{PANEL} .wf-r.q", "gridTemplateColumns").split()[:3] == ["306px", "40px", "60px"]
    frame = page.locator("#QueryscopePanel .djDebugPanelContent").bounding_box()
    inside = page.locator(PANEL).bounding_box()
    assert frame is not None and inside is not None
    assert (inside["x"], inside["y"], inside["width"]) == (frame["x"], frame["y"], frame["width"])


@pytest.mark.parametrize(("theme", "surface"), [("light", "rgb(255, 255, 255)"), ("dark", "rgb(18, 20, 24)")])
def test_follows_the_system_and_the_toolbars_switch(page: Page, theme: str, surface: str) -> None:
    """At first as the system asks, then as the toolbar says."""
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    open_panel(page)
    assert style(page, f"{PANEL} .ddt-p", "backgroundColor") == surface
    bar = page.locator("#djDebug")
    before = bar.get_attribute("data-theme")
    while bar.get_attribute("data-theme") == before:
        page.locator("#djToggleThemeButton").click()
    assert style(page, f"{PANEL} .ddt-p", "backgroundColor") != surface


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_is_accessible(page: Page, theme: str) -> None:
    """axe finds nothing in the panel; the rest of the page is not ours."""
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    open_panel(page)
    results = Axe().run(page, context={"fromShadowDom": ["#djDebugRoot", "#QueryscopePanel .djdt-scroll"]})
    assert results.violations_count == 0, results.generate_report()


def test_arrows_move_and_enter_opens_the_dashboard(page: Page) -> None:
    """The list is one tab stop; Enter leads to the row's slowest query."""
    open_panel(page)
    rows = page.locator(f"{PANEL} [data-row]")
    rows.first.click()
    page.keyboard.press("ArrowDown")
    expect(rows.nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")
    number = rows.first.get_attribute("data-n")
    with page.context.expect_page() as opened:
        page.keyboard.press("Enter")
    opened.value.wait_for_load_state()
    assert opened.value.url.endswith(f"?n={number}")


def test_the_link_opens_the_request_in_the_dashboard(page: Page) -> None:
    """The request page of the same request."""
    open_panel(page)
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Open in dashboard").click()
    expect(opened.value.locator("h1")).to_contain_text("/books/")


def test_a_json_response_through_the_history(page: Page) -> None:
    """The history panel switches to a request that the page made, and the panel shows that one."""
    open_panel(page)
    page.evaluate("fetch('/api/books/?format=json').then((answer) => answer.text())")
    page.locator("a.HistoryPanel").click()
    page.locator("#HistoryPanel button:has-text('Refresh')").click()
    row = page.locator("#HistoryPanel tr", has_text="/api/books/")
    bar = page.locator("#djDebug")
    shown = bar.get_attribute("data-request-id") or ""
    row.locator("button:has-text('Switch')").first.click()
    # The toolbar replaces its panels when the answer has come; a panel opened earlier would be thrown away with them.
    expect(bar).not_to_have_attribute("data-request-id", shown)
    page.locator("a.QueryscopePanel").click()
    expect(page.locator(f"{PANEL} .ddt-t")).to_contain_text("GET /api/books/?format=json")


def test_asks_again_while_the_trace_is_being_written(page: Page) -> None:
    """An answer that came too early is replaced as soon as the trace is there, without a click."""
    early = (
        '<queryscope-panel data-again="AGAIN" data-waiting><template><div class="ddt-theme"><div class="qs ddt-p">'
        '<button type="button" data-again>Try again</button></div></div></template></queryscope-panel>'
    )
    open_panel(page)
    page.locator(PANEL).evaluate(
        "(element, early) => { element.parentNode.innerHTML = early.replace('AGAIN', element.dataset.again) }",
        early,
    )
    expect(page.locator(f"{PANEL} .fig").first).to_contain_text("Queries")
    assert page.locator(PANEL).get_attribute("data-waiting") is None


def test_no_name_is_left_in_the_page(page: Page) -> None:
    """The module defines no global."""
    page.goto("/books/")
    before = set(page.evaluate("Object.keys(window)"))
    open_panel(page)
    assert set(page.evaluate("Object.keys(window)")) - before == set()
