"""What is kept of parameters, and how they read."""

from __future__ import annotations

import datetime
import decimal
import uuid
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from queryscope.profiler.capture.values import describe, keep


def text(value: Any, chars: int = 100) -> str | None:
    kept = keep((value,), False, 10, chars)
    return describe(kept.values[0], chars, None).text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, "True"),
        (2**200, str(2**200)),
        (2**5000, "integer of 5001 bits"),
        (1.5, "1.5"),
        (decimal.Decimal("9.90"), "9.90"),
        (datetime.datetime(2026, 3, 12, 14, 2, 31), "2026-03-12 14:02:31"),
        (datetime.timedelta(hours=1), "1:00:00"),
        (uuid.UUID(int=7), "00000000-0000-0000-0000-000000000007"),
        ("<b>&'\x00", "<b>&'\x00"),
        ("\ud800", "\ud800"),
        (b"\xff\x00", "ff00"),
        (bytearray(b"\x01"), "01"),
        (memoryview(b"\x02"), "02"),
        ([1, None, "a"], "[1, NULL, a]"),
        (Jsonb({"a": [1]}), "{a: [1]}"),
    ],
)
def test_every_type_that_drivers_take_has_a_text(value: Any, expected: str | None) -> None:
    """The text is what a person would write; binary is hexadecimal."""
    assert text(value) == expected


class Hostile:
    def __repr__(self) -> str:
        raise AssertionError("the host's code ran")

    __str__ = __repr__


class HostileInt(int):
    def __str__(self) -> str:
        raise AssertionError("the host's code ran")

    __repr__ = __str__


class HostileStr(str):
    __slots__ = ()

    def __str__(self) -> str:
        raise AssertionError("the host's code ran")


def test_no_code_of_the_host_runs() -> None:
    """A value of an unknown class is named by it; a subclass reads as its base."""
    assert text(Hostile()) == "<Hostile>"
    assert text(HostileInt(7)) == "7"
    assert text(HostileStr("seven")) == "seven"
    assert type(text(HostileStr("seven"))) is str


@pytest.mark.parametrize("make", [lambda n: "x" * n, lambda n: b"x" * n, lambda n: memoryview(b"x" * n)])
def test_a_huge_value_is_cut_when_it_is_kept(make: Any) -> None:
    """Ten megabytes are not held: the head is, with the size there was."""
    kept = keep((make(10_000_000),), False, 10, 1_000)
    parameter = describe(kept.values[0], 1_000, None)
    assert kept.held == 1_000
    assert (parameter.bytes, parameter.truncated) == (10_000_000, True)
    assert parameter.text is not None
    assert len(parameter.text) == 1_000


def test_what_the_application_changes_later_was_kept_before() -> None:
    """Lists and bytearrays are copied."""
    values: list[Any] = [1, [2], bytearray(b"3")]
    kept = keep(values, False, 10, 100)
    values[0] = values[1][0] = 9
    values[2][:] = b"9"
    assert [describe(value, 100, None).text for value in kept.values] == ["1", "[2]", "33"]


def test_many_parameters_are_counted_and_cut() -> None:
    """The first ones are kept, all are counted."""
    kept = keep(tuple(range(5_000)), False, 100, 100)
    assert (len(kept.values), kept.total) == (100, 5_000)


def test_a_batch_keeps_its_first_set_and_its_size() -> None:
    """Of 5,000 rows one is kept; an iterator is not touched."""
    kept = keep([(n, "x") for n in range(5_000)], True, 100, 100)
    assert (kept.values, kept.batch) == ((0, "x"), 5_000)
    rows = iter([(1,), (2,)])
    assert keep(rows, True, 100, 100).batch is None
    assert list(rows) == [(1,), (2,)]


def test_named_parameters_keep_their_names() -> None:
    """A mapping stays one."""
    kept = keep({"who": "x" * 50, "when": 3}, False, 10, 20)
    assert list(kept.values) == ["who", "when"]
    assert kept.total == 2


def test_a_masked_value_keeps_only_type_and_pseudonym() -> None:
    """Neither text nor length of a secret is told."""
    parameter = describe("hunter2", 100, lambda text: "pseudonym")
    assert (parameter.type, parameter.text, parameter.bytes, parameter.masked) == (
        "str",
        "pseudonym",
        None,
        True,
    )
