"""Findings in a real browser: keys, marked rows, advice, deciding, comparing; every new page accessible at any width."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from playwright.sync_api import Page, expect

from queryscope.profiler.report import Report
from queryscope.profiler.store import Store
from tests.browser.conftest import check_accessible
from tests.browser.site import Site
from tests.browser.test_panel import PANEL, open_panel
from tests.dashboard import lantern

SLOW, FIXED = f"{0xF0:032x}", f"{0xF1:032x}"
IDENTITY = "a9a9a9a9a9a9a9a9"
PAGES = {
    "request": f"requests/{SLOW}/",
    "templates": f"requests/{SLOW}/?view=templates",
    "request without findings": f"requests/{FIXED}/",
    "comparison": f"compare/{SLOW}/{FIXED}/",
    "findings": "findings/?state=all",
    "no such finding": "findings/?rule=no-such-rule",
    "problem": f"findings/{IDENTITY}/",
    "view": "view/?view=lantern.views.Findings",
    "rules": "rules/",
    "rule": "rules/n-plus-one/",
    "live": "?q=is:found",
}


@pytest.fixture(scope="module", autouse=True)
def two_runs(site: Site) -> None:
    """One view twice: with all that was found, and after the loops were fixed."""
    store = Store(site.folder / ".queryscope" / "store.sqlite3")
    few = lantern.spans()[:9]
    store.append([run(lantern.report(findings=lantern.findings()), SLOW, 2)])
    store.append([run(lantern.report(spans=few, queries=7, duration_ms=40.0), FIXED, 1)])
    store.close()


def run(report: Report, id: str, minutes: int) -> Report:
    started = (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()
    return replace(
        report, trace=replace(report.trace, id=id, started_at=started, view="lantern.views.Findings")
    )


@pytest.mark.parametrize("width", [1440, 900, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_accessible(name: str, theme: Any, width: int, page: Page) -> None:
    """No violation of WCAG 2.2 AA or best practice, no policy violation, no horizontal scroll."""
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"/queryscope/{PAGES[name]}")
    page.wait_for_load_state("networkidle")
    check_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_n_goes_from_finding_to_finding(page: Page) -> None:
    """Each marks the rows of its queries and shows its advice; after the last one comes the first."""
    page.goto(f"/queryscope/requests/{SLOW}/")
    expect(page.locator("#drawer .callout").first).to_contain_text("Reviews are counted once per book")
    page.keyboard.press("n")
    page.keyboard.press("n")
    chosen = page.locator("#findings [aria-selected=true]")
    expect(chosen).to_contain_text("The author of each book")
    expect(chosen).to_be_focused()
    expect(page.locator("#drawer .callout").first).to_contain_text("The author of each book")
    expect(page.locator("#drawer .diff tr.add")).to_contain_text('.select_related("author")')
    marked = page.locator(".wf-r.of:visible")
    expect(marked).to_have_count(1)
    expect(marked).to_contain_text("book_list.html:24")
    expect(marked).to_have_attribute("aria-selected", "true")
    page.keyboard.press("n")
    page.keyboard.press("n")
    expect(chosen).to_contain_text("Reviews are counted")


def test_marks_stay_while_the_view_changes(page: Page) -> None:
    """In the order of time and in the table the rows of the finding are marked as well: two of three on its first page."""
    page.goto(f"/queryscope/requests/{SLOW}/")
    page.locator("#findings [data-finding=f3] .ttl a").click()
    expect(page.locator("#drawer .callout").first).to_contain_text("The same cart row")
    page.locator("#views a", has_text="Time").click()
    expect(page.locator("#picture .of")).to_have_count(3)
    page.locator("#views a", has_text="Table").click()
    expect(page.locator("#picture tr.of")).to_have_count(2)


def test_a_narrow_window_opens_the_finding_over_the_page(page: Page) -> None:
    """By a click and by the keys of every list."""
    page.set_viewport_size({"width": 800, "height": 900})
    page.goto(f"/queryscope/requests/{SLOW}/")
    page.locator("#findings [data-finding=f2] .c-at").click()
    expect(page.locator("#drawer .callout").first).to_contain_text("The author of each book")
    page.keyboard.press("Escape")
    expect(page.locator("#drawer")).to_be_hidden()


def test_the_advice_can_be_copied(page: Page) -> None:
    """To the letter."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"/queryscope/findings/{IDENTITY}/")
    page.locator(".callout .btn", has_text="Copy").click()
    expect(page.locator(".toast")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == '.select_related("author")'


def test_c_copies_the_sql_beside_an_advice(page: Page) -> None:
    """The advice above it has a button of its own."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"/queryscope/requests/{SLOW}/?n=100")
    expect(page.locator("#drawer .callout").first).to_be_visible()
    page.keyboard.press("c")
    expect(page.locator(".toast")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()").startswith("SELECT")


def test_lines_of_templates_lead_to_their_queries(page: Page) -> None:
    """The line that cost something shows its slowest query."""
    page.goto(f"/queryscope/requests/{SLOW}/")
    page.locator("#views a", has_text="Templates").click()
    line = page.locator(".ht tr.hit", has_text="book.author")
    expect(line).to_contain_text("100")
    line.click()
    expect(page.locator("#drawer h2").first).to_have_text("100 queries, one pattern")
    assert "view=templates" in page.url


def test_the_run_before_is_one_click_away(page: Page) -> None:
    """The result stands under the heading; the comparison leads to both sides of a query group."""
    page.goto(f"/queryscope/requests/{FIXED}/")
    expect(page.locator("#before .res")).to_have_text("211 → 7 queries, 1,002 → 40.0 ms")
    expect(page.locator("#before .bdg.ok").first).to_contain_text("gone")
    page.locator("#before a").click()
    page.wait_for_url(f"**/compare/{SLOW}/{FIXED}/")
    expect(page.locator("h1")).to_have_text("211 → 7 queries, 1,002 → 40.0 ms")
    page.locator(".cmpt a", has_text="before").first.click()
    page.wait_for_url(f"**/requests/{SLOW}/?n=*")
    expect(page.locator("#drawer")).to_be_visible()


def test_a_decision_is_made_and_taken_back(page: Page) -> None:
    """A reason is asked for; then the list no longer has the problem, until somebody takes it back."""
    page.goto(f"/queryscope/findings/{IDENTITY}/")
    page.locator(".btn", has_text="Ignore").click()
    assert page.locator("input[name=reason]").evaluate("(field) => !field.validity.valid")
    page.locator("input[name=reason]").fill("At most 12 rows")
    page.locator(".btn", has_text="Ignore").click()
    expect(page.locator("blockquote")).to_have_text("At most 12 rows")
    page.goto("/queryscope/findings/?state=ignored")
    expect(page.locator(".prb .ttl")).to_contain_text(["The author of each book"])
    page.goto(f"/queryscope/findings/{IDENTITY}/")
    page.locator(".btn", has_text="Ignore it no longer").click()
    expect(page.locator("input[name=reason]")).to_be_visible()


def test_a_finding_leads_to_what_its_rule_means(page: Page) -> None:
    """And g f goes to all findings."""
    page.goto(f"/queryscope/findings/{IDENTITY}/")
    page.locator(".callout a", has_text="About this rule").click()
    page.wait_for_url("**/rules/n-plus-one/")
    expect(page.locator(".prose h2").first).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("f")
    page.wait_for_url("**/findings/")


def test_the_panel_begins_with_the_findings(page: Page) -> None:
    """And tells their number in the side bar, once they are known."""
    open_panel(page, "/books/")
    found = page.locator(f"{PANEL} .ddt-f li")
    expect(found.first).to_contain_text("N+1")
    box, rows = found.first.bounding_box(), page.locator(f"{PANEL} .wf-h").bounding_box()
    assert box is not None and rows is not None and box["y"] < rows["y"]
    expect(page.locator("#djdt-QueryscopePanel small")).to_contain_text("finding")


@pytest.mark.parametrize("width", [820, 700, 390])
def test_narrow_windows_show_titles_in_full(page: Page, width: int) -> None:
    """What was found is what a reader comes for; place and advice give way."""
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"/queryscope/requests/{SLOW}/")
    assert page.locator(".fnd td.ttl").evaluate_all(CUT) == []


@pytest.mark.parametrize("width", [1440, 700])
def test_the_footer_of_the_panel_prints_nothing_over_itself(page: Page, width: int) -> None:
    """Its two halves stand below each other where one line has no room for both."""
    page.set_viewport_size({"width": width, "height": 900})
    open_panel(page, "/books/")
    assert page.locator(f"{PANEL} .tailbar span").evaluate_all(CUT) == []


CUT = "found => found.filter(e => e.scrollWidth > e.clientWidth && e.clientWidth).map(e => e.textContent)"
"""The texts of the elements that are wider than their boxes."""
