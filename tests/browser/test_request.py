"""The request page as a person uses it: the timeline opens, the drawer tells, every key works."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Watched
from tests.browser.site import Site


def open_request(page: Page, site: Site, path: str) -> None:
    """Make a request and open its page."""
    site.get(path)
    heading = page.locator("h1")
    for _ in range(20):
        page.goto("/queryscope/requests/")
        if path.split("?")[0] in heading.inner_text():
            page.locator("html[data-ready]").wait_for()
            return
        page.wait_for_timeout(100)
    expect(heading).to_contain_text(path.split("?")[0])


@pytest.fixture
def fantasy(page: Page, site: Site) -> Page:
    """The page of the request with 102 queries."""
    open_request(page, site, "/books/?genre=fantasy")
    return page


def test_the_timeline_groups_by_call_site(fantasy: Page) -> None:
    """102 queries are three rows; the loop's is a template line with all its marks."""
    groups = fantasy.locator(".wf-r[aria-level='1']")
    expect(groups).to_have_count(3)
    loop = groups.filter(has_text="_book_row.html")
    expect(loop).to_contain_text("100")
    assert loop.locator("svg rect").count() >= 20
    expect(fantasy.locator(".figs")).to_contain_text("102")


def test_keys_open_close_and_move(fantasy: Page) -> None:
    """Arrows move and open, Left goes back to the group, Enter opens the drawer."""
    keys = fantasy.keyboard
    loop = fantasy.locator(".wf-r[aria-level='1']").filter(has_text="_book_row.html")
    loop.click()
    if loop.get_attribute("aria-expanded") == "true":
        keys.press("ArrowLeft")
    expect(loop).to_have_attribute("aria-expanded", "false")
    keys.press("ArrowRight")
    expect(loop).to_have_attribute("aria-expanded", "true")
    keys.press("j")
    inner = fantasy.locator(".wf-r[aria-level='2'][aria-selected='true']")
    expect(inner).to_have_count(1)
    keys.press("ArrowLeft")
    expect(loop).to_have_attribute("aria-selected", "true")
    keys.press("k")
    expect(loop).to_have_attribute("aria-selected", "false")


def test_the_drawer_tells_of_a_query(fantasy: Page) -> None:
    """SQL, parameter, group, template line, call site and stack."""
    loop = fantasy.locator(".wf-r[aria-level='1']").filter(has_text="_book_row.html")
    loop.click()
    fantasy.keyboard.press("Enter")
    drawer = fantasy.locator("#drawer")
    expect(drawer).to_contain_text("100 queries, one pattern")
    expect(drawer.locator("pre.code").first).to_contain_text("catalog_author")
    expect(drawer).to_contain_text("int")
    expect(drawer.locator(".src li.hl").first).to_contain_text("book.author")
    expect(drawer).to_contain_text("catalog/views/books.py")
    number = drawer.get_attribute("data-n")
    drawer.get_by_role("button", name=re.compile("Next query")).or_(
        drawer.get_by_role("link", name=re.compile("Next query"))
    ).click()
    expect(drawer).not_to_have_attribute("data-n", number or "")


def test_escape_closes_the_drawer_where_it_lies_over_the_page(fantasy: Page) -> None:
    """Below 1241 px it is closed at first, Enter opens it, Esc closes it."""
    fantasy.set_viewport_size({"width": 1000, "height": 800})
    fantasy.reload()
    drawer = fantasy.locator("#drawer")
    expect(drawer).to_be_hidden()
    fantasy.locator(".wf-r[aria-level='1']").first.click()
    expect(drawer).to_be_visible()
    fantasy.keyboard.press("Escape")
    expect(drawer).to_be_hidden()


def test_copy_puts_the_sql_on_the_clipboard(fantasy: Page) -> None:
    """The key c copies the whole statement as it was recorded."""
    fantasy.context.grant_permissions(["clipboard-read", "clipboard-write"])
    fantasy.locator(".wf-r[aria-level='1']").first.click()
    expect(fantasy.locator("#drawer pre.code").first).to_be_visible()
    fantasy.keyboard.press("c")
    expect(fantasy.locator(".toast")).to_contain_text("Copied")
    assert fantasy.evaluate("navigator.clipboard.readText()").startswith("SELECT")


def test_zoom_by_keys_and_buttons(fantasy: Page) -> None:
    """The axis shows less time after +, all of it after 0."""
    axis = fantasy.locator(".wf-h .axt")
    before = axis.all_text_contents()
    fantasy.keyboard.press("+")
    expect(axis.last).not_to_have_text(before[-1])
    fantasy.keyboard.press("0")
    expect(axis.last).to_have_text(before[-1])
    fantasy.locator("[data-zoom=in]").click()
    expect(axis.last).not_to_have_text(before[-1])
    fantasy.keyboard.press("-")
    expect(axis.last).to_have_text(before[-1])


def test_by_time_and_as_a_table(fantasy: Page) -> None:
    """The same queries in the order of time, and as a plain table."""
    fantasy.get_by_role("link", name="Time", exact=True).or_(
        fantasy.get_by_role("button", name="Time", exact=True)
    ).click()
    expect(fantasy.locator(".wf-r.q")).not_to_have_count(0)
    fantasy.get_by_role("link", name="Table", exact=True).or_(
        fantasy.get_by_role("button", name="Table", exact=True)
    ).click()
    expect(fantasy.locator("#picture table tbody tr")).to_have_count(102)


def test_the_filter_narrows_the_queries(fantasy: Page) -> None:
    """By SQL, site or table; the key / goes there."""
    fantasy.keyboard.press("/")
    fantasy.keyboard.type("catalog_author")
    expect(fantasy.locator(".wf-r[aria-level='1']").filter(has_text="_book_row.html")).to_have_count(1)
    fantasy.locator("#words").fill("no-such-table")
    expect(fantasy.locator("#picture")).to_contain_text(re.compile("no query", re.IGNORECASE))


def test_previous_and_next_request(page: Page, site: Site) -> None:
    """[ goes to the older request, ] to the newer one."""
    site.get("/about/")
    open_request(page, site, "/cart/")
    address = page.url
    page.keyboard.press("[")
    expect(page.locator("h1")).to_contain_text("/about/")
    page.locator("html[data-ready]").wait_for()
    page.keyboard.press("]")
    expect(page.locator("h1")).to_contain_text("/cart/")
    assert page.url.split("?")[0] == address.split("?")[0] or page.url != address


def test_a_request_without_queries_says_so(page: Page, site: Site) -> None:
    """How much of the time was Python."""
    open_request(page, site, "/nowhere/")
    expect(page.locator(".empty")).to_contain_text("no queries")


def test_a_view_that_failed_says_so(page: Page, site: Site) -> None:
    """What was raised, after how many queries; the queries are there."""
    open_request(page, site, "/error/")
    expect(page.locator(".note.err")).to_contain_text("raised")
    expect(page.locator(".wf-r[aria-level='1']").first).to_be_visible()


def test_a_trace_that_is_gone_says_so(page: Page, watched: Watched) -> None:
    """A page with words, not an error."""
    watched.tolerated.append("404")
    answer = page.goto("/queryscope/requests/00000000000000000000000000000000/")
    assert answer is not None
    assert answer.status == 404
    expect(page.locator("main")).to_contain_text("This request is not kept")
