"""The Python between the queries in a real browser: keys reach it, zoom moves it, long lists have it, axe finds nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace
from playwright.sync_api import Browser, Page, expect

from queryscope.profiler.capture.gaps import gaps_of
from queryscope.profiler.report import Report
from queryscope.profiler.store import Store
from queryscope.profiler.trace import Span
from tests.browser.conftest import check_accessible
from tests.browser.site import Site
from tests.dashboard import lantern

SELECTED = '#picture [aria-selected="true"]'


def paused(report: Report, number: int) -> Report:
    """Return a report with 300 ms of Python put before its last query, and with its gaps named."""
    trace = report.trace

    def moved(span: Span) -> Span:
        late = span.n == trace.spans[-1].n
        return replace(span, start_ms=span.start_ms + 20 + (300 if late else 0))

    spans = tuple(map(moved, trace.spans))
    lanes = tuple(replace(lane, duration_ms=lane.duration_ms + 320) for lane in trace.lanes)
    end = spans[-1].start_ms + spans[-1].duration_ms
    now = datetime.now(UTC).isoformat()
    return replace(
        report,
        trace=replace(
            trace,
            id=f"{number:032x}",
            started_at=now,
            duration_ms=end,
            spans=spans,
            lanes=lanes,
            gaps=gaps_of(spans, lanes, end, end),
        ),
    )


@pytest.fixture(scope="module")
def pauses(site: Site) -> dict[str, str]:
    """Requests with a pause, a short one and one whose rows the browser draws: the path of each page."""
    reports = {"short": paused(lantern.report(), 0xC0), "long": paused(lantern.repeated(1000), 0xC1)}
    store = Store(site.folder / ".queryscope" / "store.sqlite3")
    store.append(list(reports.values()))
    store.close()
    return {name: f"/queryscope/requests/{report.trace.id}/" for name, report in reports.items()}


def gaps(page: Page) -> list[dict[str, Any]]:
    """The rows of gaps that exist, with the row before and what they say."""
    found: list[dict[str, Any]] = page.locator('#wf [data-kind="gap"]').evaluate_all(
        """rows => rows.map((row) => ({
            id: row.id, before: row.previousElementSibling?.id, text: row.innerText.replace(/\\s+/g, " ").trim(),
            bars: [...row.querySelectorAll(".track g > rect")].map((bar) => bar.getAttribute("width")),
        }))"""
    )
    return found


def test_gaps_are_rows_between_the_queries(page: Page, pauses: dict[str, str]) -> None:
    """By time there are two, each with a thin bar; by call site there are none."""
    page.goto(f"{pauses['short']}?view=time")
    rows = gaps(page)
    last = rows[-1]
    assert (last["before"], last["text"]) == ("n212", "Python in template catalog/book_list.html 301")
    assert len(last["bars"]) == 1
    page.locator("#views a", has_text="Call site").click()
    expect(page.locator("#wf")).to_have_attribute("data-mode", "site")
    assert gaps(page) == []


def test_keys_pass_over_gaps_like_over_queries(page: Page, pauses: dict[str, str]) -> None:
    """A gap can be selected; the drawer keeps the query it shows."""
    page.goto(f"{pauses['short']}?view=time")
    page.locator("#n212").click()
    expect(page.locator("#drawer")).to_have_attribute("data-n", "212")
    page.keyboard.press("j")
    row = page.locator(SELECTED)
    expect(row).to_have_attribute("data-kind", "gap")
    expect(row).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#drawer")).to_have_attribute("data-n", "212")
    page.keyboard.press("j")
    expect(page.locator(SELECTED)).to_have_id("n213")
    expect(page.locator("#drawer")).to_have_attribute("data-n", "213")


def test_zoom_goes_to_the_selected_gap(page: Page, pauses: dict[str, str]) -> None:
    """Its bar grows with the axis and stays in view."""
    page.goto(f"{pauses['short']}?view=time")
    page.locator('#wf [data-kind="gap"]').last.click()
    narrow = float(gaps(page)[-1]["bars"][0].rstrip("%"))
    page.keyboard.press("+")
    expect(page.locator("#wf-ticks text").first).not_to_have_text("0 ms")
    wide = float(gaps(page)[-1]["bars"][0].rstrip("%"))
    assert wide == pytest.approx(2 * narrow, rel=0.05)
    page.keyboard.press("0")
    expect(page.locator("#wf-ticks text").first).to_have_text("0 ms")


def test_long_lists_have_them_where_they_belong(page: Page, pauses: dict[str, str]) -> None:
    """The browser draws the same rows that the server would: before the first query, and before the last."""
    page.goto(f"{pauses['long']}?view=time")
    expect(page.locator("#n2")).to_be_visible()
    first = gaps(page)[0]
    assert (first["id"], first["text"]) == ("gap0", "Python 20.0")
    page.locator("#gap0").click()
    page.keyboard.press("End")
    expect(page.locator(SELECTED)).to_have_id("n1000")
    page.keyboard.press("k")
    expect(page.locator(SELECTED)).to_have_attribute("data-kind", "gap")
    last = gaps(page)[-1]
    assert (last["id"], last["text"]) == ("gap1", "Python 300")
    assert len(last["bars"]) == 1
    assert page.locator("#wf").get_attribute("aria-rowcount") == str(
        1000 + 2 + page.locator("#wf > [role=row]").count()
    )


TWO_KEYS = """() => ["End", "k"].forEach((key) =>
  document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })))"""


def test_two_keys_within_one_frame_go_two_rows(page: Page, pauses: dict[str, str]) -> None:
    """The neighbour of a row that was far away is there before the browser has drawn anything."""
    page.goto(f"{pauses['long']}?view=time")
    expect(page.locator("#n2")).to_be_visible()
    page.locator("#gap0").click()
    page.evaluate(TWO_KEYS)
    expect(page.locator(SELECTED)).to_have_id("gap1")


def test_the_table_sorts_them_among_the_queries(page: Page, pauses: dict[str, str]) -> None:
    """The longest row of all is Python."""
    page.goto(f"{pauses['short']}?view=table&sort=-ms")
    first = page.locator(".qtbl tbody tr").first
    expect(first).to_have_attribute("data-kind", "gap")
    expect(first.locator("td").nth(1)).to_have_text("Python in template catalog/book_list.html")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("view", ["time", "table"])
def test_no_accessibility_violations(
    browser: Browser, site: Site, pauses: dict[str, str], theme: Any, view: str
) -> None:
    """WCAG 2.2 AA by axe, with gaps on the page."""
    context = browser.new_context(base_url=site.url, color_scheme=theme, reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{pauses['short']}?view={view}")
    expect(page.locator('[data-kind="gap"]').first).to_be_visible()
    page.locator('[data-kind="gap"]').last.click()
    check_accessible(page)
    context.close()
