"""The request page over HTTP: every state, the fragments it fetches, hostile text, and its time and size."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from queryscope.dashboard import opened
from queryscope.profiler.report import Report
from queryscope.profiler.store import current_store
from queryscope.profiler.trace import (
    AliasTotals,
    FieldSite,
    Lane,
    Origin,
    Phases,
    TemplateLine,
    Transaction,
    Truncated,
)
from tests import builders as b
from tests.dashboard import lantern

MARKUP = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&amp;{{ 1 }}"
ID = "0f8fad5bd9cb469fa16570867728950e"

Get = Callable[..., HttpResponse]


@pytest.fixture(autouse=True)
def store(settings: Any, tmp_path: Path) -> None:
    settings.DEBUG = True
    settings.QUERYSCOPE = {"ENABLED": False, "STORE": str(tmp_path / "store.sqlite3")}
    settings.DEBUG_TOOLBAR_CONFIG = {"SHOW_TOOLBAR_CALLBACK": lambda request: False}
    opened.forget()


@pytest.fixture
def get() -> Get:
    client = Client(headers={"host": "localhost"})
    return lambda path="", **headers: client.get(f"/queryscope/requests/{path}", headers=headers)


def keep(*reports: Report) -> None:
    for report in reports:
        current_store().append([report])


def text(response: HttpResponse) -> str:
    return response.content.decode()


def test_the_page_shows_the_request(get: Get) -> None:
    """Head, figures, timeline; the drawer waits for the browser to say how wide it is."""
    keep(lantern.report())
    response = get(f"{ID}/")
    assert response.status_code == 200
    assert ">/books/?genre=fantasy</h1>" in text(response)
    assert "9 patterns, 3 repeats" in text(response)
    assert 'role="treegrid"' in text(response)
    assert re.search(r'<aside class="drawer auto"[^>]* data-first="\d+"></aside>', text(response))


def test_a_link_to_a_query_carries_its_drawer(get: Get) -> None:
    """So that it works without script."""
    keep(lantern.report())
    page = text(get(f"{ID}/?n=100"))
    assert "44 / 100" in page
    assert "BookListView.get" in page


@pytest.mark.parametrize(
    "address",
    ["n=99999", "n=x", "n=-1", "view=nothing", "page=0&view=table", "sort=&view=table", "n=" + "9" * 5000],
)
def test_nonsense_in_the_address_is_ignored(get: Get, address: str) -> None:
    """The page is shown as if it were not there."""
    keep(lantern.report())
    assert get(f"{ID}/?{address}").status_code == 200


def test_the_three_views_are_real(get: Get) -> None:
    """By call site, by time, and as a table, each marked as the present one."""
    keep(lantern.report())
    for view, sign in (("site", "catalog/models.py"), ("time", "Queries by time"), ("table", "<caption")):
        page = text(get(f"{ID}/?view={view}"))
        assert sign in page
        assert re.search(rf'data-view="{view}" aria-current="true"', page)


def test_htmx_gets_the_part_that_changes(get: Get) -> None:
    """The picture, and the switch out of band; caches keep the two apart."""
    keep(lantern.report())
    response = get(f"{ID}/?view=time&q=viewcount", **{"HX-Request": "true"})
    assert "<html" not in text(response)
    assert 'id="views"' in text(response) and 'hx-swap-oob="true"' in text(response)
    assert re.findall(r'<div class="wf-r [^>]* data-n="(\d+)"', text(response)) == ["5", "6"]
    assert response["Vary"] == "HX-Request"


def test_a_filter_that_nothing_matches_says_so(get: Get) -> None:
    """With the words, and a way back."""
    keep(lantern.report())
    page = text(get(f"{ID}/?q=<b>nowhere"))
    assert "No query matches" in page
    assert "“&lt;b&gt;nowhere”" in page


def test_neighbours_are_those_of_the_log(get: Get) -> None:
    """The older one before, the newer one after; at the ends there is none."""
    ids = [f"{number:032x}" for number in (1, 2, 3)]
    keep(*(b.report(id=trace_id) for trace_id in ids))
    middle, last = text(get(f"{ids[1]}/")), text(get(f"{ids[2]}/"))
    assert f'id="previous" href="/queryscope/requests/{ids[0]}/"' in middle
    assert f'id="next" href="/queryscope/requests/{ids[2]}/"' in middle
    assert 'id="previous"' in last and 'id="next"' not in last


def test_one_trace_has_one_address(get: Get) -> None:
    """ "last", a number and a prefix lead to it."""
    keep(lantern.report())
    for reference in ("", "last/", "1/", f"{ID[:8]}/"):
        response = get(reference)
        assert (response.status_code, response.headers["Location"]) == (302, f"/queryscope/requests/{ID}/")


def test_a_trace_that_is_not_kept_is_a_page_with_words(get: Get) -> None:
    """What the store keeps, and the way back."""
    response = get(f"{ID}/")
    assert response.status_code == 404
    assert "This request is not kept" in text(response)
    assert "The store keeps 5,000 traces for 168 hours, up to 268 MB" in text(response)
    assert "Refresh" not in response.headers


def test_a_trace_on_its_way_is_still_being_written(get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the writer has not finished, the page looks again by itself."""
    monkeypatch.setattr("queryscope.profiler.pipeline.flush", lambda timeout_seconds: False)
    response = get(f"{ID}/")
    assert (response.status_code, response["Refresh"]) == (404, "1")
    assert "still being written" in text(response)


