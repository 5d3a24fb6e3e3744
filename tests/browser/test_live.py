"""The live page as a person uses it: rows arrive, keys work, nothing is lost, nothing jumps."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Watched
from tests.browser.site import Site

LIVE = "/queryscope/"


def open_live(page: Page) -> None:
    """Open the live page and wait until its stream is open."""
    page.goto(LIVE)
    page.locator("html[data-ready]").wait_for()
    expect(page.locator("#conn-text")).to_have_text("Live")


def newest(page: Page) -> str:
    return page.locator("[data-visible-rows] tr .path").first.inner_text()


@pytest.fixture(autouse=True, scope="module")
def some_rows(site: Site) -> None:
    """A list worth looking at."""
    for path in ("/about/", "/books/?genre=fantasy", "/cart/", "/nowhere/", "/blog/"):
        site.get(path)


def test_a_request_made_elsewhere_appears_without_a_reload(page: Page, site: Site) -> None:
    """The row comes by the open socket, with its numbers, and the totals follow."""
    open_live(page)
    page.evaluate("window.untouched = true")
    site.get("/books/?genre=poetry")
    row = page.locator("#rows tr").first
    expect(row.locator(".path")).to_have_text("/books/?genre=poetry")
    expect(row.locator(".c-q")).to_have_text("102")
    assert page.evaluate("window.untouched"), "the page was loaded again"
    shown = int(page.locator("#req-count").inner_text().replace(",", ""))
    site.get("/about/")
    expect(page.locator("#req-count")).to_have_text(f"{shown + 1:,}")


def test_an_open_dashboard_without_traffic_makes_no_trace(page: Page) -> None:
    """Pages, socket, polling and the toolbar's own requests are not recorded."""
    open_live(page)
    page.wait_for_timeout(500)
    before = page.locator("#req-count").inner_text()
    page.goto("/queryscope/requests/")
    assert page.request.get("/queryscope/nothing-here/").status == 404
    open_live(page)
    page.wait_for_timeout(1200)
    assert page.locator("#req-count").inner_text() == before


def test_a_row_opens_the_request(page: Page) -> None:
    """Enter on the selected row, a double click, or the link."""
    open_live(page)
    row = page.locator("#rows tr", has_text="genre=fantasy").first
    row.click()
    expect(row).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/requests/[0-9a-f]{32}/"))
    page.go_back()
    page.locator("#rows tr", has_text="genre=fantasy").first.dblclick()
    expect(page).to_have_url(re.compile("/requests/[0-9a-f]{32}/"))


def test_every_key_of_the_page(page: Page, site: Site) -> None:
    """The shortcuts dialog lists the keys, and each does what it says."""
    open_live(page)
    keys = page.keyboard
    keys.press("?")
    expect(page.locator("#keys")).to_be_visible()
    keys.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    keys.press("j")
    keys.press("j")
    expect(page.locator("#rows tr").nth(1)).to_have_attribute("aria-selected", "true")
    keys.press("k")
    expect(page.locator("#rows tr").nth(0)).to_have_attribute("aria-selected", "true")
    keys.press("ArrowDown")
    expect(page.locator("#rows tr").nth(1)).to_be_focused()
    keys.press("ArrowUp")
    expect(page.locator("#rows tr").nth(0)).to_be_focused()
    theme = page.locator("html").get_attribute("data-theme")
    keys.press("t")
    assert page.locator("html").get_attribute("data-theme") != theme
    keys.press("/")
    expect(page.locator("#q")).to_be_focused()
    keys.press("Escape")
    expect(page.locator("#q")).not_to_be_focused()
    keys.press("j")
    keys.press("o")
    expect(page).to_have_url(re.compile("/requests/[0-9a-f]{32}/"))
    page.locator("html[data-ready]").wait_for()
    keys.press("g")
    keys.press("l")
    expect(page).to_have_url(f"{site.url}{LIVE}")
    page.locator("html[data-ready]").wait_for()
    keys.press("g")
    keys.press("r")
    expect(page).to_have_url(re.compile("/requests/[0-9a-f]{32}/"))


@pytest.mark.parametrize(("key", "code"), [("J", "KeyJ"), ("о", "KeyJ"), ("ח", "KeyJ")])
def test_keys_work_with_caps_lock_and_on_other_layouts(key: str, code: str, page: Page) -> None:
    """By the letter, else by its place on the keyboard."""
    open_live(page)
    page.locator("body").dispatch_event("keydown", {"key": key, "code": code})
    expect(page.locator('#reqs [aria-selected="true"]')).to_have_count(1)


