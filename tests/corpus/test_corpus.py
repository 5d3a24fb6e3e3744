"""Every case of the corpus: what has to be found is found, nothing else is, and advice does what it says."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.corpus.case import VENDORS, Case, cases
from tests.corpus.fixing import Unapplied, fixed
from tests.corpus.names import unexplained
from tests.corpus.run import Outcome, run
from tests.corpus.site import runs_here, undone

pytestmark = pytest.mark.usefixtures("db")
LEAST = 10
"""Cases of each kind that a rule has."""
SPEAKING = {"reconnect": ("postgresql", "mysql"), "lock-wait": ("postgresql", "mysql")}
"""Rules that have less to find on SQLite: opening a file is no connecting, and it has one lock for all rows."""


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.id)
def test_a_case_yields_what_it_has_to(case: Case, tmp_path: Path) -> None:
    """Exactly the expected rules; where advice is printed, the same work with it gives the same and asks no more."""
    if not runs_here(case):
        pytest.skip(f"{case.id} is not about this database or this version of Django")
    with undone(case):
        before = run(case)
        assert before.rules == case.expected, described(before, case)
        for finding in before.findings:
            names = unexplained(finding, inspect.getfile(case.work))
            assert not names, f"{finding.rule} prints {names}, which nothing tells of: {finding.advice}"
    if case.positive and case.advice:
        for number, finding in enumerate(before.of(case.rule)):
            with undone(case):
                folder = tmp_path / str(number)
                folder.mkdir()
                try:
                    work = fixed(case, finding.advice, folder)
                except Unapplied as reason:
                    pytest.fail(f"{case.id}: {reason}\n{finding.advice}")
                after = run(case, work)
            assert alike(after.value, before.value), finding.advice
            assert after.trace.queries <= before.trace.queries, finding.advice


def test_every_rule_has_cases_enough() -> None:
    """Ten that it has to find and ten in which it must be silent, on every database on which it can speak."""
    from queryscope.profiler.analysis import RULES

    for rule in RULES:
        for vendor in VENDORS:
            own = [case for case in cases() if case.rule == rule.id and vendor in case.vendors]
            positives = sum(case.positive for case in own)
            if vendor in SPEAKING.get(rule.id, VENDORS):
                assert positives >= LEAST, f"{rule.id}: {positives} positive cases on {vendor}"
            assert len(own) - positives >= LEAST, (
                f"{rule.id}: {len(own) - positives} silent cases on {vendor}"
            )


def described(outcome: Outcome, case: Case) -> str:
    found = "\n".join(f"  {each.rule} {each.severity}: {each.title}" for each in outcome.findings)
    return f"{case.id} has to yield {sorted(case.expected)} ({case.reason or 'planted'}), found:\n{found or '  nothing'}"


def alike(one: Any, other: Any) -> bool:
    """Tell whether two answers are the same; rows that no order was asked for may come in another one."""
    if isinstance(one, bytes) and isinstance(other, bytes):
        return one == other or sorted(re.findall(rb"\w+", one)) == sorted(re.findall(rb"\w+", other))
    return bool(comparable(one) == comparable(other))


def comparable(value: Any) -> Any:
    """Return a value in a form in which rows from two runs are equal."""
    if isinstance(value, dict):
        return {key: comparable(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [comparable(each) for each in value]
    return value


def test_no_two_pages_have_one_name() -> None:
    """The later one would be served in the place of the other, and its case would prove nothing."""
    declared = re.compile(r'^@page\n(?:@.*\n)*(?:async )?def (\w+)|^PAGES\["(\w+)"\]', re.MULTILINE)
    files = (Path(__file__).parent / "cases").glob("*.py")
    names = Counter(one or other for file in files for one, other in declared.findall(file.read_text()))
    assert names
    assert [name for name, times in names.items() if times > 1] == []
