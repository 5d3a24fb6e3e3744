"""The stream in this process: what is sent when, and what a reader never loses."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from queryscope.dashboard import bell
from queryscope.dashboard.consumers import NOT_UNDERSTOOD, START_OVER
from queryscope.profiler.store import current_store
from tests.builders import report
from tests.dashboard.stream import (
    PATIENCE_SECONDS,
    closed,
    message,
    next_rows,
    open_doors,
    opened,
    rows,
    socket,
    store_some,
    until,
)

pytestmark = pytest.mark.asyncio


@pytest.fixture(autouse=True)
def store(settings: Any, tmp_path: Path) -> Path:
    return open_doors(settings, tmp_path)


async def test_a_reader_gets_what_is_there_and_then_what_comes() -> None:
    """Newest first inside a message, nothing twice."""
    await store_some(3)
    async with opened() as communicator:
        assert await next_rows(communicator) == [3, 2, 1]
        await store_some(1)
        assert await next_rows(communicator) == [4]


async def test_a_reconnect_goes_on_after_the_last_number_seen() -> None:
    """What was stored while nobody listened comes too."""
    await store_some(5)
    async with opened(after=2) as communicator:
        assert await next_rows(communicator) == [5, 4, 3]


async def test_numbers_may_come_as_text() -> None:
    """As htmx sends the value of a form field."""
    await store_some(2)
    communicator = socket()
    await communicator.connect(PATIENCE_SECONDS)
    await communicator.send_json_to({"after": "1", "q": ""})
    assert await next_rows(communicator) == [2]
    await communicator.disconnect()


async def test_a_burst_is_one_message() -> None:
    """Twenty rings within 100 ms do not make twenty messages."""
    async with opened() as communicator:
        await message(communicator)
        await store_some(1)
        first = await next_rows(communicator)
        for _ in range(20):
            await store_some(1)
        messages = [first]
        while max(messages[-1]) < 21:
            messages.append(await next_rows(communicator))
        assert sorted(seq for found in messages for seq in found) == list(range(1, 22))
        assert len(messages) <= 6


async def test_a_message_has_at_most_200_rows() -> None:
    """The rest follows without another ring."""
    await store_some(450)
    async with opened() as communicator:
        assert [len(await next_rows(communicator)) for _ in range(3)] == [200, 200, 50]


async def test_a_slow_browser_is_late_but_loses_nothing() -> None:
    """Nothing is sent before the last batch was acknowledged; then everything that gathered, in order."""
    await store_some(1)
    async with opened() as communicator:
        assert rows(await message(communicator)) == [1]
        for _ in range(5):
            await store_some(2)
        assert await communicator.receive_nothing(0.4)
        await communicator.send_json_to({"seen": 1})
        assert await next_rows(communicator) == [11, 10, 9, 8, 7, 6, 5, 4, 3, 2]


async def test_a_filter_holds_for_live_rows_and_can_change() -> None:
    """Rows that do not match still move the number to go on from."""
    async with opened(q="/n/2/") as communicator:
        await message(communicator)
        await store_some(2)
        assert await next_rows(communicator) == [2]
        await communicator.send_json_to({"after": 0, "q": "/n/1/"})
        assert await next_rows(communicator) == [1]


async def test_a_batch_without_a_matching_row_can_be_acknowledged() -> None:
    """The message says how far it went, also where the filter admits nothing."""
    async with opened(q="queries>9999") as communicator:
        await message(communicator)
        await store_some(1)
        html = await message(communicator)
        assert rows(html) == []
        assert 'data-seq="1"' in html
        await communicator.send_json_to({"seen": 1})
        await store_some(1)
        assert 'data-seq="2"' in await message(communicator)


async def test_a_pause_is_pushed() -> None:
    """Whoever paused: it stands in the store."""
    await store_some(1)
    async with opened(after=1) as communicator:
        await message(communicator)
        await asyncio.to_thread(current_store().pause)
        assert "Paused" in await message(communicator)
        await asyncio.to_thread(current_store().resume)
        assert "Recording" in await message(communicator)


async def test_nothing_new_is_nothing_sent() -> None:
    """A ring for nothing, such as that of another host, costs the browser nothing."""
    await store_some(1)
    async with opened() as communicator:
        await next_rows(communicator)
        bell.rung()
        assert await communicator.receive_nothing(0.4)


async def test_a_cleared_store_makes_the_page_start_over() -> None:
    """Numbers go on where they were, so emptiness is the sign."""
    await store_some(3)
    async with opened() as communicator:
        await next_rows(communicator)
        await asyncio.to_thread(current_store().clear)
        assert (await closed(communicator))["code"] == START_OVER


async def test_a_deleted_store_makes_the_page_start_over(store: Path) -> None:
    """A new file begins at 1 again; whoever saw 3 must not wait for 4."""
    await store_some(3)
    async with opened() as communicator:
        await next_rows(communicator)
        for file in store.parent.glob(f"{store.name}*"):
            file.unlink()
        await store_some(1)
        assert (await closed(communicator))["code"] == START_OVER


async def test_a_store_that_cannot_be_read_is_told_in_words(store: Path) -> None:
    """The stream stays open, and goes on when the store is readable again."""
    store.write_bytes(b"this is no database" * 100)
    async with opened() as communicator:
        assert str(store) in await message(communicator)
        store.unlink()
        await store_some(1)
        assert await next_rows(communicator) == [1]


@pytest.mark.parametrize(
    "text",
    [
        " ",
        "no json",
        "[]",
        "{",
        '{"after": -1}',
        '{"after": 9223372036854775808}',
        '{"after": []}',
        "x" * 20_000,
    ],
)
async def test_what_cannot_be_understood_closes_the_socket(text: str) -> None:
    """With a code after which htmx does not come back."""
    communicator = socket()
    await communicator.connect(PATIENCE_SECONDS)
    await communicator.send_to(text_data=text)
    assert (await closed(communicator))["code"] == NOT_UNDERSTOOD


async def test_bytes_are_not_understood() -> None:
    """The protocol is text."""
    communicator = socket()
    await communicator.connect(PATIENCE_SECONDS)
    await communicator.send_to(bytes_data=b'{"after": 0}')
    assert (await closed(communicator))["code"] == NOT_UNDERSTOOD


async def test_several_readers_get_the_same() -> None:
    """Each with its own number and pace, watched by one watcher."""
    await store_some(2)
    async with opened() as first, opened(after=1) as second:
        assert await next_rows(first) == [2, 1]
        assert await next_rows(second) == [2]
        assert bell.bell.listeners() == 2
        assert len(bell.bell._watching) == 1
        await store_some(1)
        assert (await next_rows(first), await next_rows(second)) == ([3], [3])


async def test_the_watcher_stops_with_the_last_reader() -> None:
    """A process without open dashboards does not look into the store."""
    async with opened() as communicator:
        await message(communicator)
        tasks = bell.bell._watching[asyncio.get_running_loop()]
    await until(lambda: all(task.done() for task in tasks))
    assert bell.bell.listeners() == 0
    assert not bell.bell._watching


async def test_another_process_is_noticed_without_a_ring(store: Path) -> None:
    """No Redis, no bell: the watcher looks."""
    await store_some(1)
    async with opened() as communicator:
        await next_rows(communicator)
        script = (
            "import sys; from queryscope.profiler.store import Store; from tests.builders import report;"
            "Store(sys.argv[1]).append([report(id='f' * 32, path='/elsewhere/')])"
        )
        command = [sys.executable, "-c", script, str(store)]
        done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        html = await message(communicator)
        assert rows(html) == [2]
        assert "/elsewhere/" in html


async def test_everything_is_shown_as_text() -> None:
    """Markup in a path stays what it is: characters."""
    await store_some(0)
    evil = report(path="/<img src=x onerror=alert(1)>/", name="GET <script>", view="<blink>", id="e" * 32)
    await asyncio.to_thread(current_store().append, [evil])
    async with opened() as communicator:
        html = await message(communicator)
        assert "<img" not in html and "<script" not in html and "<blink" not in html
        assert "&lt;img" in html


async def test_reading_does_not_block_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that takes long keeps the reader waiting, not the server."""
    from threading import Event

    from queryscope.dashboard import consumers

    entered, release = Event(), Event()
    original = consumers._read_and_render

    def slow(after: int, q: str) -> Any:
        entered.set()
        assert release.wait(PATIENCE_SECONDS)
        return original(after, q)

    monkeypatch.setattr(consumers, "_read_and_render", slow)
    await store_some(1)
    async with opened() as communicator:
        await until(entered.is_set)
        await asyncio.wait_for(asyncio.sleep(0), 1)
        release.set()
        assert await next_rows(communicator) == [1]
