"""The pages that are measured, and how much dearer than the bare page each of them may become by a recording."""

from __future__ import annotations

from typing import NamedTuple


class Page(NamedTuple):
    """A page with the least number of its statements, how often each contender serves it, and the aims."""

    title: str
    path: str
    queries: int
    rounds: int
    ratio: float | None = None
    """At most this many times the bare page."""
    added: int | None = None
    """At most this many more instructions for each query, in the threads that answer."""
    warm: int = 1
    """How often it is served before it is counted: Python adapts code to what it does only after some twenty calls."""
    large: bool = False
    """Whether it makes so many objects that it is to be counted in fresh memory."""


IDLE_RATIO = 1.02
"""What every page may cost while queryscope is installed and records nothing."""

ONE = Page("1 query", "/queries/1/", 1, 60, 1.15, warm=20)
DIFFERENT = Page("20 different queries", "/different/", 20, 40, 1.08, 110_000, warm=12)
LOOP = Page("1,000 queries of a loop", "/queries/1000/", 1000, 15, 1.12, 150_000)
ROWS = Page("1 query of 10,000 rows", "/rows/10000/", 1, 9, 1.002, large=True)
# How many statements make 5,000 rows is for Django and SQLite to decide: by the page, then.
BULK = Page("bulk_create of 5,000 rows", "/bulk/5000/", 1, 9, 1.005, large=True)
ASYNC = Page("async view of 50 calls", "/async/50/", 50, 25, 1.08, warm=5)

TIMED = (
    ONE,
    Page("20 queries of a loop", "/queries/20/", 20, 60),
    DIFFERENT,
    Page("400 queries of a loop", "/queries/400/", 400, 25),
    LOOP,
    ROWS,
    BULK,
    ASYNC,
)
TIMED_QUICK = (
    Page("20 queries of a loop", "/queries/20/", 20, 8),
    Page("400 queries of a loop", "/queries/400/", 400, 3),
)

# Under callgrind everything takes ten times as long, and each query of a loop the same: 200 of them stand for 1,000.
SHORT_LOOP = LOOP._replace(title="200 queries of a loop", path="/queries/200/", queries=200)
COUNTED = (ONE, DIFFERENT, SHORT_LOOP, ROWS, BULK, ASYNC)