def test_a_store_that_cannot_be_read_is_named(get: Get, settings: Any, tmp_path: Path) -> None:
    """Not a traceback."""
    (tmp_path / "broken.sqlite3").write_bytes(b"this is no database" * 100)
    settings.QUERYSCOPE = {"ENABLED": False, "STORE": str(tmp_path / "broken.sqlite3")}
    response = get(f"{ID}/")
    assert response.status_code == 503
    assert "The store cannot be read" in text(response)


def test_the_states_without_queries_and_with_a_failed_view(get: Get) -> None:
    """Each in words."""
    keep(
        b.report(id="1" * 32, spans=(), phases=Phases(), by_alias={}, duration_ms=18.2),
        b.report(id="2" * 32, error="ValueError: no", status=500, truncated=Truncated(spans=7)),
    )
    assert "This request ran no queries" in text(get(f"{'1' * 32}/"))
    failed = text(get(f"{'2' * 32}/"))
    assert "The view raised ValueError after 2 queries." in failed
    assert "2 of 9 statements are shown" in failed


def test_a_request_in_which_nothing_was_found_says_so(get: Get) -> None:
    """In one line, without an empty table; where nothing ran there was nothing to look at."""
    keep(lantern.report(), b.report(id="1" * 32, spans=(), phases=Phases(), by_alias={}))
    page = text(get(f"{ID}/"))
    assert "rules looked through this trace and found nothing" in page
    assert 'id="findings"' not in page
    assert "found nothing" not in text(get(f"{'1' * 32}/"))


def test_the_drawer_is_a_fragment(get: Get) -> None:
    """And a number without a query is not found."""
    keep(lantern.report())
    response = get(f"{ID}/queries/100/")
    assert text(response).startswith('<div class="hd">')
    assert "Show 31 library frames" in text(response)
    assert get(f"{ID}/queries/5000/").status_code == 404


def test_copy_takes_the_recorded_sql_to_the_letter(get: Get) -> None:
    """Also a leading line break, which the HTML parser would drop, and everything the layout shortens."""
    sql = f"\n SELECT 1 WHERE id IN ({', '.join(['%s'] * 50)}) -- <end>"
    keep(b.report(spans=(b.span(1, sql=sql),)))
    copied = re.search(r'<pre id="sql-full" hidden>\n(.*?)</pre>', text(get(f"{ID}/queries/1/")), re.DOTALL)
    assert copied is not None
    assert copied[1].replace("&lt;", "<").replace("&gt;", ">") == sql


