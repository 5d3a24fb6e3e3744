"""The request page in a real browser: keys, groups, zoom, filter, drawer, long lists, layout and accessibility."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace
from playwright.sync_api import Browser, Page, expect

from queryscope.profiler.report import Report
from queryscope.profiler.store import Store
from tests import builders as b
from tests.browser.conftest import check_accessible
from tests.browser.site import Site
from tests.dashboard import lantern
from tests.dashboard.test_request import hostile

ROWS = "#wf [data-row]:visible"
SELECTED = '#picture [aria-selected="true"]'
TICKS = "#wf-ticks text"


def numbered(number: int) -> str:
    return f"{number:032x}"


def with_id(report: Report, number: int) -> Report:
    # Recorded just now: the running shop removes what is older than KEEP_HOURS.
    now = datetime.now(UTC).isoformat()
    return replace(report, trace=replace(report.trace, id=numbered(number), started_at=now))


def unbroken() -> Report:
    """Return a report whose strings have 10,000 characters and no place to break."""
    text = "x" * 10_000
    site = b.call_site(text, source=text, function=text)
    parameters = (b.parameter(text, type=text, name=text),)
    spans = (b.span(1, sql=text, params=parameters, alias=text, tables=(text,), error=text, call_site=site),)
    return b.report(spans=spans, path=f"/{text}", view=text, method=text, error=text, response_type=text)


@pytest.fixture(scope="module")
def lanterns(site: Site) -> dict[str, str]:
    """Reports in the store of the running shop, by name: the path of each page."""
    reports = {
        "older": lantern.report(),
        "design": lantern.report(),
        "long": lantern.repeated(10_000),
        "hostile": hostile(),
        "unbroken": unbroken(),
        "empty": lantern.report(spans=(), queries=0, transactions=(), lanes=()),
    }
    store = Store(site.folder / ".queryscope" / "store.sqlite3")
    store.append([with_id(report, number) for number, report in enumerate(reports.values(), 0xA0)])
    store.close()
    return {name: f"/queryscope/requests/{numbered(0xA0 + at)}/" for at, name in enumerate(reports)}


def ids(page: Page) -> list[str]:
    found: list[str] = page.locator(ROWS).evaluate_all("rows => rows.map((row) => row.id)")
    return found


def test_keys_move_open_and_close(page: Page, lanterns: dict[str, str]) -> None:
    """j k arrows, Left to the group and closed, Right opens it again; the drawer follows on a wide screen."""
    page.goto(lanterns["design"])
    expect(page.locator("#drawer h2")).to_have_text("100 queries, one pattern")
    page.locator(SELECTED).focus()
    page.keyboard.press("j")
    expect(page.locator(SELECTED)).to_have_id("n16")
    expect(page.locator("#drawer")).to_have_attribute("data-n", "16")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(SELECTED)).to_have_id("s10")
    page.keyboard.press("ArrowLeft")
    assert ids(page) == [f"s{number}" for number in range(1, 11)]
    page.keyboard.press("ArrowRight")
    expect(page.locator(ROWS)).to_have_count(14)


def test_the_address_keeps_what_is_shown(page: Page, lanterns: dict[str, str]) -> None:
    """View, filter and query survive a reload."""
    page.goto(lanterns["design"])
    page.keyboard.press("/")
    page.keyboard.type("viewcount")
    expect(page.locator(ROWS)).to_have_count(1)
    page.locator("#views a", has_text="Time").click()
    expect(page.locator(ROWS)).to_have_count(2)
    page.locator("#n6").click()
    expect(page.locator("#drawer")).to_have_attribute("data-n", "6")
    assert "view=time" in page.url and "q=viewcount" in page.url and "n=6" in page.url
    page.reload()
    expect(page.locator(SELECTED)).to_have_id("n6")
    assert page.locator("#words").input_value() == "viewcount"


def test_the_rest_of_a_group_opens_in_place(page: Page, lanterns: dict[str, str]) -> None:
    """97 more, one after the other, of which only those in view exist."""
    page.goto(lanterns["design"])
    page.locator("#s10-q1-more").click()
    pane = page.locator("[data-pane]")
    expect(pane.locator("[data-row]").first).to_be_visible()
    assert pane.evaluate("(pane) => pane.offsetHeight") == 97 * 24
    assert pane.locator("[data-row]").count() < 97
    page.locator("#s10-q1-more").click()
    expect(pane).to_be_hidden()


def test_zoom_by_keys_buttons_and_dragging(page: Page, lanterns: dict[str, str]) -> None:
    """The axis gets other ticks, and 0 fits the request again."""
    page.goto(lanterns["design"])
    whole = ["0 ms", "200", "400", "600", "800", "1000"]
    expect(page.locator(TICKS)).to_have_text(whole)
    page.keyboard.press("+")
    expect(page.locator(TICKS).last).not_to_have_text("1000")
    page.keyboard.press("0")
    expect(page.locator(TICKS)).to_have_text(whole)
    box = page.locator("#wf-axis").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 5, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 80, box["y"] + 10, steps=3)
    page.mouse.up()
    expect(page.locator(TICKS).first).to_have_text("50 ms")
    wide = page.locator("#s8 .track rect").get_attribute("width") or ""
    assert float(wide.rstrip("%")) > 40, "the bar of 93 ms fills half of a view of 150 ms"
    page.locator("[data-zoom=fit]").click()
    expect(page.locator(TICKS)).to_have_text(whole)
    page.locator("[data-zoom=in]").click()
    expect(page.locator(TICKS).last).not_to_have_text("1000")
    page.keyboard.press("-")
    expect(page.locator(TICKS)).to_have_text(whole)


def test_the_drawer_steps_copies_and_closes(page: Page, lanterns: dict[str, str]) -> None:
    """Next of the group, c copies what was recorded, Esc closes it."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(lanterns["design"] + "?n=13")
    expect(page.locator("#drawer .times")).to_have_text("1 / 100")
    page.get_by_label("Next query of the group").click()
    expect(page.locator("#drawer .times")).to_have_text("2 / 100")
    page.keyboard.press("c")
    expect(page.locator(".toast")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == lantern.AUTHORS
    expect(page.locator(".libf").first).to_be_hidden()
    page.get_by_text("Show 31 library frames").click()
    expect(page.locator(".libf").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#drawer")).to_be_hidden()


def test_brackets_lead_to_the_neighbours(page: Page, lanterns: dict[str, str]) -> None:
    """[ to the older request and ] back."""
    page.goto(lanterns["design"])
    page.keyboard.press("[")
    page.wait_for_url(f"**{lanterns['older']}")
    page.keyboard.press("]")
    page.wait_for_url(f"**{lanterns['design']}")
    assert page.locator("h1").inner_text() == "/books/?genre=fantasy"


def test_10000_queries_stay_a_short_list(page: Page, lanterns: dict[str, str]) -> None:
    """Only rows in view exist, each knows its place, keys reach both ends, the overview is drawn."""
    page.goto(lanterns["long"] + "?view=time")
    rows = page.locator("[data-pane] [data-row]")
    expect(rows.first).to_be_visible()
    assert rows.count() < 120
    expect(page.locator("#overview")).to_have_attribute("data-drawn", "10000")
    rows.first.focus()
    page.keyboard.press("End")
    expect(page.locator(SELECTED)).to_have_id("n10000")
    expect(page.locator(SELECTED)).to_be_in_viewport()
    page.keyboard.press("k")
    expect(page.locator(SELECTED)).to_have_id("n9999")
    assert rows.count() < 120
    last = page.locator("#n10000").get_attribute("aria-rowindex")
    assert last == page.locator("#wf").get_attribute("aria-rowcount")


def test_the_table_sorts_in_place(page: Page, lanterns: dict[str, str]) -> None:
    """A click on a head, and the head says so."""
    page.goto(lanterns["design"] + "?view=table")
    page.locator(".qtbl th a", has_text="Rows").click()
    expect(page.locator(".qtbl [aria-sort=descending]")).to_have_text("Rows")
    expect(page.locator("#zoom")).to_be_hidden()


def test_the_focus_stays_with_what_was_pressed(page: Page, lanterns: dict[str, str]) -> None:
    """A change of view and a sort replace the very link that asked for them."""
    page.goto(lanterns["design"])
    page.locator("#views a", has_text="Table").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".qtbl")).to_be_visible()
    expect(page.locator("#views a", has_text="Table")).to_be_focused()
    page.locator(".qtbl th a", has_text="Rows").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".qtbl [aria-sort=descending]")).to_have_text("Rows")
    expect(page.locator(".qtbl th a", has_text="Rows")).to_be_focused()


