"""The live page when the store breaks under it, and when more arrives than it shows."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from queryscope.profiler.store import Store
from tests.browser.conftest import Watched
from tests.browser.site import Site
from tests.builders import report


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A bookshop of its own, whose store may be broken."""
    running = Site(tmp_path_factory.mktemp("trouble"))
    running.prepare(scale=0.01)
    running.start()
    yield running
    running.stop()


def path_of(site: Site) -> Path:
    return site.folder / ".queryscope" / "store.sqlite3"


def store_some(site: Site, count: int, path: str) -> None:
    """Append as another process would; the page hears of it when its server looks."""
    now = datetime.now(UTC).isoformat()
    store = Store(path_of(site))
    store.append(
        [report(id=os.urandom(16).hex(), path=f"/{path}/{n}/", started_at=now) for n in range(count)]
    )
    store.close()


def open_live(page: Page) -> None:
    page.goto("/queryscope/")
    page.locator("html[data-ready]").wait_for()
    expect(page.locator("#conn-text")).to_have_text("Live")


def test_a_burst_leaves_the_rows_that_are_read_in_place(page: Page, site: Site) -> None:
    """Even where the list is full: the new ones are counted, and the pill leads to them."""
    site.get("/about/")
    store_some(site, 60, "before")
    open_live(page)
    page.locator("#req-scroll").evaluate("(box) => { box.scrollTop = 300; }")
    row = page.locator("#reqs tbody tr").nth(20)
    seq = row.get_attribute("data-seq")
    stood = row.bounding_box()
    store_some(site, 500, "burst")
    expect(page.locator("#new-pill span")).to_have_text("500 new traces")
    assert page.locator(f'#reqs [data-seq="{seq}"]').bounding_box() == stood
    expect(page.locator("#matching")).to_have_text(page.locator("#req-count").inner_text())
    page.locator("#new-pill").click()
    expect(page.locator("[data-visible-rows] tr .path").first).to_contain_text("/burst/")


def test_a_burst_fills_the_list_up_to_its_limit(page: Page, site: Site) -> None:
    """In order, each once, and the totals are those of the store."""
    open_live(page)
    before = int(page.locator("#req-count").inner_text().replace(",", ""))
    store_some(site, 700, "more")
    expect(page.locator("#req-count")).to_have_text(f"{before + 700:,}")
    expect(page.locator("#rows tr")).to_have_count(500)
    expect(page.locator("#rows tr .path").first).to_contain_text("/more/699/")
    seqs = page.locator("#rows tr").evaluate_all("(rows) => rows.map((row) => Number(row.dataset.seq))")
    assert seqs == list(range(seqs[0], seqs[0] - 500, -1))


def test_the_focus_stays_with_recording(page: Page, site: Site) -> None:
    """The notice goes with the pause, and its button with it."""
    open_live(page)
    page.keyboard.press("r")
    page.locator("#resume").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#rec-txt")).to_have_text("Recording")
    expect(page.locator("#rec-button")).to_be_focused()


def test_a_damaged_store_is_told_once(page: Page, watched: Watched, site: Site) -> None:
    """The page waits with its stream open and comes back when the file was moved away."""
    watched.tolerated.append("503")
    site.stop()
    for file in path_of(site).parent.glob("store.sqlite3*"):
        file.unlink()
    path_of(site).write_bytes(b"no database " * 1000)
    site.start()
    loads: list[str] = []
    page.on("framenavigated", lambda frame: loads.append(frame.url))
    open_live(page)
    expect(page.locator("#problem")).to_contain_text("damaged")
    expect(page.locator("#setup h2")).to_have_text("The store cannot be read")
    page.wait_for_timeout(1000)
    assert len(loads) == 1
    path_of(site).unlink()
    # The writer looks again a few seconds after it failed, with the next request.
    site.wait(lambda: site.get("/about/") == 200 and page.locator("#rows tr").count() > 0, 30)
