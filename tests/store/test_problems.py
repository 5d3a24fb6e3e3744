"""One problem over many traces: counted, ranked, ignored, forgotten, whoever writes, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from queryscope.profiler.config import Config
from queryscope.profiler.errors import IgnoreError, ProblemNotFound
from queryscope.profiler.finding import FindingMark
from queryscope.profiler.ignored import IgnoredFile
from queryscope.profiler.store import Store, rows, schema
from tests import builders
from tests.store.conftest import Target
from tests.store.found import ONE, TWO, append, finding, made, state
from tests.store.processes import finish, start


def test_a_finding_is_a_new_problem(store: Store) -> None:
    """Everything that a list of problems shows of it comes from that one trace."""
    trace = append(store, finding(), started_at="2026-03-12T14:02:31.482000+00:00", commit="c" * 40)
    (problem,) = store.problems()
    assert problem == store.problem(ONE)
    assert (problem.identity, problem.rule, problem.state) == (ONE, "n-plus-one", "new")
    assert (problem.count, problem.total_ms, problem.worst_ms) == (1, 100.0, 100.0)
    assert problem.first_seen == problem.last_seen == "2026-03-12T14:02:31.482000+00:00"
    assert problem.first_commit == problem.last_commit == "c" * 40
    assert problem.worst_trace == problem.last_trace == trace
    assert problem.views == ("catalog.views.BookListView",)
    assert (problem.finding, problem.title) == (finding(), finding().title)


def test_the_same_finding_in_later_traces_is_the_same_problem(store: Store) -> None:
    """Counts and costs add up, the worst trace stays, the latest finding replaces the one before."""
    append(store, finding(cost_ms=10.0), commit="a" * 40)
    worst = append(store, finding(cost_ms=70.0))
    last = append(store, finding(cost_ms=20.0, severity="low", title="Later"), commit="b" * 40)
    problem = store.problem(ONE)
    assert (problem.count, problem.total_ms, problem.worst_ms) == (3, 100.0, 70.0)
    assert (problem.worst_trace, problem.last_trace) == (worst, last)
    assert (problem.severity, problem.title, problem.finding.cost_ms) == ("low", "Later", 20.0)
    assert (problem.first_commit, problem.last_commit) == ("a" * 40, "b" * 40)


def test_two_findings_of_one_identity_in_a_trace_count_once(store: Store) -> None:
    """The worse of them is shown, both are paid for."""
    append(store, finding(severity="low", cost_ms=60.0), finding(severity="high", cost_ms=40.0))
    problem = store.problem(ONE)
    assert (problem.count, problem.total_ms, problem.severity) == (1, 100.0, "high")
    assert len(store.traces_of_problem(ONE)) == 1


def test_a_finding_without_identity_is_no_problem(store: Store) -> None:
    """Reports of before there were identities are stored like any other."""
    append(store, finding(""))
    assert store.problems() == ()


def test_the_dearest_come_first_and_can_be_chosen(store: Store) -> None:
    """By total cost, filtered by state and rule, no more than asked for."""
    append(store, finding(ONE, cost_ms=5.0), finding(TWO, rule="slow-query", cost_ms=9.0))
    store.mark_seen([TWO])
    assert [problem.identity for problem in store.problems()] == [TWO, ONE]
    assert [problem.identity for problem in store.problems(limit=1)] == [TWO]
    assert [problem.identity for problem in store.problems({"new"})] == [ONE]
    assert [problem.identity for problem in store.problems(rules={"slow-query"})] == [TWO]


def test_views_are_named_up_to_a_few(store: Store) -> None:
    """Where there is no view the name of the work serves."""
    append(store, finding(), kind="task", name="send_mail", view=None, path=None, method=None)
    for number in range(10):
        append(store, finding(), view=f"v{number}")
    assert store.problem(ONE).views == ("send_mail", "v0", "v1", "v2", "v3")


def test_ignored_stays_ignored(store: Store) -> None:
    """Found again, fixed, back: nothing but taking the reason away changes it."""
    append(store, finding())
    assert store.ignore(ONE[:6], "  ten rows at most ").reason == "ten rows at most"
    for act in (lambda: append(store, finding()), lambda: append(store), lambda: append(store, finding())):
        act()
        assert state(store) == "ignored"
    store.mark_seen([ONE])
    assert store.problem(ONE).kept is False
    assert [problem.identity for problem in store.problems({"ignored"})] == [ONE]
    assert store.problems({"new", "back"}) == store.problems(()) == ()
    assert len(store.problems({"new", "ignored"}, rules={"n-plus-one"})) == 1
    back = store.unignore(ONE)
    assert (back.state, back.reason, back.count) == ("seen", None, 3)


@pytest.mark.parametrize("reason", ["", " \n"])
def test_ignoring_takes_a_reason(store: Store, reason: str) -> None:
    """The sentence says what to do."""
    append(store, finding())
    with pytest.raises(IgnoreError, match="takes a reason"):
        store.ignore(ONE, reason)
    assert state(store) == "new"


def test_references_to_problems(store: Store) -> None:
    """Six characters or more, if only one begins with them."""
    append(store, finding("abcdef01"), finding("abcdef02"))
    assert store.problem("abcdef02").identity == "abcdef02"
    for wrong, words in (
        ("abcdef", "More than one"),
        ("abcde", "No problem"),
        ("99999999", "Allowed: an identity"),
    ):
        with pytest.raises(ProblemNotFound, match=words):
            store.problem(wrong)


def test_problems_of_findings(store: Store) -> None:
    """The request page asks for those of one report at once."""
    append(store, finding(ONE), finding(TWO))
    found = store.problems_of([finding(TWO), finding("gone"), finding("")])
    assert {identity: problem.state for identity, problem in found.items()} == {TWO: "new"}
    assert store.problems_of([]) == {}


def test_summaries_carry_marks(store: Store) -> None:
    """One mark a rule, the worst first, read without the report."""
    append(store)
    append(
        store,
        finding(ONE, severity="low", count=3),
        finding(TWO, severity="high", count=4),
        finding("3", rule="large-result", severity="medium", count=1),
    )
    found, none = store.newest()
    assert none.findings == ()
    assert found.findings == (
        FindingMark(rule="n-plus-one", severity="high", count=7),
        FindingMark(rule="large-result", severity="medium", count=1),
    )


def test_marks_leave_out_what_is_ignored(store: Store) -> None:
    """The list does not point at what somebody has decided to live with; the report keeps it."""
    append(store, finding(ONE), finding(TWO, rule="slow-query"))
    store.ignore(ONE, "a reason")
    trace = append(store, finding(ONE), finding(TWO, rule="slow-query"))
    assert [mark.rule for mark in store.newest(1)[0].findings] == ["slow-query"]
    assert len(store.report(trace).findings) == 2


def test_traces_of_a_problem(store: Store) -> None:
    """Newest first, bounded, and gone with the traces."""
    first, _, last = append(store, finding()), append(store), append(store, finding())
    assert [summary.id for summary in store.traces_of_problem(ONE)] == [last, first]
    assert [summary.id for summary in store.traces_of_problem(ONE, limit=1)] == [last]
    store.prune(Config(keep_traces=1, keep_worst=0))
    assert [summary.id for summary in store.traces_of_problem(ONE)] == [last]


def test_pruning_traces_keeps_problems(store: Store) -> None:
    """Readers find an id of a trace that is gone, and the problem with all it says."""
    gone = append(store, finding(cost_ms=500.0))
    append(store, finding())
    store.prune(Config(keep_traces=1, keep_worst=0))
    problem = store.problem(ONE)
    assert (problem.worst_trace, problem.count, problem.total_ms) == (gone, 2, 600.0)


def test_problems_are_forgotten_long_after_their_traces(store: Store) -> None:
    """Twelve times KEEP_HOURS without being found; one that is ignored stays."""
    hours_ago = lambda hours: (datetime.now(UTC) - timedelta(hours=hours)).isoformat()
    append(store, finding("old"), finding("decided"), started_at=hours_ago(13))
    append(store, finding("young"), started_at=hours_ago(11))
    store.ignore("decided", "known")
    store.prune(Config(keep_hours=1))
    assert {problem.identity for problem in store.problems()} == {"decided", "young"}
    assert store.newest() == ()


def test_problems_are_bounded(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines that change every day make new problems every day."""
    monkeypatch.setattr("queryscope.profiler.store.retention.MOST_PROBLEMS", 2)
    for number in range(4):
        append(store, finding(f"p{number}"), started_at=f"2999-01-0{number + 1}T00:00:00+00:00")
    store.prune(Config())
    assert {problem.identity for problem in store.problems()} == {"p2", "p3"}


