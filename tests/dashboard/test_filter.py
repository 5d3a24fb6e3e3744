"""The filter: what each term admits, and what is said about a term that is none."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from queryscope.dashboard.presentation.live.chips import chips
from queryscope.dashboard.presentation.live.filter import MAX_CHARS, Filter, parse, select
from queryscope.profiler.config import Config
from queryscope.profiler.finding import FindingMark
from tests.builders import span, summary

CONFIG = Config()
BOOKS = summary(
    1, path="/books/", query_string="genre=Fantasy", queries=211, db_ms=501.0, duration_ms=1002.4, rows=300
)
LOGIN = summary(
    2,
    path="/accounts/login/",
    query_string="next=/cart/",
    method="POST",
    name="POST /accounts/login/",
    view="django.contrib.auth.views.LoginView",
    status=302,
    queries=5,
    db_ms=4.5,
    duration_ms=197.0,
    writes=1,
)
MISSING = summary(
    3,
    path="/nowhere/",
    name="GET /nowhere/",
    query_string="",
    view=None,
    status=404,
    queries=0,
    db_ms=0.0,
    duration_ms=4.2,
)
CRASH = summary(
    4,
    path="/boom/",
    name="GET /boom/",
    query_string="",
    view="shop.boom",
    status=None,
    error="ValueError: no",
    duration_ms=30.0,
    queries=1,
    db_ms=1.0,
)
IMPORT = summary(
    5,
    kind="block",
    name="import books",
    method=None,
    path=None,
    query_string="",
    view=None,
    status=None,
    duration_ms=50.0,
    queries=9,
    db_ms=9.0,
)
ALL = (BOOKS, LOGIN, MISSING, CRASH, IMPORT)


def admitted(text: str) -> list[int]:
    wanted = parse(text)
    assert not wanted.problems
    return [found.seq for found in select(ALL, wanted, CONFIG)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [1, 2, 3, 4, 5]),
        ("   ", [1, 2, 3, 4, 5]),
        ("books", [1, 5]),
        ("FANTASY", [1]),
        ("genre=fantasy", [1]),
        ("/cart/", [2]),
        ("loginview", [2]),
        ("import books", [5]),
        ("view:booklist", [1]),
        ("view:auth.views", [2]),
        ("method:post", [2]),
        ("method:pos", []),
        ("status:404", [3]),
        ("status:4xx", [3]),
        ("status:3xx", [2]),
        ("kind:block", [5]),
        ("kind:request", [1, 2, 3, 4]),
        ("is:write", [2]),
        ("is:error", [3, 4]),
        ("is:slow", [1]),
        ("queries>20", [1]),
        ("queries>=211", [1]),
        ("queries<5", [3, 4]),
        ("queries<=5", [2, 3, 4]),
        ("queries=5", [2]),
        ("ms>500", [1]),
        ("db>4.4", [1, 2, 5]),
        ("rows>100", [1]),
        ("method:get queries<2 status:404", [3]),
    ],
)
def test_terms(text: str, expected: list[int]) -> None:
    """Each kind of term, and that several are joined by "and"."""
    assert admitted(text) == expected


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("foo:bar", "“foo:” is not a filter"),
        ("view:", "needs a value"),
        ("status:9", "status:404"),
        ("status:60x", "not a status"),
        ("kind:job", "request, message, task"),
        ("is:fast", "is:write, is:error, is:slow"),
        ("queries>many", "needs a number"),
        ("queries>nan", "needs a number"),
        ("size>3", "not a number here"),
        ("queries:5", "queries>20"),
    ],
)
def test_a_wrong_term_is_explained_and_the_others_hold(text: str, named: str) -> None:
    """Never an error: a sentence that says what is allowed, and the rest of the filter works."""
    wanted = parse(f"{text} method:post")
    assert len(wanted.problems) == 1
    assert named in wanted.problems[0]
    assert [found.seq for found in select(ALL, wanted, CONFIG)] == [2]


def test_any_text_is_a_filter() -> None:
    """Too long, control characters, lone surrogates: a filter all the same."""
    for text in (
        "x" * 10_000,
        "\0\x1b[31m",
        "\ud800",
        "status:५xx",
        "queries>१",
        ">" * 50,
        ":::",
        "<script>",
    ):
        assert isinstance(parse(text), Filter)
    assert len(parse("x" * 10_000).text) == MAX_CHARS


def test_chips_count_what_a_click_would_leave() -> None:
    """Each chip counts within the typed words, whatever the other chips say."""
    found = {chip.name: chip for chip in chips(ALL, parse("o is:error"), CONFIG)}
    assert {name: chip.count for name, chip in found.items()} == {
        "all": "5",
        "found": "0",
        "n-plus-one": "0",
        "high": "0",
        "slow": "1",
        "write": "1",
        "error": "2",
    }
    assert [name for name, chip in found.items() if chip.pressed] == ["error"]
    assert found["all"].query == "o"
    assert found["error"].query == "o"
    assert found["slow"].query == "o is:error is:slow"


def test_the_slow_chip_names_the_limit_of_the_settings() -> None:
    """And the term obeys the same limit."""
    config = Config(warm_total_ms=2_000)
    labels = [chip.label for chip in chips(ALL, parse(""), config)]
    assert labels == ["All", "With findings", "N+1", "High", "Over 2,000 ms", "Writes", "4xx 5xx"]
    assert not select(ALL, parse("is:slow"), config)


def test_findings_can_be_asked_for() -> None:
    """Any, by the id of a rule, and by severity; each has a chip or can be typed."""
    n_plus_one = FindingMark(rule="n-plus-one", severity="high", count=100)
    twice = FindingMark(rule="duplicate-query", severity="low", count=3)
    high, low = replace(BOOKS, findings=(n_plus_one, twice)), replace(LOGIN, findings=(twice,))
    some = (high, low, MISSING)
    assert select(some, parse("is:found"), CONFIG) == (high, low)
    assert select(some, parse("is:n-plus-one"), CONFIG) == (high,)
    assert select(some, parse("is:duplicate-query"), CONFIG) == (high, low)
    assert select(some, parse("severity:high"), CONFIG) == (high,)
    counts = {chip.name: chip.count for chip in chips(some, parse(""), CONFIG)}
    assert (counts["found"], counts["n-plus-one"], counts["high"]) == ("2", "1", "1")


def test_what_is_no_rule_and_no_severity_is_said() -> None:
    """With what is allowed."""
    assert "the id of a rule, such as is:n-plus-one" in parse("is:n+1").problems[0]
    assert "Severities are high, medium, low, info." in parse("severity:terrible").problems[0]


def test_writes_are_what_the_log_counted() -> None:
    """The term looks at statements, not at the method."""
    written = summary(9, method="GET", spans=(span(1, kind="update"),))
    assert select([written], parse("is:write"), CONFIG) == (written,)