@pytest.mark.parametrize("width", [1440, 1241, 1240, 900, 641, 390])
@pytest.mark.parametrize("name", ["design", "hostile", "unbroken", "empty"])
def test_no_width_scrolls_sideways(page: Page, lanterns: dict[str, str], name: str, width: int) -> None:
    """Long values scroll inside their boxes."""
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(lanterns[name] + ("" if name == "empty" else "?n=1"))
    assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("width", [1440, 390])
def test_a_long_path_leaves_room_for_the_queries(page: Page, lanterns: dict[str, str], width: int) -> None:
    """Its beginning is shown, all of it is under the pointer."""
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(lanterns["unbroken"])
    assert page.locator(".head").evaluate("(head) => head.offsetHeight") < 650
    assert len(page.locator("h1").get_attribute("title") or "") > 10_000


def test_rows_have_the_heights_of_the_design(page: Page, lanterns: dict[str, str]) -> None:
    """28 px a group, 24 a query, 26 a lane; the columns of the grid."""
    page.goto(lanterns["design"])
    heights: Any = page.evaluate(
        """() => Object.fromEntries(['#s1', '#n14', '.lane', '#s10-q1-more'].map(
             (name) => [name, document.querySelector(name).getBoundingClientRect().height]))"""
    )
    assert heights == {"#s1": 28, "#n14": 24, ".lane": 26, "#s10-q1-more": 24}
    columns = page.locator("#s1").evaluate(
        "(row) => getComputedStyle(row).gridTemplateColumns.split(' ').slice(0, 3)"
    )
    assert columns == ["336px", "46px", "66px"]