def test_clear_removes_problems_but_those_ignored(store: Store) -> None:
    """A reason was somebody's work."""
    append(store, finding(ONE), finding(TWO))
    store.ignore(TWO, "known")
    store.clear()
    assert [problem.identity for problem in store.problems()] == [TWO]


def test_an_empty_store_has_no_problems(store: Store) -> None:
    """Nothing is made by asking."""
    assert (store.problems(), store.traces_of_problem(ONE), store.stale()) == ((), (), ())
    store.mark_seen([ONE])
    store.mark_seen([])
    with pytest.raises(ProblemNotFound):
        store.problem(ONE)


def test_odd_text_is_stored(store: Store) -> None:
    """NUL, lone surrogates and quotes of a source line cost no trace."""
    text = "it's \x00 \udc80 100% {x}"
    append(store, finding(title=text, why=text), view=text)
    assert store.problem(ONE).title == "it's \\x00 \\udc80 100% {x}"
    store.ignore(ONE, text)
    assert "100% {x}" in (store.problem(ONE).reason or "")


def test_a_trace_without_findings_costs_one_look_up(store: Store) -> None:
    """However many problems other views have."""
    append(store, finding())
    (connection,) = store._connections._idle
    sent: list[str] = []

    def note(execute: Any, sql: str, *rest: Any) -> Any:
        sent.append(sql)
        return execute(sql, *rest)

    connection.execute_wrappers.append(note)
    append(store, view="catalog.views.Quiet")
    assert [sql for sql in sent if "problem" in sql] == [
        "SELECT identity FROM queryscope_problem_place WHERE place IN (%s)"
    ]


