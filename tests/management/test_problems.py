"""``queryscope problems``: listing, ignoring for a reason, in the store or in the project's file; and findings in ``show``."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.core.management.base import CommandError
from msgspec.structs import replace

from queryscope.profiler.finding import Finding
from queryscope.profiler.store import Store, current_store
from tests import builders
from tests.management.conftest import Run

ONE, TWO, THREE = "1111aaaa1111aaaa", "2222bbbb2222bbbb", "3333cccc3333cccc"


@pytest.fixture
def store(settings: Any, tmp_path: Path) -> Store:
    """An empty store of a project whose file of ignored problems is the test's own."""
    settings.QUERYSCOPE = {
        "ENABLED": True,
        "STORE": str(tmp_path / "store.sqlite3"),
        "IGNORE_FILE": str(tmp_path / "ignored.toml"),
    }
    return current_store()


def finding(identity: str = ONE, **changes: Any) -> Finding:
    return builders.finding(**{"identity": identity} | changes)


def append(store: Store, *findings: Finding, **changes: Any) -> None:
    store.append([replace(builders.report(id=uuid.uuid4().hex, **changes), findings=findings)])


def test_the_dearest_first(run: Run, store: Store) -> None:
    """One line a problem, with what it cost."""
    append(store, finding(ONE, cost_ms=10.0), finding(TWO, cost_ms=1234.0, rule="slow-query", title="Slow"))
    append(store, finding(ONE, cost_ms=20.0))
    head, first, second = run("problems").splitlines()
    assert head.split() == [
        "Problem",
        "State",
        "Severity",
        "Rule",
        "Traces",
        "Total",
        "ms",
        "Worst",
        "ms",
        "Last",
        "seen",
        "What",
    ]
    assert first.split()[:7] == ["2222bbbb", "new", "high", "slow-query", "1", "1,234", "1,234"]
    assert second.split()[:7] == ["1111aaaa", "new", "high", "n-plus-one", "2", "30.0", "20.0"]
    assert second.endswith("The author of each book is read one by one")


def test_what_is_open_is_listed_and_the_rest_counted(run: Run, store: Store) -> None:
    """Ignored and fixed ones are a line of their own, until somebody asks for them."""
    append(store, finding(ONE), path="/a/")
    append(store, finding(TWO), finding(THREE))
    append(store, path="/a/")
    run("problems", "ignore", TWO, "--reason", "few rows")
    text = run("problems")
    assert "3333cccc" in text and "1111aaaa" not in text and "2222bbbb" not in text
    assert text.splitlines()[-1] == "Not shown: 1 ignored, 1 fixed; --state all lists them."
    fixed = run("problems", "--state", "fixed")
    assert "1111aaaa  fixed" in fixed and "3333cccc" not in fixed
    both = run("problems", "--state", "fixed", "--state", "ignored")
    assert "ignored: few rows" in both and "3333cccc" not in both
    assert "Not shown" not in run("problems", "--state", "all")


def test_limit(run: Run, store: Store) -> None:
    """What is beyond is said."""
    append(store, finding(ONE), finding(TWO), finding(THREE))
    assert run("problems", "--limit", "1").splitlines()[-1].startswith("2 more")


def test_json_is_an_array_of_problems(run: Run, store: Store) -> None:
    """By the contract, in the same order and choice; nothing else is printed."""
    append(store, finding(ONE), finding(TWO, cost_ms=900.0), finding(THREE))
    run("problems", "ignore", THREE, "--reason", "x")
    first, second = json.loads(run("problems", "--json"))
    assert (first["identity"], second["identity"]) == (TWO, ONE)
    assert first["finding"]["advice"]["code"] == '.select_related("author")'
    (ignored,) = json.loads(run("problems", "--json", "--state", "ignored"))
    assert (ignored["state"], ignored["reason"], ignored["kept"]) == ("ignored", "x", False)


def test_an_empty_store_says_so(run: Run, store: Store, tmp_path: Path) -> None:
    """And is not made by asking."""
    assert run("problems").startswith(f"No problem in {store.location}")
    assert json.loads(run("problems", "--json")) == []
    assert list(tmp_path.iterdir()) == []


def test_ignore_and_unignore(run: Run, store: Store, tmp_path: Path) -> None:
    """In the store alone: no file comes into being."""
    append(store, finding())
    assert run("problems", "ignore", "1111aa", "--reason", "few rows").startswith(
        f"Problem {ONE} is ignored: "
    )
    assert store.problem(ONE).reason == "few rows"
    assert run("problems", "unignore", ONE).startswith(f"Problem {ONE} is new again: ")
    assert not (tmp_path / "ignored.toml").exists()


