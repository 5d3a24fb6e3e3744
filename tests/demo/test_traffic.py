"""The load generator visits a running shop, stops by itself, and says what is wrong with its input."""

from __future__ import annotations

import socket
import time
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count

from demo.orders.models import Cart, Order
from demo.seeding.shop import fill
from demo.traffic import Visitor, play


@pytest.fixture
def address(live_server: Any) -> str:
    """The address of a running shop."""
    fill(0.02)
    return str(live_server.url)


# What it fills is seen by the server's threads, so it cannot be rolled back.
@pytest.mark.django_db(transaction=True)
def test_a_mixed_load_is_played_and_ends(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It reads, buys, signs in and gets lost; nothing fails but the page that is meant to."""
    orders = Order.objects.count()
    statuses = play(address, visits=120, rate=200, seconds=50, seed=3)
    assert 120 <= statuses.total() <= 3 * 120
    assert set(statuses) <= {200, 404, 500}
    assert statuses[200] > 100
    assert statuses[404] >= 1
    assert Order.objects.count() > orders
    assert Cart.objects.alias(copies=Count("lines")).filter(copies__gt=0).count() > 1


@pytest.mark.django_db(transaction=True)
def test_the_time_limit_holds(address: str) -> None:
    """Slow visits are not waited for in line: the last one starts before the limit."""
    started = time.monotonic()
    statuses = play(address, visits=10_000, rate=4, seconds=1)
    assert time.monotonic() - started < 15
    assert 1 <= statuses.total() <= 12


@pytest.mark.django_db(transaction=True)
def test_forms_are_sent_with_the_token_they_hold(address: str, settings: Any) -> None:
    """A visitor signs in through the form, with the check against forgery in place."""
    visitor = Visitor(address)
    visitor.submit("/accounts/login/", {"username": "admin", "password": "admin"})
    assert "Select book to change" in visitor.get("/admin/catalog/book/")


@pytest.mark.parametrize("option", ["requests", "rate", "seconds"])
def test_a_limit_of_nothing_is_refused(option: str) -> None:
    """The message names the option and the value."""
    with pytest.raises(CommandError, match=f"--{option} is 0"):
        call_command("traffic", **{option: 0})


def test_a_shop_that_does_not_run_is_named() -> None:
    """The message says what to start."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{held.getsockname()[1]}"
        with pytest.raises(CommandError, match=f"Nothing answers at {url}.*make demo"):
            call_command("traffic", url=url, requests=1)
