"""Two traces by fingerprint: what is gone, new, changed and the same, although lines moved between them."""

from __future__ import annotations

from typing import Any

from queryscope.profiler.analysis.comparison import Comparison, GroupChange, compare
from queryscope.profiler.report import Report
from queryscope.profiler.trace import Span, Truncated
from tests import builders as b


def books(n: int, line: int = 20, **changes: Any) -> Span:
    """The list query of the view."""
    return b.span(
        n, fingerprint="list", tables=("catalog_book",), call_site=b.call_site(line=line), **changes
    )


def author(n: int, **changes: Any) -> Span:
    """One load of a loop in the template."""
    site = b.template_site(line=24)
    values = {
        "fingerprint": "author",
        "tables": ("catalog_author",),
        "template_site": site,
        "via_template": True,
    }
    return b.span(n, **values | changes)


def before(**changes: Any) -> Report:
    """A list of 80 books, the author of each read on its own."""
    spans = (books(1), *(author(n) for n in range(2, 82)))
    return b.report(**{"spans": spans, "findings": (b.finding(),)} | changes)


def by_table(comparison: Comparison) -> dict[str, GroupChange]:
    return {(group.before or group.after).first.tables[0]: group for group in comparison.groups}  # type: ignore[union-attr]


def test_the_loop_that_was_joined_is_gone() -> None:
    """And the list query, now with a join, is the same place with other SQL."""
    joined = b.span(
        1, fingerprint="joined", tables=("catalog_book", "catalog_author"), call_site=b.call_site(line=21)
    )
    groups = by_table(compare(before(), b.report(spans=(joined,))))
    assert groups["catalog_author"].change == "gone"
    assert groups["catalog_author"].before.count == 80  # type: ignore[union-attr]
    assert groups["catalog_book"].change == "changed"
    assert groups["catalog_book"].rewritten


def test_moved_lines_change_nothing() -> None:
    """A file that was edited above the place moves it; the statement is the same."""
    moved = before(
        spans=(books(1, line=33), *(author(n, template_site=b.template_site(line=30)) for n in range(2, 82)))
    )
    comparison = compare(before(), moved)
    assert {group.change for group in comparison.groups} == {"same"}
    assert {finding.change for finding in comparison.findings} == {"same"}


def test_fewer_of_the_same_statement_is_a_change() -> None:
    """100 loads that became 3 are neither gone nor the same."""
    fewer = before(spans=(books(1), author(2), author(3)))
    group = by_table(compare(before(), fewer))["catalog_author"]
    assert (group.change, group.rewritten) == ("changed", False)
    assert group.saved_ms == 78 * 1.5


def test_a_prefetch_takes_the_place_of_the_loop() -> None:
    """One statement for all rows, from the same template: the loop's group, rewritten."""
    prefetched = before(spans=(books(1), author(2, fingerprint="in-list")))
    group = by_table(compare(before(), prefetched))["catalog_author"]
    assert (group.change, group.rewritten) == ("changed", True)


def test_two_candidates_are_not_guessed_between() -> None:
    """Two new statements on the table: which of them is the old one nobody knows."""
    two = before(spans=(books(1), author(2, fingerprint="one"), author(3, fingerprint="other")))
    changes = [group.change for group in compare(before(), two).groups]
    assert sorted(changes) == ["gone", "new", "new", "same"]


def test_the_greatest_saving_comes_first_of_its_kind() -> None:
    """Gone before changed before new before same; in each the milliseconds decide."""
    spans = (books(1), author(2), b.span(3, fingerprint="dear", duration_ms=50.0, call_site=None, stack=()))
    comparison = compare(b.report(spans=spans), b.report(spans=(books(1),)))
    assert [group.change for group in comparison.groups] == ["gone", "gone", "same"]
    assert comparison.groups[0].saved_ms == 50.0


def test_aliases_are_kept_apart() -> None:
    """The same statement on another database is another one."""
    comparison = compare(b.report(spans=(books(1),)), b.report(spans=(books(1, alias="replica"),)))
    assert sorted(group.change for group in comparison.groups) == ["gone", "new"]


def test_marks_of_transactions_are_no_queries() -> None:
    """BEGIN and COMMIT say nothing about what was asked."""
    with_marks = b.report(spans=(books(1), b.span(2, kind="transaction", fingerprint="begin", tables=())))
    assert len(compare(b.report(spans=(books(1),)), with_marks).groups) == 1


def test_findings_are_known_by_their_identity() -> None:
    """Gone, still there, and new."""
    new = b.finding(rule="duplicate-query", model=None, identity="other")
    assert [one.change for one in compare(before(), before(findings=())).findings] == ["gone"]
    assert [one.change for one in compare(before(findings=()), before(findings=(new,))).findings] == ["new"]
    changed = compare(before(), before(findings=(b.finding(count=3),)))
    assert [one.change for one in changed.findings] == ["changed"]


def test_an_edited_line_does_not_make_a_new_problem() -> None:
    """The identity holds the text of the line; after a fix that did not help, the problem is still the same."""
    edited = before(findings=(b.finding(identity="another"),))
    assert [one.change for one in compare(before(), edited).findings] == ["same"]


def test_the_comparison_says_what_it_compares() -> None:
    """Another view, another address, or a recording that was cut."""
    comparison = compare(before(), before(request=b.request(query_string="genre=poetry")))
    assert (comparison.same_work, comparison.same_address, comparison.partial) == (True, False, False)
    assert not compare(before(), before(view="catalog.views.Other")).same_work
    assert compare(before(), before(truncated=Truncated(spans=3))).partial
