"""evaluated-twice: the same queryset run again for nothing, and the cases in which again is right."""

from __future__ import annotations

import pytest

from queryscope.profiler.analysis.rules.evaluated_twice import RULE
from queryscope.profiler.trace import FieldSite, Span
from tests.analysis.querysets import BOOKS, findings, loaded, origin, prefetch, written
from tests.builders import call_site, frame, parameter, span

ORM = frame("django/db/models/query.py", 1, library=True, function="QuerySet._fetch_all")
FORM = FieldSite(kind="form", owner="catalog.forms.PublisherForm", path="publisher")


def test_a_second_evaluation_is_found_with_what_it_cost() -> None:
    """Only what could be saved counts: the time of the second one."""
    spans = (
        loaded(1, base=1, duration_ms=3.0),
        loaded(2, base=1, duration_ms=2.0, call_site=call_site(line=40)),
    )
    (found,) = findings(RULE, *spans)
    assert (found.rule, found.severity, found.spans, found.cost_ms) == (
        "evaluated-twice",
        "medium",
        (1, 2),
        2.0,
    )
    assert "catalog/views.py:34, then at catalog/views.py:40" in found.why
    assert found.advice.code is None and "use the rows" in found.advice.summary


def test_an_iterator_is_named_as_the_reason() -> None:
    """It leaves the queryset empty."""
    (found,) = findings(RULE, loaded(1, base=1, iterator=True), loaded(2, base=1))
    assert "iterator()" in found.advice.summary


def test_what_the_second_one_prefetched_again_belongs_to_it() -> None:
    """A prefetch runs once for each evaluation."""
    spans = (loaded(1, base=1), prefetch(2, "genres", 1), loaded(3, base=1), prefetch(4, "genres", 3))
    (found,) = findings(RULE, *spans)
    assert found.spans == (1, 3, 2, 4)
    assert found.cost_ms == 3.0


def test_three_are_one_finding() -> None:
    """One queryset, one line to change."""
    (found,) = findings(RULE, *(loaded(n, base=1) for n in (1, 2, 3)))
    assert found.title == "One queryset was run 3 times"


def test_querysets_of_one_place_are_one_finding() -> None:
    """A function that evaluates twice is called for each key."""
    spans = (loaded(n, base=n // 2, params=(parameter(str(n // 2)),)) for n in range(2, 8))
    (found,) = findings(RULE, *spans)
    assert found.title == "3 querysets were each run more than once"
    assert (len(found.spans), found.cost_ms) == (6, 4.5)


def test_a_write_in_between_parts_them() -> None:
    """What comes after it may be another answer; two of them after it are not."""
    assert findings(RULE, loaded(1, base=1), written(2), loaded(3, base=1)) == []
    (found,) = findings(RULE, loaded(1, base=1), written(2), loaded(3, base=1), loaded(4, base=1))
    assert found.spans == (3, 4)


def test_a_write_to_another_table_does_not() -> None:
    """A session that is saved changes no book."""
    assert len(findings(RULE, loaded(1, base=1), written(2, "django_session"), loaded(3, base=1))) == 1


SILENT: dict[str, tuple[Span, ...]] = {
    "run once": (loaded(1, base=1),),
    "two objects": (loaded(1, base=1), loaded(2, base=2)),
    "nothing known of the object": (loaded(1), loaded(2)),
    "other values": (loaded(1, base=1), loaded(2, base=1, params=(parameter("sold out", "str"),))),
    "another statement: a further filter": (loaded(1, base=1), loaded(2, base=1, sql=f"{BOOKS} LIMIT 3")),
    "another database": (loaded(1, base=1), loaded(2, base=1, alias="replica")),
    "the answer changed": (loaded(1, base=1, rows=60), loaded(2, base=1, rows=61)),
    "values that were cut": tuple(loaded(n, base=1, params=(parameter("x", "str", truncated=True),)) for n in (1, 2)),
    "values that were left out": tuple(loaded(n, base=1, params_total=2) for n in (1, 2)),
    "a random order": tuple(loaded(n, base=1, sql=f"{BOOKS} ORDER BY RANDOM()") for n in (1, 2)),
    "rows that are locked": tuple(loaded(n, base=1, sql=f"{BOOKS} FOR UPDATE") for n in (1, 2)),
    "a loop that waits": tuple(loaded(n, base=1, call_site=call_site(loop="while not books:")) for n in (1, 2)),
    "forms that each ask": tuple(loaded(n, base=1, field_site=FORM) for n in (1, 2)),
    "streamed twice, too large to keep": tuple(loaded(n, base=1, iterator=True, rows=30_000) for n in (1, 2)),
    "inside a transaction again": (loaded(1, base=1), loaded(2, base=1, transaction=1)),
    "rolled back in between": (
        loaded(1, base=1, transaction=1),
        span(2, kind="transaction", sql='ROLLBACK TO SAVEPOINT "s1"', tables=()),
        loaded(3, base=1, transaction=1),
    ),
    "a procedure in between": (loaded(1, base=1), span(2, kind="call", sql="CALL tidy()", tables=()), loaded(3, base=1)),
    "chunks of a prefetch": (prefetch(1, "author", 9, base=1), prefetch(2, "author", 9, base=1)),
}  # fmt: skip


@pytest.mark.parametrize("spans", SILENT.values(), ids=SILENT)
def test_silent(spans: tuple[Span, ...]) -> None:
    """Each name says why nothing is to be said."""
    assert findings(RULE, *spans) == []


def test_what_the_admin_asks_twice_is_its_own() -> None:
    """Nobody but Django could change it."""
    admin = frame("django/contrib/admin/views/main.py", 5, library=True, function="ChangeList.get_results")
    spans = tuple(loaded(n, base=1, stack=(ORM, admin), origin=origin(7)) for n in (1, 2))
    assert findings(RULE, *spans) == []
