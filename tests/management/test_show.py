"""``queryscope show``: one report as text and as JSON."""

from __future__ import annotations

import json

import pytest
from django.core.management.base import CommandError

from queryscope.profiler.report import Report, to_document
from queryscope.profiler.store import Store
from tests import builders
from tests.management.conftest import Run

FIRST, SECOND = "a" * 32, "b" * 32


def append(store: Store, **changes: object) -> Report:
    (stored,) = store.append([builders.report(**changes)])
    return stored


@pytest.mark.parametrize("reference", ["last", "2", SECOND, SECOND[:6]])
def test_every_way_to_name_a_trace(run: Run, store: Store, reference: str) -> None:
    """The newest, a number, an id and its beginning lead to the same trace."""
    append(store, id=FIRST)
    append(store, id=SECOND)
    assert json.loads(run("show", reference, "--json"))["trace"]["id"] == SECOND


def test_json_is_the_contract(run: Run, store: Store) -> None:
    """What is printed is the document of the stored report, nothing before or after it."""
    stored = append(store)
    assert json.loads(run("show", "last", "--json")) == json.loads(json.dumps(to_document(stored, {})))


FINDING = {
    "id", "rule", "severity", "title", "why", "count", "cost_ms", "model", "relation", "path", "call_site", "build_site",
    "template_site", "spans", "advice", "problem", "docs",
}  # fmt: skip
"""What everybody who reads a report may rely on, whatever is added."""


def test_a_finding_is_told_with_its_problem(run: Run, store: Store) -> None:
    """Each field of the contract, and of the problem what was decided until now; null for one the store does not have."""
    known = builders.finding("f1", identity="a1" * 8)
    stored, _ = store.append(
        [builders.report(id=each, findings=(known, builders.finding("f2", identity=""))) for each in (FIRST, SECOND)]
    )  # fmt: skip
    store.ignore(known.identity, "Twelve rows at most")
    one, other = json.loads(run("show", FIRST, "--json"))["findings"]
    assert set(one) >= FINDING and {"summary", "code", "diff", "alternatives"} <= set(one["advice"])
    assert one["problem"] == {
        "identity": known.identity, "state": "ignored", "count": 2,
        "first_seen": stored.trace.started_at, "last_seen": stored.trace.started_at,
    }  # fmt: skip
    assert other["problem"] is None


def test_json_is_plain_ascii(run: Run, store: Store) -> None:
    """Data beyond ASCII is escaped and comes back whole, whatever the terminal's encoding."""
    path = "/büch\x1b[31m/\U0001f4d6\x7f/"
    append(store, path=path)
    text = run("show", "last", "--json")
    assert text.isascii() and "\x1b" not in text and "\x7f" not in text
    assert json.loads(text)["trace"]["path"] == path


def test_unknown_trace(run: Run, store: Store) -> None:
    """The error says what is allowed."""
    with pytest.raises(CommandError, match=r"No trace answers to 'ffffff'.*Allowed: .last"):
        run("show", "ffffff")


def test_ambiguous_trace(run: Run, store: Store) -> None:
    """A beginning that two ids share is refused."""
    append(store, id="cccccc" + "1" * 26)
    append(store, id="cccccc" + "2" * 26)
    with pytest.raises(CommandError, match="More than one trace begins with"):
        run("show", "cccccc")


def test_head_and_totals(run: Run, store: Store) -> None:
    """Request, status, view and the measured totals come first."""
    append(store, error="ValueError: no such genre", status=500)
    lines = run("show", "last").splitlines()
    assert lines[0] == "GET /books/?genre=fantasy  500"
    assert lines[1] == "catalog.views.BookListView route books/"
    assert lines[3] == "Error: ValueError: no such genre"
    assert (
        "total 1,002 ms  queries 2  database 3.00 ms  rows 2  response 148 kB  profiling 0.40 ms (under 0.1% of total, 200 µs a query)"
        in lines
    )
    assert "database default: postgresql 16.4, 2 queries, 3.00 ms" in lines