@pytest.mark.parametrize(
    "event",
    [
        {"key": "j", "code": "KeyJ", "ctrlKey": True},
        {"key": "j", "code": "KeyJ", "altKey": True},
        {"key": "J", "code": "KeyJ", "shiftKey": True},
    ],
)
def test_keys_with_modifiers_are_the_browsers(event: dict[str, str | bool], page: Page) -> None:
    """Ctrl, Alt and Shift make another key of it."""
    open_live(page)
    page.locator("body").dispatch_event("keydown", event)
    page.locator("body").dispatch_event("keydown", {"key": "?", "code": "Minus", "shiftKey": True})
    expect(page.locator("#keys")).to_have_attribute("open", "")
    assert page.locator('#reqs [aria-selected="true"]').count() == 0


def test_a_key_held_down_changes_recording_once(page: Page, site: Site, resumed: None) -> None:
    """Not by turns, as long as the finger rests on it."""
    open_live(page)
    for _ in range(4):
        page.keyboard.down("r")
    page.keyboard.up("r")
    expect(page.locator("#rec-txt")).to_have_text("Paused")


def test_single_keys_can_be_switched_off(page: Page) -> None:
    """The choice stays in the browser; Escape and arrows still work."""
    open_live(page)
    page.keyboard.press("?")
    page.locator("#keys-on").uncheck()
    page.keyboard.press("Escape")
    page.reload()
    page.keyboard.press("/")
    expect(page.locator("#q")).not_to_be_focused()


@pytest.fixture
def resumed(site: Site) -> Iterator[None]:
    """Whatever happens, recording goes on afterwards."""
    yield
    site.manage(
        "shell", "-c", "from queryscope.profiler.store import current_store; current_store().resume()"
    )


def test_two_processes_and_one_pause(page: Page, site: Site, resumed: None) -> None:
    """The key r pauses every process that writes this store, and resumes it, within a second."""
    other = Site(site.folder)
    other.start()
    try:
        open_live(page)
        page.keyboard.press("r")
        expect(page.locator("#rec-txt")).to_have_text("Paused")
        expect(page.locator("#paused")).to_be_visible()
        page.wait_for_timeout(1000)
        count = page.locator("#req-count").inner_text()
        site.get("/about/")
        other.get("/about/")
        page.wait_for_timeout(800)
        assert page.locator("#req-count").inner_text() == count
        page.keyboard.press("r")
        expect(page.locator("#rec-txt")).to_have_text("Recording")
        page.wait_for_timeout(1000)
        other.get("/books/?genre=history")
        expect(page.locator("#rows tr .path").first).to_have_text("/books/?genre=history")
        site.get("/cart/")
        expect(page.locator("#rows tr .path").first).to_have_text("/cart/")
    finally:
        other.stop()


def test_a_restart_of_the_server_loses_nothing(page: Page, site: Site, watched: Watched) -> None:
    """Offline is said; what other processes recorded meanwhile appears after reconnecting, without a reload."""
    watched.tolerated += ["WebSocket", "htmx:ws:error", "ERR_CONNECTION_REFUSED", "Failed to load resource"]
    open_live(page)
    page.evaluate("window.untouched = true")
    other = Site(site.folder)
    other.start()
    try:
        site.stop()
        expect(page.locator("#offline")).to_be_visible()
        expect(page.locator("#conn-text")).to_contain_text("Offline")
        other.get("/books/?genre=travel")
    finally:
        other.stop()
        site.start()
    expect(page.locator("#rows tr .path", has_text="/books/?genre=travel")).to_have_count(1, timeout=30_000)
    expect(page.locator("#offline")).to_be_hidden()
    assert page.evaluate("window.untouched")


def test_the_list_stays_put_under_the_reader(page: Page, site: Site) -> None:
    """While scrolled down the rows in view do not move; a pill says how many came."""
    for _ in range(40):
        site.get("/about/")
    open_live(page)
    page.set_viewport_size({"width": 1440, "height": 500})
    row = page.locator("#rows tr").nth(25)
    row.scroll_into_view_if_needed()
    row.click()
    before = row.bounding_box()
    seq = row.get_attribute("data-seq")
    site.get("/blog/")
    site.get("/cart/")
    pill = page.locator("#new-pill")
    expect(pill).to_contain_text("2 new")
    after = page.locator(f"#rows tr[data-seq='{seq}']").bounding_box()
    assert before is not None
    assert after is not None
    assert abs(before["y"] - after["y"]) < 1
    pill.click()
    expect(page.locator("#rows tr .path").first).to_have_text("/cart/")
    expect(pill).to_be_hidden()


