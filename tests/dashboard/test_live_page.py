"""The live page and its fragments as the browser gets them: states, escaping, batches."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from queryscope.dashboard.batch import read, render
from queryscope.profiler import pipeline
from queryscope.profiler.store import Store, current_store
from tests.builders import report, request, span

HOME = "/queryscope/"
MIDDLEWARE = "queryscope.profiler.middleware.QueryscopeMiddleware"
HOSTILE = "\"'><img src=x onerror=alert(1)><script>alert(2)</script>{{ 7 }}{% now 'Y' %}"


@pytest.fixture(autouse=True)
def project(settings: Any, tmp_path: Path) -> None:
    settings.DEBUG = True
    settings.TIME_ZONE = "UTC"
    settings.ALLOWED_HOSTS = ["*"]
    settings.MIDDLEWARE = [MIDDLEWARE]
    settings.QUERYSCOPE = {"ENABLED": True, "STORE": str(tmp_path / "store.sqlite3")}


@pytest.fixture
def store() -> Store:
    return current_store()


def fill(store: Store, count: int, **changes: Any) -> Sequence[Any]:
    return store.append([report(id=f"{n:032x}", **changes) for n in range(count)])


def get(address: str = HOME, **headers: str) -> str:
    response = Client(headers={"host": "localhost:8000", **headers}).get(address)
    assert response.status_code == 200, response.content[:500]
    return response.content.decode()


def rows_of(html: str) -> list[int]:
    return [int(seq) for seq in re.findall(r'<tr id="r-(\d+)"', html)]


def test_the_page_lists_what_is_stored(store: Store) -> None:
    """Rows, totals, counts, and the number from which the stream goes on."""
    fill(store, 3)
    page = get()
    assert rows_of(page) == [3, 2, 1]
    assert 'id="req-count">3<' in page
    assert 'id="cursor" name="after" value="3"' in page
    assert "14:02:31.482" in page
    assert 'href="/queryscope/requests/00000000000000000000000000000002/"' in page


def test_nothing_inline(store: Store) -> None:
    """No style attribute, no inline script or style: the policy would refuse them."""
    fill(store, 3)
    page = get()
    assert not re.search(r"<[^>]*\sstyle=", page)
    assert not re.search(r"<[^>]*\son\w+=", page)
    assert "<style" not in page
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page))


def test_markup_in_every_string_is_text(store: Store) -> None:
    """Path, query string, view, name, method, error, filter: shown, never run, on page, batch and fragments."""
    hostile = fill_hostile(store)
    everywhere = [
        get(),
        get(f"{HOME}rows/?before=9"),
        get(f"{HOME}rows/"),
        get(f"{HOME}?q={HOSTILE}".replace("%", "%25").replace("&", "%26").replace("#", "%23")),
        get(f"{HOME}rows/?after=0"),
        render(read(0), HOSTILE),
    ]
    for html in everywhere:
        assert "<img" not in html
        assert "<script>" not in html
        assert "onerror=alert(1)>" not in html.replace("&gt;", "")
    assert "&lt;img src=x" in everywhere[0]
    assert hostile in everywhere[0]


def fill_hostile(store: Store) -> str:
    """Store one trace with markup everywhere; return a part of its text as it must appear."""
    store.append(
        [
            report(
                path=HOSTILE,
                name=HOSTILE,
                view=HOSTILE,
                method=HOSTILE,
                error=HOSTILE,
                status=None,
                request=request(query_string=HOSTILE),
                spans=(span(1, sql=HOSTILE),),
            )
        ]
    )
    return "{{ 7 }}{% now &#x27;Y&#x27; %}"


def test_the_first_page_waits_for_a_request() -> None:
    """Nothing is missing, so nothing but a request is asked for."""
    page = get()
    assert "Waiting for the first request" in page
    assert 'data-state="waiting"' in page
    assert "<tr " not in page.split("<main")[1]


def test_a_missing_middleware_is_named_with_the_line_to_add(settings: Any) -> None:
    """What was found is said to be found, what is missing is the exact line."""
    settings.MIDDLEWARE = []
    page = get()
    assert 'data-state="middleware"' in page
    assert MIDDLEWARE in page
    assert "# missing: put it first" in page
    assert "# found" in page
    assert ">Not recording<" in page


@pytest.mark.parametrize(
    ("options", "debug", "says"),
    [({"ENABLED": False}, True, "is False"), ({}, True, "is not set")],
)
def test_recording_that_is_off_says_which_setting(
    options: dict[str, Any], debug: bool, says: str, settings: Any, tmp_path: Path
) -> None:
    """ENABLED said no, or nothing said yes."""
    settings.QUERYSCOPE = {"STORE": str(tmp_path / "other.sqlite3"), **options}
    page = get()
    assert 'data-state="disabled"' in page
    assert says in page


def test_a_store_that_cannot_be_read_is_explained(settings: Any, tmp_path: Path) -> None:
    """The sentence of the store, as a page of its own."""
    broken = tmp_path / "broken.sqlite3"
    broken.write_bytes(b"this is no database" * 100)
    settings.QUERYSCOPE = {"ENABLED": True, "STORE": str(broken)}
    response = Client(headers={"host": "localhost"}).get(HOME)
    assert response.status_code == 503
    assert "The store cannot be read" in response.content.decode()
    assert "broken.sqlite3" in response.content.decode()


def test_paused_says_since_when(store: Store) -> None:
    """And the same button resumes."""
    fill(store, 1)
    store.pause()
    page = get()
    assert ">Paused<" in page
    assert 'name="action" value="resume"' in page
    assert re.search(r"Paused at \d\d:\d\d:\d\d", page)


def test_the_filter_is_part_of_the_address(store: Store) -> None:
    """Page, field and chips agree; a wrong term is a sentence under the field."""
    fill(store, 2, status=404)
    fill(store, 0)
    page = get(f"{HOME}?q=status:404+colour:red")
    assert rows_of(page) == [2, 1]
    assert 'value="status:404 colour:red"' in page
    assert "“colour:” is not a filter" in page
    assert rows_of(get(f"{HOME}?q=status:200")) == []


def test_odd_parameters_are_not_errors(store: Store) -> None:
    """Whatever stands in the address, a page comes."""
    fill(store, 2)
    for text in ("sort=%3Cscript%3E", "before=abc", f"before={'9' * 40}", "before=-1", "q=%00%ff", "after=1"):
        assert "Live traces" in get(f"{HOME}?{text}")


def test_without_a_socket_the_page_polls_and_says_why(store: Store) -> None:
    """Under WSGI."""
    fill(store, 1)
    page = get()
    assert 'data-stream="polling"' in page
    assert "New rows are fetched every 2 seconds" in page
    assert "hx-ws" not in page


def test_a_poll_brings_the_rows_after_a_number(store: Store) -> None:
    """Newest first, for insertion on top; the cursor moves even where the filter admits nothing."""
    fill(store, 3)
    batch = get(f"{HOME}rows/?after=1")
    assert rows_of(batch) == [3, 2]
    assert "afterbegin:#rows" in batch
    nothing = get(f"{HOME}rows/?after=1&q=status:500")
    assert rows_of(nothing) == []
    assert 'value="3" data-seq="3"' in nothing


def test_a_poll_after_the_log_is_gone_starts_the_page_over(store: Store) -> None:
    """A number that was never given belongs to another log."""
    fill(store, 1)
    response = Client(headers={"host": "localhost"}).get(f"{HOME}rows/?after=99")
    assert response["HX-Refresh"] == "true"


def test_a_page_of_a_cleared_log_does_not_start_over(store: Store) -> None:
    """It shows nothing, so it has missed nothing; it would load itself for ever."""
    fill(store, 3)
    store.clear()
    assert 'id="cursor" name="after" value="0"' in get()
    response = Client(headers={"host": "localhost"}).get(f"{HOME}rows/?after=0")
    assert not response.has_header("HX-Refresh")
    assert not read(0).more


def test_a_filter_stands_in_the_page_as_it_is_understood(store: Store) -> None:
    """The page sends it back by its socket, which takes no longer ones."""
    fill(store, 1)
    page = get(f"{HOME}?q=++two%20%20{'words' * 3000}")
    assert page.count(f'data-q="two {"words" * 59}w"') == 2
    assert f'data-q="two {"words" * 59}w"' in get(f"{HOME}rows/?after=0&q=two++{'words' * 3000}")


def test_older_rows_are_appended(store: Store) -> None:
    """To the list that asked, with the link to the next ones."""
    fill(store, 450)
    older = get(f"{HOME}rows/?before=251")
    assert rows_of(older) == list(range(250, 50, -1))
    assert 'beforeend:#rows"' in older
    assert 'data-before="51"' in older
    assert 'beforeend:#rows-held"' in get(f"{HOME}rows/?before=251&held=1")


def test_drawings_are_refreshed_apart(store: Store) -> None:
    """Strip, chips, scatter, views and the count, each swapped in place."""
    fill(store, 4)
    html = get(f"{HOME}rows/?q=status:500")
    for place in ("strip", "chips", "scatter", "views"):
        assert re.search(rf'id="{place}"[^>]*hx-swap-oob', html)
    assert '<span id="matching" hx-swap-oob="true">0</span>' in html


def test_a_batch_is_the_same_html_for_the_same_state(store: Store) -> None:
    """The socket sends a message only where something differs, so nothing in it may depend on the moment."""
    fill(store, 1)
    first, second = (render(read(1), "") for _ in range(2))
    assert first == second
    assert rows_of(first) == []


def test_the_window_reads_only_what_is_new(store: Store) -> None:
    """Rows appear as they are stored, and what was removed is gone."""
    fill(store, 2)
    assert rows_of(get()) == [2, 1]
    fill_more = [report(id=f"{n:032x}") for n in range(100, 103)]
    store.append(fill_more)
    assert rows_of(get()) == [5, 4, 3, 2, 1]
    store.clear()
    assert "Waiting for the first request" in get()
    store.append([report(id="f" * 32)])
    assert rows_of(get()) == [6]


def test_dropped_traces_are_said(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the writer had to drop is counted on the page, with the option to change."""
    fill(store, 1)
    monkeypatch.setattr(pipeline._writer, "dropped", 1_234)
    for address in (HOME, f"{HOME}rows/?after=1"):
        page = get(address)
        assert "1,234 not kept." in page
        assert "QUEUE_TRACES" in page


def test_the_window_keeps_what_it_has_while_others_write(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A trace stored while the page is being made is not taken for the removal of another."""
    fill(store, 3)
    assert rows_of(get()) == [3, 2, 1]
    count = store.totals

    def count_late() -> Any:
        counted = count()
        store.append([report(id=f"{counted.last_seq + 100:032x}")])
        return counted

    monkeypatch.setattr(store, "totals", count_late)
    get()
    monkeypatch.undo()
    assert rows_of(get())[-3:] == [3, 2, 1]
    store.clear()
    store.append([report(id="e" * 32)])
    assert len(rows_of(get())) == 1


def test_a_full_batch_of_long_texts_fits_into_a_message(store: Store) -> None:
    """Daphne refuses over 1 MiB: the stream would fail, connect again and fail for ever."""
    text = "&" * 10_000
    asked = request(query_string=text)
    fill(store, 200, path=f"/{text}", view=f"a.{text}", method=text, name=text, request=asked)
    message = render(read(0), "")
    assert len(rows_of(message)) == 200
    assert len(message.encode()) < 2**20
    assert len(get()) < 2 * 2**20