def test_groups_are_ordered_by_time(run: Run, store: Store) -> None:
    """Sites stand slowest first, with the number of their queries and their time."""
    spans = (
        builders.span(1, site_id="one", duration_ms=1.0),
        builders.span(2, site_id="two", duration_ms=4.0, call_site=builders.call_site("shop/cart.py", 12)),
        builders.span(3, site_id="two", duration_ms=5.0, call_site=builders.call_site("shop/cart.py", 12)),
    )
    append(store, spans=spans)
    text = run("show", "last")
    assert "      2      9.00  shop/cart.py:12  BookListView.get" in text
    assert text.index("shop/cart.py:12") < text.index("catalog/views.py:34")


def test_a_statement_names_all_its_places(run: Run, store: Store) -> None:
    """The template line with its way of inclusion, and the line that called it."""
    append(store, spans=(builders.span(1, template_site=builders.template_site(), via_template=True),))
    text = run("show", "last")
    assert "template catalog/book_list.html:24  by {{ book.author.name }}" in text
    assert "    from base.html:9" in text
    assert "called at catalog/views.py:34  BookListView.get" in text


def test_sql_prints_every_statement_in_order(run: Run, store: Store) -> None:
    """``--sql`` shows all, with parameters; without it only the slowest, and how many are missing."""
    spans = tuple(
        builders.span(n, fingerprint=f"{n:016x}", sql=f"SELECT {n}", duration_ms=20.0 - n)
        for n in range(1, 9)
    )
    append(store, spans=spans)
    whole, short = run("show", "last", "--sql"), run("show", "last")
    assert [whole.index(f"      SELECT {n}\n") for n in range(1, 9)] == sorted(
        whole.index(f"      SELECT {n}\n") for n in range(1, 9)
    )
    assert "      with 2117" in whole
    assert "3 statements not shown: --sql prints all" in short


def test_what_was_cut_is_said(run: Run, store: Store) -> None:
    """Statements that were dropped, characters and parameters that are missing are counted."""
    long = builders.span(1, sql="SELECT " + "x" * 700, sql_length=1_000, params_total=40)
    append(store, spans=(long,), truncated=builders.trace().truncated.__class__(spans=7))
    text = run("show", "last")
    assert "7 statements counted but not kept: MAX_TRACE_BYTES is " in text
    assert "... 400 more characters" in text
    assert "with 2117, 39 more" in text


def test_values_are_shown_as_what_they_are(run: Run, store: Store) -> None:
    """NULL is no text, and a masked value is called so."""
    params = (builders.parameter(None, "NoneType"), builders.parameter("9f86d081", "str", masked=True))
    append(store, spans=(builders.span(1, params=params, params_total=2),))
    assert "with NULL, masked 9f86d081" in run("show", "last")


def test_no_queries(run: Run, store: Store) -> None:
    """A trace without queries says so instead of showing empty tables."""
    append(store, spans=(), db_ms=0.0, by_alias={})
    assert run("show", "last").rstrip().endswith("No query was recorded.")


def test_markup_cannot_steer_the_terminal(run: Run, store: Store) -> None:
    """Escape sequences in SQL, values, places and errors come out as text."""
    evil = "\x1b]0;owned\x07\x9b31m"
    span = builders.span(
        1,
        sql=f"SELECT '{evil}'",
        params=(builders.parameter(evil, "str"),),
        call_site=builders.call_site(f"shop/{evil}.py"),
        template_site=builders.template_site(evil),
        error=evil,
        alias=evil,
    )
    append(store, spans=(span,), error=evil, view=evil, path=evil)
    for text in (
        run("show", "last"),
        run("show", "last", "--sql"),
        run("show", "last", "--json"),
        run("list"),
    ):
        assert all(character == "\n" or character.isprintable() for character in text)


def test_many_sites_are_bounded(run: Run, store: Store) -> None:
    """Twenty sites are listed; the rest is one line with its sums."""
    spans = tuple(builders.span(n, site_id=f"{n:08x}", duration_ms=1.0) for n in range(1, 31))
    append(store, spans=spans)
    assert "10 more call sites, 10 queries, 10.0 ms, not shown" in run("show", "last")


def test_long_names_are_bounded(run: Run, store: Store) -> None:
    """No text of a megabyte reaches the terminal as one line, whatever it is the name of."""
    text = "x" * 100_000
    spans = (builders.span(alias=text, error=text, call_site=builders.call_site(text, function=text)),)
    store.append([builders.report(spans=spans, path=f"/{text}", view=text, error=text)])
    assert max(map(len, run("show", "last").splitlines())) < 500
