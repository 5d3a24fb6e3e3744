"""Makes the pictures of docs/pictures/: ``make screenshots`` starts the bookshop, visits it and photographs the pages."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import ARGUMENTS
from tests.browser.site import ROOT, Site
from tests.browser.test_panel import open_panel

PICTURES = ROOT / "docs" / "pictures"
WIDE, PHONE = {"width": 1440, "height": 960}, {"width": 390, "height": 844}


def main() -> None:
    """Write every picture; needs a 'chromium' on PATH."""
    path = shutil.which("chromium")
    if path is None:
        sys.exit("No 'chromium' on PATH: install one to make the pictures.")
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        site = Site(Path(folder))
        site.prepare(scale=1)
        site.start()
        try:
            site.manage("traffic", "--url", site.url, "--requests", "120", "--rate", "6", "--seconds", "40")
            browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
            for theme in ("light", "dark"):
                photograph(browser, site, theme)
            browser.close()
        finally:
            site.stop()


def photograph(browser: Browser, site: Site, theme: str) -> None:
    """Write the pictures of one theme."""
    page = opened(browser, site, theme, WIDE)
    page.goto("/queryscope/")
    site.get("/books/?genre=fantasy")
    page.locator("#rows tr", has_text="genre=fantasy").first.click()
    save(page, f"live-{theme}")
    page.goto("/queryscope/requests/")
    page.locator("#drawer #sql").wait_for()
    save(page, f"request-{theme}")
    page.locator("#findings [data-row]").first.click()
    page.locator("#views a", has_text="Templates").click()
    page.locator(".ht").first.wait_for()
    save(page, f"templates-{theme}")
    page.goto("/queryscope/findings/")
    save(page, f"findings-{theme}")
    page.locator(".prb .ttl a").first.click()
    save(page, f"problem-{theme}")
    open_panel(page, "/books/?genre=fantasy")
    save(page, f"panel-{theme}")
    page.context.close()
    narrow = opened(browser, site, theme, PHONE)
    narrow.goto("/queryscope/")
    save(narrow, f"phone-live-{theme}")
    narrow.goto("/queryscope/requests/")
    save(narrow, f"phone-request-{theme}")
    narrow.context.close()


def opened(browser: Browser, site: Site, theme: str, size: dict[str, int]) -> Page:
    """Return a page of a fresh browser of that theme and size."""
    context = browser.new_context(
        viewport=size,  # type: ignore[arg-type]
        base_url=site.url,
        color_scheme=theme,  # type: ignore[arg-type]
        reduced_motion="reduce",
    )
    return context.new_page()


def save(page: Page, name: str) -> None:
    """Write one picture when nothing moves any more."""
    page.wait_for_timeout(1200)
    page.screenshot(path=PICTURES / f"{name}.png")
    print(PICTURES / f"{name}.png")


if __name__ == "__main__":
    main()
