"""unused-columns: a hint where far more was read than shown, and the reasons to say nothing."""

from __future__ import annotations

from typing import Any

import pytest

from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.analysis.rules.unused_columns import RULE
from queryscope.profiler.config import Config
from queryscope.profiler.trace import Lane, Span
from tests.analysis.querysets import findings, loaded, prefetch
from tests.builders import frame, trace


def wide(*uses: Any, **changes: Any) -> Span:
    return loaded(1, *uses, **{"rows": 200, "columns": 15, "bytes": 849_000} | changes)


@pytest.mark.parametrize(
    ("span", "response"),
    [
        (wide(), 34_000),
        (wide(), 84_900),
        (wide("iterated", "counted"), 34_000),
        (wide("indexed", rows=1), 34_000),
        (wide("other", rows=1), 34_000),
        (wide(load="many", relation="books"), 34_000),
        (wide(joined=("author",), read=("author",)), 34_000),
        (wide(bytes=100_000), 9_000),
        (wide(columns=4), 34_000),
        (wide(iterator=True), 34_000),
        (prefetch(1, "reviews", columns=8, rows=500, bytes=700_000), 34_000),
    ],
)
def test_found_as_a_hint(span: Span, response: int) -> None:
    """It says what is known and what would prove it."""
    (found,) = findings(RULE, span, response_bytes=response)
    assert (found.rule, found.severity) == ("unused-columns", "info")
    assert "a replay can prove it" in found.why
    assert "only()" in found.advice.summary and found.advice.code is None


def test_the_numbers_are_told() -> None:
    """Read, shown, rows and columns."""
    (found,) = findings(RULE, wide(), response_bytes=34_000)
    assert found.title == "849 kB read for a response of 34.0 kB"
    assert "200 rows of 15 columns" in found.why


SILENT: dict[str, Span] = {
    "little was read": wide(bytes=99_999),
    "how much is not known": wide(bytes=None),
    "few columns": wide(columns=3),
    "values that somebody chose": wide(values=True),
    "columns that somebody chose": wide(only=("title", "slug")),
    "columns that somebody left out": wide(deferred=("sample",)),
    "kept in a cache": wide(kept=True),
    "only counted: another rule": wide("counted"),
    "only tested: another rule": wide("tested"),
    "too many rows: another rule": wide(rows=30_000),
    "a cursor of its own": wide(queryset=None, load=None),
    "the admin's own": wide(
        stack=(frame("django/contrib/admin/views/main.py", 3, library=True, function="x"),)
    ),
}


@pytest.mark.parametrize("span", SILENT.values(), ids=SILENT)
def test_silent(span: Span) -> None:
    """Each name says why nothing is to be said."""
    assert findings(RULE, span, response_bytes=5_000) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"response_bytes": None},
        {"response_bytes": 84_901},
        {"status": 302},
        {"status": 404},
        {"method": "HEAD"},
        {"error": "ValueError: x"},
        {"kind": "task"},
        {"lanes": (Lane(name="streaming", label="streaming body", start_ms=1.0, duration_ms=9.0),)},
    ],
    ids=str,
)
def test_silent_where_the_response_tells_nothing(changes: dict[str, Any]) -> None:
    """Its size must be that of a page that shows what was read."""
    assert findings(RULE, wide(), **{"response_bytes": 5_000} | changes) == []


def test_what_is_explained_is_not_said_again() -> None:
    """A loop's loads are the loop's problem."""
    made = trace(spans=(wide(),), response_bytes=5_000)
    assert list(RULE.find(Evidence(made, Config(), explained=frozenset({1})))) == []
