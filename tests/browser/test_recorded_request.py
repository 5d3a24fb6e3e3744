"""What was really recorded, as its page tells it: sites, drawer, views, filter, and what stands there without a query."""

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
    # Marks that touch at this width are one bar: on a slow machine a loop has fewer of them.
    assert loop.locator("svg rect").count() > 1
    expect(fantasy.locator(".figs")).to_contain_text("102")


def test_the_drawer_tells_of_a_query(fantasy: Page) -> None:
    """SQL, parameter, group, template line, call site and stack."""
    loop = fantasy.locator(".wf-r[aria-level='1']").filter(has_text="_book_row.html")
    loop.click()
    fantasy.keyboard.press("Enter")
    drawer = fantasy.locator("#drawer")
    expect(drawer).to_contain_text("100 queries, one pattern")
    expect(drawer.locator("#sql")).to_contain_text("catalog_author")
    expect(drawer).to_contain_text("int")
    expect(drawer.locator(".src li.hl", has_text="book.author").first).to_be_visible()
    expect(drawer.locator("h3", has_text="Its rows were built at")).to_be_visible()
    expect(drawer).to_contain_text("catalog/views/books.py")
    number = drawer.get_attribute("data-n")
    drawer.get_by_role("button", name=re.compile("Next query")).or_(
        drawer.get_by_role("link", name=re.compile("Next query"))
    ).click()
    expect(drawer).not_to_have_attribute("data-n", number or "")


def test_by_time_and_as_a_table(fantasy: Page) -> None:
    """The same queries in the order of time, and as a plain table."""
    fantasy.get_by_role("link", name="Time", exact=True).or_(
        fantasy.get_by_role("button", name="Time", exact=True)
    ).click()
    expect(fantasy.locator(".wf-r.q")).not_to_have_count(0)
    fantasy.get_by_role("link", name="Table", exact=True).or_(
        fantasy.get_by_role("button", name="Table", exact=True)
    ).click()
    expect(fantasy.locator("#picture table tbody tr[data-kind=query]")).to_have_count(102)


def test_the_filter_narrows_the_queries(fantasy: Page) -> None:
    """By SQL, site or table; the key / goes there."""
    fantasy.keyboard.press("/")
    fantasy.keyboard.type("catalog_author")
    expect(fantasy.locator(".wf-r[aria-level='1']").filter(has_text="_book_row.html")).to_have_count(1)
    fantasy.locator("#words").fill("no-such-table")
    expect(fantasy.locator("#picture")).to_contain_text(re.compile("no query", re.IGNORECASE))


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