@pytest.mark.parametrize(
    ("query", "shown", "hidden"),
    [
        ("view:book_list", "/books/?genre=fantasy", "/cart/"),
        ("status:404", "/nowhere/", "/cart/"),
        ("queries>50", "/books/?genre=fantasy", "/about/"),
        ("cart", "/cart/", "/blog/"),
    ],
)
def test_the_filter_takes_words_and_terms(query: str, shown: str, hidden: str, page: Page) -> None:
    """The list narrows, the address keeps the filter, and clearing brings everything back."""
    open_live(page)
    page.locator("#q").fill(query)
    rows = page.locator("[data-visible-rows] tr:visible .path")
    expect(rows.filter(has_text=re.compile(f"^{re.escape(hidden)}$"))).to_have_count(0)
    expect(rows.filter(has_text=shown).first).to_be_visible()
    expect(page).to_have_url(re.compile(r"[?&]q="))
    page.reload()
    expect(page.locator("#q")).to_have_value(query)
    page.locator("#q").fill("")
    expect(rows.filter(has_text=hidden).first).to_be_visible()


def test_a_filter_that_matches_nothing_and_one_that_is_wrong(page: Page) -> None:
    """Both say what happened; neither is an error page."""
    open_live(page)
    page.locator("#q").fill("no-such-path-anywhere")
    expect(page.locator("#nomatch")).to_be_visible()
    page.locator("#clear-filter").click()
    expect(page.locator("#rows tr").first).to_be_visible()
    page.locator("#q").fill("colour:red")
    expect(page.locator("#filter-note")).to_contain_text("colour")


def test_live_rows_pass_the_filter_too(page: Page, site: Site) -> None:
    """What does not match is counted in the totals but not shown."""
    page.goto(f"{LIVE}?q=path-word-cart")
    page.goto(f"{LIVE}?q=cart")
    expect(page.locator("#conn-text")).to_have_text("Live")
    count = page.locator("#rows tr:visible").count()
    site.get("/about/")
    site.get("/cart/")
    expect(page.locator("#rows tr:visible")).to_have_count(count + 1)
    assert newest(page) == "/cart/"


def test_sorting_by_a_column(page: Page) -> None:
    """Queries, database and total sort downwards; the address keeps it."""
    open_live(page)
    page.locator("thead .c-q a, thead .c-q button").first.click()
    expect(page).to_have_url(re.compile("sort=queries"))
    numbers = [
        int(text.replace(",", "")) for text in page.locator("[data-visible-rows] tr .c-q").all_inner_texts()
    ]
    assert numbers == sorted(numbers, reverse=True)


def test_without_script_the_page_reads_and_filters(page: Page, site: Site) -> None:
    """Links open, the filter is a form."""
    context = page.context.browser.new_context(java_script_enabled=False, base_url=site.url)  # type: ignore[union-attr]
    plain = context.new_page()
    plain.goto(f"{LIVE}?q=cart")
    assert "/cart/" in newest(plain)
    plain.locator("[data-visible-rows] .path").first.click()
    expect(plain.locator("h1")).to_contain_text("/cart/")
    context.close()


def test_an_empty_store_says_what_to_do(page: Page, site: Site) -> None:
    """Waiting for the first request; it then appears by itself."""
    site.manage("queryscope", "prune", "--all", "--yes")
    page.goto(LIVE)
    expect(page.locator("#setup")).to_contain_text("Waiting for the first request")
    site.get("/cart/")
    expect(page.locator("#rows tr .path").first).to_have_text("/cart/")


def test_a_cleared_log_loads_the_page_once(page: Page, site: Site) -> None:
    """It then waits for the next request, with its stream open."""
    site.get("/about/")
    open_live(page)
    loads: list[str] = []
    page.on("framenavigated", lambda frame: loads.append(frame.url))
    site.manage("queryscope", "prune", "--all", "--yes")
    expect(page.locator("#setup")).to_contain_text("Waiting for the first request")
    expect(page.locator("#conn-text")).to_have_text("Live")
    site.get("/cart/")
    expect(page.locator("#rows tr .path").first).to_have_text("/cart/")
    assert len(loads) == 1
