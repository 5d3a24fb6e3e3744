"""What the writer remembers of earlier requests reaches the rules."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.conftest import Recording

RULE = "repeated-across-requests"
PAGE = "/books/of-the-month/"


def found(recording: Recording) -> list[str]:
    return [finding.title for finding in recording.report.findings if finding.rule == RULE]


@pytest.mark.django_db(transaction=True)
def test_ten_requests_that_get_the_same_answer(recording: Recording) -> None:
    """The tenth says so; the ninth does not know yet."""
    client = Client()
    for _ in range(9):
        client.get(PAGE)
    assert found(recording) == []
    client.get(PAGE)
    assert found(recording) == ["Asked in 10 requests, with the same answer each time"]


@pytest.mark.django_db(transaction=True)
def test_what_a_cache_answers_is_not_asked(recording: Recording) -> None:
    """The corrected twin of the page asks once."""
    client = Client()
    for _ in range(12):
        client.get(f"/fixed{PAGE}")
        assert found(recording) == []


@pytest.mark.django_db(transaction=True)
def test_a_test_knows_nothing_of_the_tests_before(recording: Recording) -> None:
    """One more request is the first one here."""
    Client().get(PAGE)
    assert found(recording) == []
