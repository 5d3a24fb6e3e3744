"""truth-by-load: rows that were loaded for a yes or no, and those that were wanted for more."""

from __future__ import annotations

import pytest

from queryscope.profiler.analysis.rules.truth_by_load import RULE
from queryscope.profiler.trace import Span
from tests.analysis.querysets import BOOKS, asked, findings, loaded
from tests.builders import frame, template_site

ADMIN = frame("django/contrib/admin/options.py", 5, library=True, function="ModelAdmin.render")


@pytest.mark.parametrize(
    "span",
    [
        loaded(1, "tested", rows=9),
        loaded(1, "tested", rows=9, values=True),
        loaded(1, "tested", rows=9, load="many", relation="reviews"),
        loaded(1, "tested", rows=9, template_site=template_site(), via_template=True),
        loaded(1, "tested", rows=9, joined=("author",)),
        loaded(1, "tested", rows=30_000, bytes=9_000_000),
        loaded(1, "tested", rows=9, sql=f"{BOOKS} LIMIT 21"),
    ],
)
def test_found(span: Span) -> None:
    """exists() would have told as much."""
    (found,) = findings(RULE, span)
    assert (found.rule, found.severity, found.advice.code) == ("truth-by-load", "medium", ".exists()")


def test_one_row_is_next_to_nothing() -> None:
    """What could be saved is a few columns."""
    (found,) = findings(RULE, loaded(1, "tested", rows=1, bytes=None))
    assert found.severity == "low"
    assert found.title == "1 row loaded to learn whether there is one"


def test_the_weight_is_told() -> None:
    """A number before a word."""
    (found,) = findings(RULE, loaded(1, "tested", rows=900, bytes=120_000))
    assert "900 rows of 120 kB" in found.why


def test_one_line_is_one_finding() -> None:
    """However often it runs; one that goes through its rows sometimes is left alone."""
    (found,) = findings(RULE, *(loaded(n, "tested", rows=9) for n in (1, 2, 3)))
    assert found.title == "27 rows loaded to learn whether there is one, 3 times"
    assert findings(RULE, loaded(1, "tested", rows=9), loaded(2, "tested", "iterated", rows=9)) == []
    assert len(findings(RULE, loaded(1, "tested", rows=9), loaded(2, "tested", rows=0))) == 1


SILENT: dict[str, Span] = {
    "tested, then gone through": loaded(1, "iterated", "tested"),
    "tested, then indexed": loaded(1, "tested", "indexed"),
    "tested, then counted: a count serves": loaded(1, "counted", "tested"),
    "tested, then sliced": loaded(1, "tested", "sliced"),
    "gone through": loaded(1, "iterated"),
    "used in a way that is not known": loaded(1, "tested", "other"),
    "nothing loaded": loaded(1, "tested", rows=0),
    "kept in a cache": loaded(1, "tested", kept=True),
    "exists() already": asked(1, f"SELECT 1 AS a {BOOKS[59:]} LIMIT 1"),
    "one row by a slice": loaded(1, "tested", sql=f"{BOOKS} LIMIT 1"),
    "the admin's own": loaded(1, "tested", stack=(ADMIN,)),
}  # fmt: skip


@pytest.mark.parametrize("span", SILENT.values(), ids=SILENT)
def test_silent(span: Span) -> None:
    """Each name says why nothing is to be said."""
    assert findings(RULE, span) == []


def test_a_request_that_failed_may_have_wanted_more() -> None:
    """It ended before."""
    assert findings(RULE, loaded(1, "tested"), error="ValueError: x") == []
