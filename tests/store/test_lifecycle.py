"""The states of a problem: what makes it fixed, what brings it back, and what proves nothing; on both databases."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from queryscope.profiler.store import Store, lifecycle
from queryscope.profiler.trace import Truncated
from tests import builders
from tests.store.found import ONE, TWO, append, finding, made, state


def test_seen_fixed_and_back(store: Store) -> None:
    """The whole way, and what was fixed can be fixed again."""
    append(store, finding())
    store.mark_seen([ONE, "unknown"])
    assert state(store) == "seen"
    without = append(store)
    assert (state(store), store.problem(ONE).fixed_trace) == ("fixed", without)
    store.mark_seen([ONE])
    assert state(store) == "fixed"
    append(store, finding())
    assert (state(store), store.problem(ONE).fixed_trace) == ("back", None)
    store.mark_seen([ONE])
    assert state(store) == "seen"
    append(store)
    assert state(store) == "fixed"


def test_the_way_is_the_same_within_one_append(store: Store) -> None:
    """The writer stores up to twenty traces at once, in the order in which they ended."""
    store.append([made(finding()), made()])
    assert state(store) == "fixed"
    store.append([made(), made(finding()), made(), made(finding())])
    assert (state(store), store.problem(ONE).count) == ("back", 3)


@pytest.mark.parametrize(
    "changes",
    [
        {"path": "/books/2/"},
        {"view": "catalog.views.Other"},
        {"method": "POST"},
        {"request": builders.request(query_string="genre=poetry")},
        {"status": 404},
        {"status": 500},
        {"status": 302},
        {"error": "ValueError: no"},
        {"truncated": Truncated(spans=1)},
        {"kind": "test"},
    ],
)
def test_what_proves_nothing_fixes_nothing(store: Store, changes: dict[str, Any]) -> None:
    """Only the same place, answered and recorded whole, shows that a problem is gone."""
    append(store, finding())
    append(store, **changes)
    assert state(store) == "new"


def test_a_trace_that_was_not_judged_fixes_nothing(store: Store) -> None:
    """A rule that fails finds nothing, which is not the same as nothing being there."""
    append(store, finding())
    store.append([replace(made(), judged=False)])
    assert state(store) == "new"


@pytest.mark.parametrize(
    "left_out", [Truncated(params=3), Truncated(sql=1), Truncated(stacks=9), Truncated(lanes=1)]
)
def test_what_was_only_shortened_is_whole_enough(store: Store, left_out: Truncated) -> None:
    """A prefetch of two hundred rows has its list of keys cut, and is the very fix."""
    append(store, finding())
    append(store, truncated=left_out)
    assert state(store) == "fixed"


@pytest.mark.parametrize("missing", ["orm", "lanes"])
def test_a_trace_that_could_not_see_a_problem_fixes_nothing(store: Store, missing: Any) -> None:
    """A process without the hooks of the ORM finds no loop; where none ever had them, what it finds can be fixed."""
    append(store, finding())
    append(store, unseen=(missing,))
    assert state(store) == "new"
    append(store)
    assert state(store) == "fixed"
    append(store, finding(TWO), unseen=(missing,))
    append(store, unseen=(missing,))
    assert state(store, TWO) == "fixed"


def test_masked_values_leave_one_rule_without_sight(store: Store) -> None:
    """Each trace masks them in its own way, so nothing is told to be the same; a loop is one all the same."""
    append(store, finding(), finding(TWO, rule="repeated-across-requests"))
    for _ in range(lifecycle.SEVERAL):
        append(store, unseen=("values",))
    assert (state(store), state(store, TWO)) == ("fixed", "new")


def test_a_warm_run_does_not_fix_what_only_a_cold_one_asks(store: Store) -> None:
    """Else it would be fixed with each second visit, and back with each start of the process."""
    everywhere = finding(rule="query-everywhere")
    append(store, everywhere, finding(TWO), cold=True)
    append(store, cold=False)
    assert (state(store), state(store, TWO)) == ("new", "fixed")
    append(store, cold=True)
    assert state(store) == "fixed"
    append(store, everywhere, cold=True)
    append(store, everywhere, cold=False)
    append(store, cold=False)
    assert state(store) == "fixed"


def test_a_stack_without_its_lines_fixes_nothing(store: Store) -> None:
    """A loop is told by a line of the application; beyond MAX_STACK_FRAMES there is none."""
    blind = builders.span(call_site=None, stack_truncated=True)
    append(store, finding())
    append(store, spans=(blind,), truncated=Truncated(stacks=1))
    assert state(store) == "new"
    append(store, spans=(replace(blind, call_site=builders.call_site()),), truncated=Truncated(stacks=1))
    assert state(store) == "fixed"


def test_other_work_is_known_by_its_name(store: Store) -> None:
    """A task has no address."""
    task: dict[str, Any] = {
        "kind": "task",
        "view": None,
        "path": None,
        "method": None,
        "status": None,
        "request": None,
    }
    append(store, finding(), name="send_mail", **task)
    append(store, name="send_letters", **task)
    assert state(store) == "new"
    append(store, name="send_mail", **task)
    assert state(store) == "fixed"


def test_a_redirect_says_something_about_redirects_only(store: Store) -> None:
    """A form that is posted is fixed by the next one; a visitor sent to the login fixes nothing."""
    append(store, finding(), method="POST", status=302)
    append(store, method="POST", status=200)
    assert state(store) == "new"
    append(store, method="POST", status=302)
    assert state(store) == "fixed"


def test_a_problem_of_several_places_is_fixed_with_the_last(store: Store) -> None:
    """One page being right does not make the others right."""
    append(store, finding(), path="/a/")
    append(store, finding(), path="/b/")
    append(store, path="/a/")
    assert state(store) == "new"
    append(store, path="/b/")
    assert state(store) == "fixed"


def test_places_beyond_the_newest_are_forgotten(store: Store) -> None:
    """A page for each of a thousand books does not keep a problem open for ever."""
    paths = [f"/books/{number}/" for number in range(lifecycle.PLACES + 1)]
    for path in paths:
        append(store, finding(), path=path)
    for path in paths[2:]:
        append(store, path=path)
    assert state(store) == "new"
    append(store, path=paths[1])
    assert state(store) == "fixed"


def test_what_comes_and_goes_takes_several_traces(store: Store) -> None:
    """One quick answer does not mean that a statement is never slow again."""
    append(store, finding(rule="slow-query"))
    for _ in range(lifecycle.SEVERAL - 1):
        append(store)
    assert state(store) == "new"
    append(store, finding(rule="slow-query"))
    for _ in range(lifecycle.SEVERAL):
        append(store)
    assert state(store) == "fixed"