def test_previous_is_the_same_view_and_address(store: Store) -> None:
    """What ran before the file was saved."""
    for changes in ({}, {"status": 500}, {"path": "/b/"}, {"method": "POST"}, {"view": None}, {"view": "x"}):
        append(store, **changes)
    append(store, request=builders.request(query_string="page=2"))
    append(store)
    newest = store.newest(1)[0]
    before = store.previous(newest)
    assert before is not None and before.seq == 2
    oldest = store.previous(before)
    assert oldest is not None and oldest.seq == 1
    assert store.previous(oldest) is None


def test_previous_of_other_work_has_its_name(store: Store) -> None:
    """Tasks of one name follow one another, whatever ran between."""
    for name in ("a", "b", "a"):
        append(store, kind="task", name=name, view=None, path=None, method=None, request=None)
    before = store.previous(store.newest(1)[0])
    assert before is not None and before.seq == 1


APPENDING = f"""
import uuid
from queryscope.profiler.store import Store
from tests.store.found import finding, made
store = Store(target)
for n in range(100):
    store.append([made(finding("{ONE}", cost_ms=1.0), path=f"/{{os.getpid()}}/"), made(path="/other/")])
    if n % 10 == 0:
        store.mark_seen(["{ONE}"])
"""


def test_several_processes_count_every_trace(store: Store, target: Target) -> None:
    """Nobody's update is lost, also while somebody marks it as seen."""
    for process in [start(APPENDING, target) for _ in range(3)]:
        finish(process)
    problem = store.problem(ONE)
    assert (problem.count, problem.total_ms) == (300, 300.0)
    assert problem.state == "seen"
    assert len(store.traces_of_problem(ONE, limit=1000)) == 300


def test_a_store_of_the_first_version_is_lifted(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its traces stay, without marks, and problems begin to be counted."""
    with monkeypatch.context() as older:
        older.setattr(schema, "STEPS", schema.STEPS[:1])
        older.setattr(schema, "VERSION", 1)
        entry = rows.Entry.of(made(), None).numbered(1)
        named = dict(zip(rows.COLUMNS.split(", "), rows._row(entry.summary), strict=True))
        del named['"findings"'], named['"cold"']
        columns, values = ", ".join(named), [*named.values()]
        with store._connections.lend(create=True) as connection, connection.cursor() as cursor:
            places = ", ".join(["%s"] * len(values))
            cursor.execute(f"INSERT INTO queryscope_trace ({columns}) VALUES ({places})", values)
            cursor.execute("UPDATE queryscope_control SET last_seq = 1")
        store.close()
    append(store, finding())
    newest, oldest = store.newest()
    assert (oldest, newest.seq) == (entry.summary, 2)
    assert state(store) == "new"


@pytest.fixture
def shared(target: Target, tmp_path: Path) -> Any:
    """A store whose project keeps its reasons in a file."""
    store = Store(target, IgnoredFile(tmp_path / "ignored.toml"))
    yield store
    store.close()


def test_a_kept_reason_stands_in_the_file(
    shared: Store, open_store: Callable[[Target], Store], target: Target
) -> None:
    """And nowhere else: whoever takes it out of the repository takes it back for everybody."""
    append(shared, finding())
    kept = shared.ignore(ONE, "ten rows", keep=True)
    assert (kept.state, kept.reason, kept.kept) == ("ignored", "ten rows", True)
    assert open_store(target).problem(ONE).state == "new"
    append(shared, finding())
    assert shared.newest(1)[0].findings == ()
    assert shared.unignore(ONE).state == "new"
    assert shared.ignored is not None and shared.ignored.entries() == ()


def test_a_pattern_covers_many_and_is_removed_by_hand(shared: Store) -> None:
    """Unignoring one problem of many cannot be written into a pattern."""
    assert shared.ignored is not None
    shared.ignored.path.write_text(
        '[[ignored]]\nrule = "n-plus-one"\nmodel = "catalog.*"\nreason = "legacy"\n'
    )
    append(shared, finding(ONE, model="catalog.Author"), finding(TWO, model="shop.Order"))
    assert {problem.identity: problem.state for problem in shared.problems()} == {ONE: "ignored", TWO: "new"}
    assert shared.newest(1)[0].findings[0].count == 80
    with pytest.raises(IgnoreError, match="by hand"):
        shared.unignore(ONE)


def test_stale_entries(shared: Store) -> None:
    """What was fixed, or is not known here, need not be ignored any longer."""
    assert shared.ignored is not None
    append(shared, finding(ONE), finding(TWO))
    shared.ignore(ONE, "one", keep=True)
    shared.ignore(TWO, "two", keep=True)
    assert shared.stale() == ()
    append(shared, finding(TWO))
    assert [entry.identity for entry in shared.stale()] == [ONE]
