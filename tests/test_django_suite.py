"""The gate of Django's own tests closes: on failures, on runs that broke off, on errors of ours, on recordings that were off."""

from __future__ import annotations

import json
from collections import Counter

from tests.django_suite import verdict
from tests.django_suite.modules import LOOKING, MODULES

OUTPUT = """
FAIL: test_one (queries.tests.Ordered.test_one) [a subtest]
ERROR: test_two (queries.tests.Ordered.test_two)
ERROR: setUpClass (basic.tests.ModelTest)
Ran 120 tests in 4.1s
FAILED (failures=1, errors=2, skipped=7, expected failures=3)
"""
GOOD = verdict.Outcome(True, 120, 7, frozenset())
RECORDED = verdict.Recorded(300, *[verdict.LEAST_STATEMENTS] * 3, Counter())


def test_failures_are_read_with_their_names() -> None:
    outcome = verdict.outcome_of(OUTPUT, ended_well=False)
    names = {"queries.tests.Ordered.test_one", "queries.tests.Ordered.test_two", "basic.tests.ModelTest"}
    assert outcome == verdict.Outcome(False, 120, 7, frozenset(names))


def test_a_failure_or_a_broken_run_is_a_problem() -> None:
    failed = GOOD._replace(ended_well=False, failed=frozenset({"a.B.test_c"}))
    assert verdict.failures(GOOD) == []
    assert verdict.failures(failed) == ["a.B.test_c failed, or passed where it had to fail."]
    assert len(verdict.failures(GOOD._replace(ended_well=False))) == 1
    assert len(verdict.failures(GOOD._replace(ran=0))) == 1


def test_a_test_that_looks_at_our_hook_has_to_fail() -> None:
    """One that passes would excuse a later failure: unittest names it, and that is a problem."""
    output = "UNEXPECTED SUCCESS: test_c (a.B.test_c)\nRan 3 tests in 0.1s\nFAILED (unexpected successes=1)"
    assert verdict.failures(verdict.outcome_of(output, ended_well=False))


def test_an_error_of_ours_or_a_recording_that_was_off_is_a_problem() -> None:
    assert verdict.doubts(RECORDED, complete=True) == []
    assert len(verdict.doubts(RECORDED._replace(errors=Counter({"x": 2})), complete=True)) == 1
    few = RECORDED._replace(statements=100, located=100, built=100)
    assert len(verdict.doubts(few, complete=True)) == 1
    assert verdict.doubts(few, complete=False) == []
    assert len(verdict.doubts(few._replace(statements=0, located=0), complete=False)) == 1
    assert len(verdict.doubts(RECORDED._replace(located=10), complete=True)) == 1
    assert len(verdict.doubts(RECORDED._replace(built=10), complete=True)) == 1


def test_evidence_of_several_processes_is_summed_up() -> None:
    lines = [{"statements": 3, "located": 2, "built": 1}, {"statements": 1, "located": 1, "built": 0}]
    errors = [{"error": "a hook", "traceback": "where"}] * 2
    recording = verdict.recorded(map(json.dumps, lines + errors))
    assert recording[:4] == (2, 4, 3, 1)
    assert list(recording.errors.values()) == [2]


def test_a_module_is_named_once() -> None:
    """And what is excused is among what runs."""
    labels = [label for group in MODULES.values() for label in group]
    assert len(labels) == len(set(labels))
    assert {name.split(".")[0] for name in LOOKING} <= set(labels)
