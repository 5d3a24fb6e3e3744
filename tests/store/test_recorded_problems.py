"""A real problem on its whole way: recorded, found, mended in the code, and broken again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from demo.catalog.models import Author, Country
from queryscope.profiler.capture import hooks
from queryscope.profiler.scopes.block import profile
from queryscope.profiler.store import Store
from tests.conftest import Recording

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("authors")]


@pytest.fixture
def authors(transactional_db: None) -> None:
    """Thirty of them, each from a country of their own."""
    for number in range(30):
        country = Country.objects.create(code=f"{number:02}", name=f"Country {number}")
        Author.objects.create(name=f"Author {number}", country=country, born=1900, biography="long")


def names(joined: bool) -> list[str]:
    """Return the country of each author; ``joined`` as the code is after the fix."""
    authors = Author.objects.order_by("pk")
    if joined:
        authors = authors.select_related("country")
    return [author.country.name for author in authors]


def open_problems(store: Store) -> dict[str, str]:
    return {problem.rule: problem.state for problem in store.problems() if problem.rule == "n-plus-one"}


def test_fixed_by_the_code_and_back_with_it(recording: Recording) -> None:
    """One problem, however often it is met; the very next run says that it is gone."""
    states = []
    for joined in (False, False, True, False):
        with profile("names"):
            names(joined)
        states.append(open_problems(recording.store)["n-plus-one"])
    assert states == ["new", "new", "fixed", "back"]
    (problem,) = [found for found in recording.store.problems() if found.rule == "n-plus-one"]
    assert problem.count == 3
    assert problem.views == ("names",)
    assert len(recording.store.traces_of_problem(problem.identity)) == 3
    before = recording.store.previous(recording.summaries[2])
    assert before is not None
    assert before.queries - recording.summaries[2].queries >= 20


@pytest.mark.parametrize(
    "options", [{"ORM": False}, {"LANES": False}, {"MAX_SPANS": 3}, {"MAX_TRACE_BYTES": 1}, {"MAX_STACK_FRAMES": 1}],
    ids=lambda options: next(iter(options)),
)  # fmt: skip
def test_a_process_that_cannot_see_a_problem_fixes_nothing(recording: Recording, options: Any) -> None:
    """Switched off, or cut short by a limit: the loop is there, and it would be said to be gone."""
    with profile("names"):
        names(False)
    hooks.uninstall()
    recording.set(**options)
    try:
        with profile("names"):
            names(False)
        assert open_problems(recording.store) == {"n-plus-one": "new"}
    finally:
        hooks.uninstall()


def test_a_rule_that_fails_fixes_nothing(recording: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own mistake is not taken for the project's progress."""
    with profile("names"):
        names(False)
    assert open_problems(recording.store) == {"n-plus-one": "new"}

    def broken(*_: Any, **options: Callable[[str], None]) -> Any:
        try:
            raise RuntimeError("broken")
        except RuntimeError:
            options["failed"]("the rule n-plus-one")
        return ()

    monkeypatch.setattr("queryscope.profiler.analysis.run", broken)
    with profile("names"):
        names(False)
    assert open_problems(recording.store) == {"n-plus-one": "new"}
    assert recording.report.judged is False
