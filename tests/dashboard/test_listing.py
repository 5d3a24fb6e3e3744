"""Which rows the list shows, in which order, and where the others are."""

from __future__ import annotations

from datetime import UTC, datetime

from queryscope.dashboard.presentation.live.filter import parse
from queryscope.dashboard.presentation.live.listing import MOST, PAGE, link, listing, sort_of
from queryscope.dashboard.presentation.live.source import Source
from queryscope.profiler.config import Config
from queryscope.profiler.store.summary import Summary, Totals
from tests.builders import summary


def source(*summaries: Summary, traces: int | None = None) -> Source:
    return Source(
        summaries=summaries,
        totals=Totals(traces=len(summaries) if traces is None else traces),
        paused_at=None,
        problem=None,
        dropped=0,
        records=True,
        config=Config(),
        zone=UTC,
        now=datetime(2026, 3, 12, 15, tzinfo=UTC),
    )


MANY = source(*(summary(n, queries=n % 7, duration_ms=float(n % 50)) for n in range(1, 701)))


def test_the_newest_come_first_and_the_rest_is_one_link_away() -> None:
    """A page of rows, how many there are, and the number below which the older ones begin."""
    shown = listing(MANY, parse("queries>=0"))
    assert [row.seq for row in shown.rows] == list(range(700, 700 - PAGE, -1))
    assert (shown.shown, shown.matching, shown.older, shown.following) == ("200", "700", 501, True)
    assert shown.older_link == "?q=queries%3E%3D0&before=501"


def test_older_rows_go_on_where_the_page_ended() -> None:
    """A list that begins further down is held: new rows do not go on top of it."""
    shown = listing(MANY, parse(""), before=501)
    assert (shown.rows[0].seq, shown.rows[-1].seq) == (500, 301)
    assert (shown.following, shown.held, shown.link) == (False, True, "?")


def test_the_last_page_has_no_older_rows() -> None:
    """The end is the end."""
    shown = listing(MANY, parse(""), before=100)
    assert (len(shown.rows), shown.older, shown.older_link) == (99, None, "")


def test_other_orders_show_the_greatest_and_hold_the_list() -> None:
    """Equal values: the newer first. The order is over everything at hand, not over a page."""
    shown = listing(MANY, parse(""), "queries")
    assert shown.rows[0].seq == 699
    numbers = [row.queries_number for row in shown.rows]
    assert numbers == sorted(numbers, reverse=True)
    assert (len(numbers), shown.older, shown.held) == (MOST, None, True)


def test_an_unknown_order_is_by_time() -> None:
    """A mistyped address is not an error."""
    assert [sort_of(text) for text in ("db", "", "size", "time")] == ["db", "time", "time", "time"]


def test_links_say_only_what_differs() -> None:
    """No empty parameters, and everything quoted."""
    assert link("") == "?"
    assert link("a&b", "db") == "?q=a%26b&sort=db"


def test_a_store_larger_than_the_window_is_said() -> None:
    """Then "of 700" is not of all there are."""
    assert listing(source(summary(1), traces=9), parse("")).limited
    assert not listing(MANY, parse("")).limited
