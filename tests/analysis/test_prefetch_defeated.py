"""prefetch-defeated: a prefetch that is paid for and asked again, and the loads beside a prefetch that are right."""

from __future__ import annotations

from typing import Any

import pytest

from queryscope.profiler.analysis.rules.prefetch_defeated import RULE
from queryscope.profiler.finding import Finding
from queryscope.profiler.trace import Span
from tests.analysis.rows import (
    BUILT,
    CHOSEN,
    COUNT,
    EXISTS,
    FIRST,
    SUM,
    TEXTS,
    each,
    fetched,
    findings,
    followed,
    looping,
    origin,
)
from tests.builders import call_site

PREFETCH = followed(2, "reviews", "prefetch", parent_row=None, rows=60)


def again(count: int, call: str, sql: str = CHOSEN, **changes: Any) -> list[Span]:
    values = {"call_site": looping(f"list(book.reviews.{call})"), "sql": sql}
    return each(count, "reviews", "many", first=3, **values | changes)


def only(*spans: Span) -> Finding:
    (found,) = findings(RULE, spans)
    return found


@pytest.mark.parametrize(
    ("call", "sql"),
    [
        ("filter(stars=5)", CHOSEN),
        ("exclude(stars=1)", CHOSEN),
        ("order_by('-stars')", TEXTS["reviews"] + ' ORDER BY "catalog_review"."stars" DESC'),
        ("select_related('reader')", TEXTS["reviews"]),
        ("filter(stars=5).count()", COUNT + ' AND "catalog_review"."stars" = %s'),
        ("filter(stars=5).exists()", EXISTS + " "),
        ("first()", FIRST),
        ("aggregate(Sum('stars'))", SUM),
    ],
)  # fmt: skip
def test_what_a_prefetch_does_not_answer(call: str, sql: str) -> None:
    """Each of these is a query of its own; what is chosen is told in words where its source is not there to be read."""
    found = only(fetched(), PREFETCH, *again(20, call, sql))
    assert found.title == "Book.reviews prefetched, then asked for again 20 times"
    severity = "high" if found.advice.code is not None else "medium"
    assert (found.severity, found.path, found.build_site) == (severity, "reviews", BUILT[0])
    assert "(...)" not in (found.advice.code or "")
    assert found.advice.code is not None or "choose among them in Python" in found.advice.summary
    assert "row.reviews.all()" in found.advice.alternatives[-1]


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ("values_list('stars', flat=True)", "[each.stars for each in book.reviews.all()]"),
        ("values_list('stars')", "row.reviews.all()"),
        ("iterator()", "book.reviews.all()"),
    ],
)
def test_what_asks_for_all_rows_takes_those_that_are_there(call: str, code: str) -> None:
    """No other prefetch is needed."""
    found = only(fetched(), PREFETCH, *again(20, call, TEXTS["reviews"]))
    assert (found.severity, found.advice.code) == ("high", code)
    assert "row.reviews.all()" in found.advice.summary


def test_the_reason_names_the_call_and_both_lines() -> None:
    """What defeats the prefetch, and where it was asked for."""
    why = only(fetched(), PREFETCH, *again(20, "filter(stars=5)")).why
    assert "by filter()" in why and "catalog/views.py:34" in why and "catalog/views.py:30" in why


def test_a_count_can_be_made_of_what_is_there() -> None:
    """Python counts what was prefetched."""
    found = only(
        fetched(),
        PREFETCH,
        *again(20, "filter(stars=5).count()", COUNT + ' AND "catalog_review"."stars" = %s'),
    )
    assert any("sum(1 for each in row.reviews.all() if …)" in other for other in found.advice.alternatives)


def test_one_fix_leaves_the_old_prefetch() -> None:
    """It says so."""
    assert "take the old prefetch out" in (
        only(fetched(), PREFETCH, *again(20, "first()", FIRST)).advice.next or ""
    )


def test_querysets_of_one_prefetch_name_one_row() -> None:
    """They share the hint that tells the row; the key that each asks for tells them apart."""
    assert only(fetched(), PREFETCH, *again(20, "filter(stars=5)", parent_row="the last one")).count == 20


def test_a_nested_prefetch() -> None:
    """The path tells which of several relations of that name."""
    books = origin(2, "books", parent=1, span=2)
    first = followed(2, "books", "prefetch", parent_row=None, rows=30)
    second = followed(3, "reviews", "prefetch", parent_row=None, rows=60, origin=books)
    loads = again(20, "filter(stars=5)", origin=books)
    assert only(fetched(), first, second, *loads).path == "books__reviews"


SITE = (call_site(source='    Prefetch("reviews", Review.objects.filter(stars=5), to_attr="best")'),)
SILENT: dict[str, list[Span]] = {
    "no prefetch": [fetched(), *again(20, "filter(stars=5)")],
    "a prefetch that is read": [fetched(), PREFETCH],
    "prefetched and never asked for again, chunk by chunk": [fetched(), PREFETCH, PREFETCH],
    "another relation": [fetched(), PREFETCH, *each(20, "genres", "many", first=3, call_site=looping("book.genres.filter(a=1)"))],
    "another queryset": [
        fetched(), PREFETCH, *again(20, "filter(stars=5)", origin=origin(2, root=2, span=2)),
    ],
    "one row": [fetched(rows=1), PREFETCH, *again(1, "filter(stars=5)")],
    "two rows of a thousand": [fetched(rows=1000), PREFETCH, *again(2, "filter(stars=5)")],
    "all() is answered, so these rows are others": [fetched(), PREFETCH, *again(20, "all()", TEXTS["reviews"])],
    "a forward key": [fetched(), followed(2, load="prefetch", parent_row=None), *each(20, first=3)],
    "one row asked for several choices": [
        fetched(), PREFETCH, *(followed(n, "reviews", "many", sql=FIRST, params=PREFETCH.params) for n in range(3, 20)),
    ],
    "an attribute of its own was filled": [
        fetched(build_sites=SITE), followed(2, "reviews", "prefetch", parent_row=None, origin=origin(build_sites=SITE)),
        *again(20, "filter(stars=1)", origin=origin(build_sites=SITE)),
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", SILENT)
def test_silent(name: str) -> None:
    """Nothing was paid for twice."""
    assert findings(RULE, SILENT[name]) == []
