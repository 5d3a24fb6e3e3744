"""A process that records does not grow with the number of its requests; 5,000 and 20,000 are for ``make bench``."""

from __future__ import annotations

import pytest

from tests.benchmarks.contenders import OWN, WATCHED
from tests.benchmarks.memory import LIMIT, REQUESTS, WINDOW_BYTES, growth

FIRST, LAST = 300, 1_000


@pytest.mark.parametrize(("name", "kept"), [(OWN, 0), (WATCHED, WINDOW_BYTES)])
def test_requests_leave_next_to_nothing_behind(name: str, kept: int) -> None:
    """At the pace of these 700 requests, 5,000 of them stay below 4 MiB; an open live page keeps their rows besides."""
    grown = growth(name, [FIRST, LAST])
    each = (grown[LAST] - grown[FIRST]) / (LAST - FIRST)
    assert each < LIMIT / REQUESTS + kept