def hostile() -> Report:
    """Return a report with markup in every string that has no fixed words."""
    site = b.call_site(MARKUP, source=MARKUP, function=MARKUP)
    template = b.template_site(
        MARKUP, source=MARKUP, chain=(TemplateLine(name=MARKUP, file=None, line=3, source=MARKUP),)
    )
    span = b.span(
        1,
        sql=f"SELECT '{MARKUP}' /* {MARKUP} */ FROM {MARKUP}",
        tables=(MARKUP,),
        params=(b.parameter(MARKUP, type=MARKUP, name=MARKUP), b.parameter(MARKUP, masked=True)),
        fingerprint=MARKUP,
        alias=MARKUP,
        vendor=MARKUP,
        error=MARKUP,
        model=MARKUP,
        call_site=site,
        template_site=template,
        stack=(b.frame(MARKUP, function=MARKUP), b.frame(MARKUP, function=MARKUP, library=True)),
        transaction=1,
        load="forward",
        relation=MARKUP,
        build_sites=(site, b.call_site(MARKUP, 9, source=MARKUP)),
        origin=Origin(id=1, parent=None, root=1, model=MARKUP, path=MARKUP, build_sites=(site,), span=2),
        field_site=FieldSite(kind="form", owner=MARKUP, path=MARKUP, file=MARKUP, line=1),
    )
    via = b.span(2, template_site=template, via_template=True, site_id="other")
    return b.report(
        spans=(span, via),
        name=MARKUP, path=f"/{MARKUP}", view=MARKUP, method=MARKUP, error=MARKUP, response_type=MARKUP,
        request=b.request(query_string=MARKUP),
        by_alias={MARKUP: AliasTotals(vendor=MARKUP, server_version=MARKUP, queries=2, db_ms=3.0, connects=1)},
        lanes=(Lane(name=MARKUP, label=MARKUP, start_ms=1, duration_ms=900),),
        transactions=(Transaction(n=1, alias=MARKUP, savepoint=MARKUP, start_ms=3, duration_ms=6, end="open", spans=(1,)),),
    )  # fmt: skip


@pytest.mark.parametrize(
    "part", ["", "?view=time&n=1", "?view=table&n=2", "queries/1/", "queries/2/", f"?q={MARKUP}"]
)
def test_markup_in_every_string_is_text(get: Get, part: str) -> None:
    """Nothing of it becomes an element, nor does a template tag run."""
    keep(hostile())
    page = text(get(f"{ID}/{part}"))
    assert "alert(1)" in page
    assert not re.search(r"<script>|<img|<[^>]*\sonerror=alert\(2\)>", page)
    assert not re.search(r"\son\w+=|\sstyle=", re.sub(r">[^<]*<", "><", re.sub(r'"[^"]*"', '""', page)))


def test_columns_come_as_json(get: Get) -> None:
    """For the filter in the address."""
    keep(lantern.report())
    response = get(f"{ID}/spans.json?q=viewcount")
    assert response["Content-Type"] == "application/json"
    assert response.json()["n"] == [5, 6]


def test_a_page_of_1000_queries_is_quick_and_small(get: Get) -> None:
    """50 ms and 300 kB on an idle machine; the bound leaves room for a busy one."""
    keep(lantern.repeated(1_000))
    get(f"{ID}/")
    times = []
    for _ in range(5):
        opened.forget()
        begun = time.perf_counter()
        response = get(f"{ID}/")
        times.append(time.perf_counter() - begun)
    assert min(times) < 0.25
    assert len(response.content) < 300_000


def test_10000_queries_are_bounded(get: Get) -> None:
    """The page is no larger than for 1,000, the columns stay below a megabyte."""
    keep(lantern.repeated(10_000))
    assert len(get(f"{ID}/").content) < 300_000
    assert len(get(f"{ID}/?view=time").content) < 100_000
    assert len(get(f"{ID}/spans.json").content) < 1_000_000
