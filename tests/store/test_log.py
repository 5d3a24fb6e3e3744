"""The log: what is appended is read back, in order, by number, id, view and neighbourhood."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from queryscope.profiler.errors import StoreError, TraceNotFound
from queryscope.profiler.report import Report
from queryscope.profiler.store import Pruned, Store, Summary, Totals
from queryscope.profiler.trace import Phases
from tests.builders import report, span


def some(count: int, **changes: Any) -> list[Report]:
    """Return reports that differ in their id."""
    return [report(id=uuid.uuid4().hex, **changes) for _ in range(count)]


def seqs(summaries: tuple[Summary, ...]) -> list[int]:
    return [summary.seq for summary in summaries]


def test_append_numbers_from_one(store: Store) -> None:
    """The first trace has number 1, and numbers go on over several appends."""
    first, second = store.append(some(2)), store.append(some(1))
    assert [stored.trace.seq for stored in first + second] == [1, 2, 3]


def test_append_of_nothing_gives_nothing(store: Store) -> None:
    """No report, no transaction, no number."""
    assert store.append([]) == ()
    assert store.last_seq() == 0


def test_report_comes_back_equal(store: Store) -> None:
    """What append returned is what is read, with the number and the size it was given."""
    (stored,) = store.append(some(1))
    assert stored.overhead.bytes > 0
    assert store.report(stored.trace.id) == stored


def test_summary_says_the_same_as_the_report(store: Store) -> None:
    """A row of the log is the summary of the stored report."""
    (stored,) = store.append(
        some(1, phases=Phases(compile_ms=0.5, execute_ms=3.0), commit="0f9e", session="s1")
    )
    assert store.newest() == (Summary.of(stored),)


def test_read_after_goes_up_and_stops_at_the_limit(store: Store) -> None:
    """A reader that has seen N gets what came later, oldest first."""
    store.append(some(5))
    assert seqs(store.read_after(2)) == [3, 4, 5]
    assert seqs(store.read_after(1, limit=2)) == [2, 3]
    assert store.read_after(5) == ()


def test_newest_goes_down_and_pages_by_before(store: Store) -> None:
    """Older pages begin below the lowest number of the page before."""
    store.append(some(5))
    assert seqs(store.newest(2)) == [5, 4]
    assert seqs(store.newest(2, before=4)) == [3, 2]


def test_of_view_is_only_that_view(store: Store) -> None:
    """Traces of other views are left out, the newest comes first."""
    store.append([*some(1, view="a"), *some(1, view="b"), *some(1, view="a"), *some(1, view=None)])
    assert seqs(store.of_view("a")) == [3, 1]


def test_of_name_is_what_has_no_view(store: Store) -> None:
    """A task is found again by its name, and a command of the same name is another thing."""
    task = {"kind": "task", "name": "send", "view": None}
    store.append([*some(1, **task), *some(1, **task | {"kind": "command"}), *some(1, **task | {"view": "a"})])
    store.append([*some(1, **task), *some(1, **task | {"name": "other"})])
    assert seqs(store.of_name("task", "send")) == [4, 1]


def test_neighbours_are_the_next_ones_that_are_left(store: Store) -> None:
    """At the ends of the log there is none."""
    store.append(some(3))
    older, newer = store.neighbours(2)
    assert (older and older.seq, newer and newer.seq) == (1, 3)
    assert store.neighbours(1)[0] is None
    assert store.neighbours(3)[1] is None


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("last", "abcdef" + "2" * 26),
        ("1", "abcdef" + "1" * 26),
        ("abcdef11", "abcdef" + "1" * 26),
        ("ABCDEF11", "abcdef" + "1" * 26),
        ("abcdef" + "2" * 26, "abcdef" + "2" * 26),
    ],
)
def test_resolve_understands_how_people_name_a_trace(store: Store, reference: str, expected: str) -> None:
    """The word last, a number, the beginning of an id and a whole id lead to the id."""
    store.append([report(id="abcdef" + "1" * 26), report(id="abcdef" + "2" * 26)])
    assert store.resolve(reference) == expected


def test_resolve_takes_a_number_for_a_number_first(store: Store) -> None:
    """Digits name the trace of that number, and only without one the beginning of an id."""
    store.append([report(id="123456" + "a" * 26)])
    assert store.resolve("123456") == "123456" + "a" * 26
    assert store.resolve("1") == "123456" + "a" * 26


@pytest.mark.parametrize("reference", ["", "abc", "99", "fedcba98", "%", "latest"])
def test_resolve_says_what_it_takes(store: Store, reference: str) -> None:
    """What names no trace is answered with what is allowed."""
    store.append(some(1, view="a"))
    with pytest.raises(TraceNotFound, match='Allowed: "last", a number'):
        store.resolve(reference)


def test_resolve_refuses_what_two_traces_answer_to(store: Store) -> None:
    """An ambiguous beginning is no name."""
    store.append([report(id="abcdef" + "1" * 26), report(id="abcdef" + "2" * 26)])
    with pytest.raises(TraceNotFound, match="More than one trace begins with 'abcdef'"):
        store.resolve("abcdef")


def test_unknown_id_is_not_found(store: Store) -> None:
    """Reading a trace that was removed is an error of its own."""
    with pytest.raises(TraceNotFound, match="No trace 'f00'"):
        store.report("f00")


def test_totals_add_everything_up(store: Store) -> None:
    """Counts, milliseconds and the first instant cover all traces."""
    store.append(some(1, duration_ms=10.0, started_at="2026-03-12T14:00:00+00:00"))
    store.append(some(1, duration_ms=30.0, started_at="2026-03-12T15:00:00+00:00"))
    assert store.totals() == Totals(
        traces=2,
        queries=4,
        db_ms=6.0,
        duration_ms=40.0,
        capture_ms=0.8,
        first_at="2026-03-12T14:00:00+00:00",
        last_seq=2,
    )


def test_pause_holds_until_resume(store: Store) -> None:
    """A second pause changes nothing about since when it is paused."""
    since = store.pause()
    assert store.pause() == since == store.paused_at()
    store.resume()
    assert store.paused_at() is None


def test_clear_empties_the_log_but_goes_on_counting(store: Store) -> None:
    """A reader that has seen N must never meet that number again."""
    stored = store.append(some(3, pinned=True))
    assert store.clear() == Pruned(traces=3, bytes=sum(each.overhead.bytes for each in stored))
    assert (store.last_seq(), store.totals().traces) == (3, 0)
    assert store.append(some(1))[0].trace.seq == 4


def test_no_text_loses_a_trace(store: Store) -> None:
    """Lone surrogates and NUL, wherever they come from, are kept in escaped form."""
    bad = "\ud800 and \0"
    odd = span(sql=bad, fingerprint=bad, error=bad)
    (stored,) = store.append(some(1, name=bad, path=bad, view=bad, error=bad, spans=(odd,)))
    (summary,) = store.newest()
    assert (summary.path, summary.view) == ("\\ud800 and \\x00",) * 2
    assert store.report(stored.trace.id).trace.spans[0].sql == "\\ud800 and \0"


def test_one_append_is_one_whole(store: Store) -> None:
    """Where one report of several cannot be stored, none is, and no number is used up."""
    (first,) = store.append(some(1))
    with pytest.raises(StoreError, match="cannot be used"):
        store.append([*some(2), report(id=first.trace.id)])
    assert store.totals().traces == 1
    assert store.append(some(1))[0].trace.seq == 2
