"""``queryscope list``: the newest traces, aligned, filtered, and as JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from django.core.management.base import CommandError

from queryscope.profiler.store import Store
from tests import builders
from tests.management.conftest import Run


def trace_id(number: int) -> str:
    return f"{number:032x}"


def append(
    store: Store, number: int, path: str = "/books/", view: str = "catalog.views.BookListView"
) -> None:
    store.append([builders.report(id=trace_id(number), path=path, view=view)])


def test_newest_first(run: Run, store: Store) -> None:
    """The trace that was stored last stands under the head."""
    append(store, 1, "/books/")
    append(store, 2, "/orders/")
    head, first, second = run("list").splitlines()
    assert head.split()[:2] == ["No.", "Id"]
    assert first.endswith("GET /orders/?genre=fantasy")
    assert second.endswith("GET /books/?genre=fantasy")


def test_columns_are_aligned(run: Run, store: Store) -> None:
    """Every line has its last column at the same place, however wide the numbers are."""
    store.append(
        [
            builders.report(id=trace_id(1), duration_ms=123_456.0),
            builders.report(id=trace_id(2), duration_ms=1.0),
        ]
    )
    head, *rows = run("list").splitlines()
    assert {row.index("GET ") for row in rows} == {head.index("What")}


def test_today_needs_no_date(run: Run, store: Store) -> None:
    """A trace of today has its time alone, one of another day its date too."""
    today = datetime.now(UTC).isoformat()
    store.append([builders.report(id=trace_id(1)), builders.report(id=trace_id(2), started_at=today)])
    newest, oldest = run("list").splitlines()[1:]
    assert "2026-03-12 14:02:31.482" in oldest
    assert today[:10] not in newest


def test_limit(run: Run, store: Store) -> None:
    """No more lines than asked for."""
    for number in range(5):
        append(store, number)
    assert len(run("list", "--limit", "2").splitlines()) == 3


@pytest.mark.parametrize("value", ["0", "-1", "many"])
def test_limit_takes_whole_numbers(run: Run, value: str) -> None:
    """A limit that makes no sense is refused with what it takes."""
    with pytest.raises(CommandError, match="whole number above 0"):
        run("list", f"--limit={value}")


def test_filters_by_view_and_path(run: Run, store: Store) -> None:
    """Both texts have to be contained, in any case; traces beyond the limit are searched too."""
    append(store, 1, "/orders/", "shop.views.Orders")
    for number in range(2, 8):
        append(store, number)
    found = json.loads(run("list", "--limit=1", "--view", "orders", "--path", "/ORD", "--json"))
    assert [summary["id"] for summary in found] == [trace_id(1)]


def test_json_is_an_array_of_summaries(run: Run, store: Store) -> None:
    """Fields have the names and units of the contract."""
    append(store, 1)
    (summary,) = json.loads(run("list", "--json"))
    assert summary["seq"] == 1
    assert summary["duration_ms"] == 1002.4
    assert summary["phases"]["execute_ms"] == 3.0


def test_an_empty_store_says_so(run: Run, store: Store) -> None:
    """Text names the store; JSON is an empty array; no file is made."""
    assert run("list").startswith(f"No trace in {store.location} yet")
    assert json.loads(run("list", "--json")) == []
    assert not run("list", "--json").startswith("No.")


def test_nothing_matches(run: Run, store: Store) -> None:
    """An empty result of a filter is not an empty store."""
    append(store, 1)
    assert run("list", "--path", "/nowhere/").startswith("None of the 1 trace ")


def test_control_characters_are_escaped(run: Run, store: Store) -> None:
    """A path cannot steer the terminal: no escape sequence, line break or bidi mark comes out."""
    append(store, 1, "/\x1b[2J\n\u202eevil/")
    text = run("list")
    assert "\x1b" not in text and "\u202e" not in text
    assert r"/\x1b[2J \u202eevil/" in text
    assert len(text.splitlines()) == 2
