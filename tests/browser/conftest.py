"""A running bookshop and a browser page that fails the test on any error, policy violation or foreign request."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from tests.browser.site import Site

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is a browser test."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One bookshop for all tests; a test that stops it starts it again."""
    running = Site(tmp_path_factory.mktemp("lantern"))
    running.prepare()
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    path = shutil.which("chromium")
    if path is None:
        required = "chromium" in os.environ.get("QUERYSCOPE_REQUIRE", "").split(",")
        (pytest.fail if required else pytest.skip)("no 'chromium' on PATH")
    # The synchronous driver runs an event loop in this thread; Django would refuse the database to it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield launched
        launched.close()


def check_accessible(page: Page) -> None:
    """Assert that axe finds no violation of WCAG 2.2 AA or best practice."""
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


class Watched:
    """What a page did that it must not do."""

    def __init__(self, page: Page, site: Site) -> None:
        self.faults: list[str] = []
        self.tolerated: list[str] = []
        self._site = site
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not any(text in message.text for text in self.tolerated):
            self.faults.append(f"console: {message.text} ({message.location.get('url')})")

    def _request(self, request: Request) -> None:
        allowed = (self._site.url, self._site.url.replace("http", "ws"), "data:", "blob:", "about:")
        if not request.url.startswith(allowed):
            self.faults.append(f"foreign request: {request.url}")


@pytest.fixture
def watched(page: Page) -> Watched:
    """The faults of the page; ``tolerated`` takes texts of errors that a test provokes."""
    return page.queryscope_watched  # type: ignore[attr-defined, no-any-return]


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    """A fresh page of 1440 x 960 in a fresh context; console errors, policy violations and foreign requests fail the test."""
    context = browser.new_context(
        viewport={"width": 1440, "height": 960}, base_url=site.url, reduced_motion="reduce"
    )
    context.set_default_timeout(10_000)
    opened = context.new_page()
    watched = Watched(opened, site)
    opened.queryscope_watched = watched  # type: ignore[attr-defined]
    yield opened
    context.close()
    assert watched.faults == []
