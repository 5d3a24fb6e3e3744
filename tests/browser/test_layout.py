"""Every page holds to the design and is accessible, in both themes, wide and narrow."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Watched, check_accessible
from tests.browser.site import Site

PAGES = {
    "live": "/queryscope/",
    "filtered": "/queryscope/?q=no-such-request",
    "wrong filter": "/queryscope/?q=colour:red",
    "request": "/queryscope/requests/",
    "time": "/queryscope/requests/?view=time",
    "table": "/queryscope/requests/?view=table",
    "missing": "/queryscope/requests/00000000000000000000000000000000/",
}
TOKENS = Path(__file__).resolve().parents[2] / "static" / "queryscope" / "tokens.css"


@pytest.fixture(autouse=True, scope="module")
def something_to_show(site: Site) -> None:
    """The newest request is the one with 102 queries."""
    for path in ("/nowhere/", "/cart/", "/books/?genre=fantasy"):
        site.get(path)
    site.wait(lambda: "genre=fantasy" in site.manage("queryscope", "list", "--limit", "1"), 10)


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_accessible(name: str, theme: Any, width: int, page: Page, watched: Watched) -> None:
    """No violation of WCAG 2.2 AA or best practice, no error, no policy violation, no horizontal scroll."""
    watched.tolerated.append("404")
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(PAGES[name])
    page.wait_for_load_state("networkidle")
    check_accessible(page)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"the page is {wide} px wider than the window"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_shortcuts_dialog_is_accessible(theme: Any, page: Page) -> None:
    """Open dialogs too."""
    page.emulate_media(color_scheme=theme)
    page.goto("/queryscope/")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    check_accessible(page)


def test_rows_have_the_heights_of_the_design(page: Page) -> None:
    """28 px for a request and a group, 24 px inside an open group."""
    page.goto("/queryscope/")
    assert {round(height) for height in heights(page, "#rows tr")} == {28}
    page.goto("/queryscope/requests/")
    group = page.locator(".wf-r[aria-level='1']").filter(has_text="_book_row.html")
    if group.get_attribute("aria-expanded") == "false":
        group.locator(".tw").click()
    expect(page.locator(".wf-r[aria-level='2']:visible").first).to_be_visible()
    assert {round(height) for height in heights(page, ".wf-r[aria-level='1']")} <= {28, 29}
    assert {round(height) for height in heights(page, ".wf-r.q:visible")} <= {24, 25}


def test_grid_columns_are_those_of_the_design(page: Page) -> None:
    """The side column is 448 px, the drawer 468, the label of the timeline 336."""
    page.goto("/queryscope/")
    columns = style(page, ".live", "gridTemplateColumns").split()
    assert columns[-1] == "448px"
    page.goto("/queryscope/requests/")
    expect(page.locator("#drawer")).to_be_visible()
    assert style(page, ".req", "gridTemplateColumns").split()[-1] == "468px"
    assert style(page, ".wf-r", "gridTemplateColumns").split()[:3] == ["336px", "46px", "66px"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_computed_tokens_are_those_of_the_file(theme: Any, page: Page) -> None:
    """The page computes exactly what tokens.css says for the theme, chosen by the system or by hand."""
    text = TOKENS.read_text()
    light, dark = text.split("@media (prefers-color-scheme: dark)")
    wanted = values(light) | (values(dark.split("\n}\n")[0]) if theme == "dark" else {})
    page.emulate_media(color_scheme=theme)
    page.goto("/queryscope/")
    assert computed(page, wanted) == wanted
    page.emulate_media(color_scheme="light" if theme == "dark" else "dark")
    page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
    assert computed(page, wanted) == wanted


def values(css: str) -> dict[str, str]:
    colours = re.findall(r"(--[\w-]+):\s*(#[0-9a-f]{6});", css)
    return dict(colours)


def computed(page: Page, names: dict[str, str]) -> dict[str, str]:
    read = "names => Object.fromEntries(names.map(n => [n, getComputedStyle(document.documentElement).getPropertyValue(n).trim()]))"
    found: dict[str, str] = page.evaluate(read, list(names))
    return found


def heights(page: Page, selector: str) -> list[float]:
    found: list[float] = page.eval_on_selector_all(
        selector.replace(":visible", ""),
        "nodes => nodes.filter(n => n.offsetParent).map(n => n.getBoundingClientRect().height)",
    )
    assert found, f"nothing matches {selector}"
    return found


def style(page: Page, selector: str, name: str) -> str:
    found: str = page.eval_on_selector(selector, "(node, name) => getComputedStyle(node)[name]", name)
    return found


def test_switches_are_one_piece(page: Page) -> None:
    """Links and buttons of a segmented control have no border of their own."""
    page.goto("/queryscope/requests/")
    expect(page.locator("#zoom")).to_be_visible()
    assert style(page, "#zoom > button", "borderTopWidth") == "0px"
    assert style(page, "#zoom > button", "height") == "24px"