def test_on_a_narrow_screen_the_drawer_is_closed_first_and_opens_over(
    page: Page, lanterns: dict[str, str]
) -> None:
    """A tap opens it, Esc gives the list back."""
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(lanterns["design"])
    expect(page.locator("#drawer")).to_be_hidden()
    page.locator("#s3").click()
    expect(page.locator("#drawer h2")).to_have_text("SELECT catalog_genre")
    page.keyboard.press("Escape")
    expect(page.locator("#drawer")).to_be_hidden()


def test_it_can_be_read_without_script(browser: Browser, site: Site, lanterns: dict[str, str]) -> None:
    """Every row is shown and leads to its query; the filter is a form."""
    context = browser.new_context(java_script_enabled=False, base_url=site.url)
    page = context.new_page()
    page.goto(lanterns["design"])
    page.locator("#n8 a").click()
    assert page.locator("#drawer h2").inner_text() == "SELECT catalog_book"
    page.locator("#words").fill("cart")
    page.locator("#words").press("Enter")
    assert ids(page) == ["s1", "n10", "n11", "n213"]
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("view", ["site", "time", "table"])
def test_every_view_is_accessible(
    page: Page, lanterns: dict[str, str], theme: Any, width: int, view: str
) -> None:
    """axe finds nothing, with the drawer open."""
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{lanterns['design']}?view={view}&n=155")
    expect(page.locator("#drawer h2")).to_be_visible()
    check_accessible(page)


@pytest.mark.parametrize("name", ["long", "empty", "hostile"])
def test_other_states_are_accessible(page: Page, lanterns: dict[str, str], name: str) -> None:
    """A long list, no queries, and markup everywhere."""
    page.goto(lanterns[name] + "?view=time")
    expect(page.locator("h1")).to_be_visible()
    if name == "long":
        expect(page.locator("[data-pane] [data-row]").first).to_be_visible()
    check_accessible(page)