def test_keep_writes_the_projects_file(run: Run, store: Store, tmp_path: Path) -> None:
    """The sentence names it, the list says where the reason stands, and it can be taken back."""
    append(store, finding())
    file = tmp_path / "ignored.toml"
    assert f"as {file} says" in run("problems", "ignore", ONE, "--reason", "few rows", "--keep")
    assert 'reason = "few rows"' in file.read_text()
    assert "ignored, in the project's file: few rows" in run("problems", "--state", "ignored")
    run("problems", "unignore", ONE)
    assert ONE not in file.read_text()
    assert ONE[:8] in run("problems")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("ignore", ONE), "takes a reason"),
        (("ignore", ONE, "--reason", " "), "takes a reason"),
        (("ignore", "9999999999", "--reason", "x"), "No problem '9999999999'"),
        (("unignore", "9999999999"), "No problem '9999999999'"),
        (("--state", "gone"), "invalid choice: 'gone'"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    run: Run, store: Store, words: tuple[str, ...], sentence: str
) -> None:
    """And nothing has changed."""
    append(store, finding())
    with pytest.raises(CommandError, match=sentence):
        run("problems", *words)
    assert store.problem(ONE).state == "new"


def test_stale_entries_are_named(run: Run, store: Store) -> None:
    """Somebody has fixed what the file still speaks of."""
    append(store, finding())
    run("problems", "ignore", ONE, "--reason", "few rows", "--keep")
    assert "Not found" not in run("problems")
    append(store)
    text = run("problems")
    assert "Not found in this store any more" in text
    assert text.splitlines()[-1] == f"  {ONE} The author of each book is read one by one (few rows)"


def test_a_malformed_file_is_told_and_kept(run: Run, store: Store, tmp_path: Path) -> None:
    """Nothing is ignored by it, and nothing is written over it."""
    file = tmp_path / "ignored.toml"
    file.write_text('[[ignored]]\nreason = "never closed\n')
    append(store, finding())
    assert "is not valid TOML" in run("problems") and "line 2" in run("problems")
    with pytest.raises(CommandError, match="is not valid TOML"):
        run("problems", "ignore", ONE, "--reason", "x", "--keep")
    run("problems", "ignore", ONE, "--reason", "in the store")
    assert "is new again" in run("problems", "unignore", ONE)
    assert file.read_text() == '[[ignored]]\nreason = "never closed\n'


@pytest.mark.parametrize(("changes", "times"), [({"cold": True}, 1), ({"cold": False}, 0), ({"cold": True, "kind": "command"}, 0)])  # fmt: skip
def test_show_says_that_a_cold_run_was_judged(run: Run, store: Store, changes: Any, times: int) -> None:
    """Above the findings, and in JSON as a field of the trace."""
    append(store, finding(), **changes)
    assert run("show", "last").count("cold run The first of its kind in its process") == times
    assert json.loads(run("show", "last", "--json"))["trace"]["cold"] is changes["cold"]


def test_show_has_findings_before_the_statements(run: Run, store: Store) -> None:
    """Why, what to write instead, the diff, where it is explained, and what is known of the problem."""
    advice = builders.advice(
        where="catalog/views.py:31",
        diff="--- a\n+++ b\n-Book.objects.all()\n+Book.objects.select_related()\n",
    )
    append(store, finding(advice=advice))
    text = run("show", "last")
    assert text.index("Findings, worst first") < text.index("Call sites, slowest first")
    for words in (
        "high    n-plus-one  The author of each book is read one by one  (100 statements, 193 ms)",
        "The template reads book.author inside a loop",
        "Fix: Join the author in the list query.",
        "at catalog/views.py:31",
        '.select_related("author")',
        "+Book.objects.select_related()",
        f"see docs/rules/n-plus-one.md; problem {ONE}, new, found in 1 trace",
    ):
        assert words in text


def test_show_says_little_of_what_is_ignored(run: Run, store: Store) -> None:
    """One line, with the reason."""
    append(store, finding())
    store.ignore(ONE, "few rows")
    text = run("show", "last")
    assert "  ignored n-plus-one  The author of each book is read one by one (few rows)" in text
    assert "Fix:" not in text


def test_show_copes_with_a_problem_that_is_gone(run: Run, store: Store) -> None:
    """Pinned traces outlive the problems that were found in them."""
    append(store, finding(""))
    assert "see docs/rules/n-plus-one.md\n" in run("show", "last")


def test_nothing_steers_the_terminal(run: Run, store: Store) -> None:
    """Titles and code come from the recorded application."""
    evil = "\x1b[2J\u202eevil"
    append(store, finding(title=evil, why=evil, advice=builders.advice(code=evil, diff=evil, summary=evil)))
    store.ignore(ONE, evil)
    text = run("problems", "--state", "all") + run("show", "last")
    store.unignore(ONE)
    text += run("show", "last") + run("problems")
    assert "\x1b" not in text and "\u202e" not in text and r"\x1b[2J" in text
