"""large-result: many rows in memory at once, and those that were handed on or wanted."""

from __future__ import annotations

from typing import Any

import pytest

from queryscope.profiler.analysis.rules.large_result import RULE
from queryscope.profiler.config import Config
from queryscope.profiler.trace import Lane, Span
from tests.analysis.querysets import asked, findings, loaded, prefetch
from tests.builders import frame

STREAM = (Lane(name="streaming", label="streaming body", start_ms=1.0, duration_ms=9.0),)


def large(*uses: Any, **changes: Any) -> Span:
    return loaded(1, *uses, **{"rows": 30_000, "bytes": 240_000, "duration_ms": 300.0} | changes)


def test_rows_that_python_counts() -> None:
    """The response has less than a byte for each row, so they are not in it."""
    (found,) = findings(RULE, large(values=True), response_bytes=19_000)
    assert (found.rule, found.severity) == ("large-result", "high")
    assert "30,000 rows of together 240 kB" in found.why and "19.0 kB" in found.why
    assert "annotate(count=Count" in (found.advice.code or "")
    assert "column stands for" in found.advice.summary
    assert any('aggregate(total=Sum("column"))' in each for each in found.advice.alternatives)


def test_rows_that_may_be_shown_are_low() -> None:
    """Whether all are wanted, only the author knows."""
    (found,) = findings(RULE, large(), response_bytes=2_000_000)
    assert (found.severity, found.advice.code) == ("low", None)


def test_rows_of_a_command_are_handed_on_in_chunks() -> None:
    """There is no page to cut."""
    (found,) = findings(RULE, large(), kind="command", response_bytes=None, status=None, method=None)
    assert (found.severity, "iterator(chunk_size=2000)" in found.advice.summary) == ("low", True)


@pytest.mark.parametrize(
    "uses", [("tested", "sliced"), ("counted", "sliced"), ("sliced",), ("counted", "tested", "indexed")]
)
def test_rows_that_are_sliced_away(uses: tuple[str, ...]) -> None:
    """Something evaluated the queryset before it was paginated."""
    (found,) = findings(RULE, large(*uses))
    assert found.title == "30,000 rows loaded and then sliced away"
    assert found.severity == "high"


def test_a_prefetch_is_a_hint() -> None:
    """Its rows follow those of another queryset."""
    (found,) = findings(RULE, prefetch(2, "reviews", rows=5_000))
    assert found.severity == "info"


def test_raw_sql_by_the_orm_is_loaded_too() -> None:
    """A RawQuerySet keeps its rows."""
    (found,) = findings(RULE, large(load="raw", queryset=None))
    assert found.spans == (1,)


def test_the_limit_is_a_setting() -> None:
    """From LARGE_ROWS on."""
    assert findings(RULE, loaded(1, rows=999)) == []
    assert len(findings(RULE, loaded(1, rows=1_000))) == 1
    assert findings(RULE, loaded(1, rows=1_000), config=Config(large_rows=1_001)) == []
    assert len(findings(RULE, loaded(1, rows=60), config=Config(large_rows=60))) == 1


SILENT: dict[str, Span] = {
    "handed on by iterator()": large(iterator=True),
    "a cursor of its own: nobody knows what is kept": large(queryset=None, load=None),
    "kept in a cache for later requests": large(kept=True),
    "only counted: another rule": large("counted"),
    "only tested: another rule": large("tested"),
    "an update of many rows": asked(1, "UPDATE t SET a = 1", kind="update", rows=30_000),
    "few rows": loaded(1),
    "how many is not known": loaded(1, rows=None),
    "what Django is about to delete": large(
        stack=(frame("django/db/models/deletion.py", 3, library=True, function="Collector.collect"),)
    ),
    "the admin's own": large(
        stack=(frame("django/contrib/admin/views/main.py", 3, library=True, function="ChangeList.get_results"),)
    ),
}  # fmt: skip


@pytest.mark.parametrize("span", SILENT.values(), ids=SILENT)
def test_silent(span: Span) -> None:
    """Each name says why nothing is to be said."""
    assert findings(RULE, span, response_bytes=19_000) == []


def test_a_streaming_response_is_an_export() -> None:
    """What is whole has to be whole."""
    assert findings(RULE, large(), lanes=STREAM) == []


@pytest.mark.parametrize(
    "changes", [{"status": 302}, {"status": 500}, {"error": "ValueError: x"}, {"method": "HEAD"}]
)
def test_a_response_that_shows_nothing_proves_nothing(changes: dict[str, Any]) -> None:
    """Its few bytes do not mean that the rows were reduced."""
    (found,) = findings(RULE, large(), response_bytes=0, **changes)
    assert found.severity == "low"
