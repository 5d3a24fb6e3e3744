"""Rows of every kind of work show what a person tells them apart by: the kind, what answered, the end of a task's name."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import get_args

import pytest
from playwright.sync_api import Locator, Page, expect

from queryscope.profiler.store import Store
from queryscope.profiler.trace import Kind
from tests.browser.site import Site
from tests.builders import report

SOCKET = "/ws/" + "rooms/of-a-large-house/" * 8
TASK = "shop.orders.notifications.tasks.send_confirmation"


@pytest.fixture(autouse=True, scope="module")
def one_of_each(site: Site) -> None:
    """In the store that the site shows, as if other processes had recorded them."""
    store = Store(site.folder / ".queryscope" / "store.sqlite3")
    facts = {kind: {"name": f"a {kind}", "path": None, "view": None} for kind in get_args(Kind)}
    facts["message"] |= {"path": SOCKET, "view": "chat.consumers.ChatConsumer.websocket_receive"}
    facts["task"]["name"] = TASK
    now = datetime.now(UTC).isoformat()
    store.append(
        [
            report(
                id=uuid.uuid4().hex,
                kind=kind,
                started_at=now,
                method=None,
                status=None,
                request=None,
                **values,
            )
            for kind, values in facts.items()
            if kind != "request"
        ]
    )
    store.close()


def whole(text: Locator) -> bool:
    """Return whether a text is drawn in full, within itself and within its row."""
    cut = "node => node.scrollWidth > node.clientWidth && getComputedStyle(node).display !== 'inline'"
    own, row = text.bounding_box(), text.locator("xpath=ancestor::td").bounding_box()
    assert own and row
    return not text.evaluate(cut) and own["width"] > 0 and own["x"] + own["width"] <= row["x"] + row["width"]


def row(page: Page, kind: str) -> Locator:
    return page.locator("#rows tr").filter(has=page.locator(".verb", has_text=kind)).first


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("kind", [kind for kind in get_args(Kind) if kind != "request"])
def test_the_kind_is_readable(kind: str, width: int, page: Page) -> None:
    """A method and a kind stand in one column, which has room for the longest."""
    page.set_viewport_size({"width": width, "height": 900})
    page.goto("/queryscope/")
    expect(row(page, kind)).to_be_visible()
    assert whole(row(page, kind).locator(".verb"))


def test_the_handler_of_a_long_path_is_readable(page: Page) -> None:
    """Of a path the beginning says enough."""
    page.goto("/queryscope/")
    handler = row(page, "message").locator(".view")
    expect(handler).to_have_text("ChatConsumer.websocket_receive")
    assert whole(handler)
    assert not whole(row(page, "message").locator(".path"))


def test_the_views_name_a_task_by_its_end(page: Page) -> None:
    """The modules it lies in are in the title."""
    page.goto("/queryscope/")
    expect(page.locator(f"#views td[title='{TASK}']")).to_have_text("send_confirmation")


def test_the_page_of_a_task_speaks_of_a_task(page: Page) -> None:
    """Its whole is no request, and no view is missing."""
    page.goto("/queryscope/")
    row(page, "task").locator(".path").click()
    expect(page.locator(".wf-r.lane").first).to_contain_text("Task")
    expect(page.locator(".figs")).to_contain_text("the only one kept of this task")
    expect(page.locator(".figs")).not_to_contain_text("no view")
