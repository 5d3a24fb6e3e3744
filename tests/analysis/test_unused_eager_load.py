"""unused-eager-load: joins and prefetches that nothing read, and those that were read, kept or out of sight."""

from __future__ import annotations

from typing import Any

import pytest

from queryscope.profiler.analysis.rules.unused_eager_load import RULE
from queryscope.profiler.trace import Relation, Span
from tests.analysis.querysets import findings, loaded, origin, prefetch
from tests.builders import frame

ADMIN = frame("django/contrib/admin/views/main.py", 5, library=True, function="ChangeList.get_results")


def relation(name: str, to: str, model: str = "catalog.Book", **changes: Any) -> Relation:
    values: dict[str, Any] = {"kind": "forward", "nullable": False, "query_name": name}
    return Relation(model=model, name=name, to=to, **values | changes)


AUTHOR = relation("author", "catalog.Author")
EDITOR = relation("editor", "catalog.Author", nullable=True)


def test_a_prefetch_counts_with_its_own_statement() -> None:
    """The load itself is needed."""
    spans = (
        loaded(1, prefetched=("genres",), duration_ms=50.0),
        prefetch(2, "genres", duration_ms=4.0, rows=120),
    )
    (found,) = findings(RULE, *spans)
    assert (found.rule, found.severity, found.spans, found.cost_ms) == (
        "unused-eager-load",
        "medium",
        (1, 2),
        4.0,
    )
    assert (found.title, found.path) == ("genres prefetched and never read", "genres")
    assert "1 query and brought 120 rows" in found.why
    assert found.build_site is not None and found.build_site.line == 30


def test_a_join_is_medium_at_most() -> None:
    """Its share of the time is not known apart."""
    (found,) = findings(RULE, loaded(1, joined=("author",), duration_ms=900.0))
    assert (found.severity, found.title) == ("medium", "author joined and never read")
    (small,) = findings(RULE, loaded(1, joined=("author",), duration_ms=1.0))
    assert small.severity == "low"


def test_what_is_read_stays_in_the_call() -> None:
    """The advice is the call as it is to read."""
    (found,) = findings(RULE, loaded(1, joined=("author", "publisher"), read=("author",)))
    assert found.path == "publisher"
    assert found.advice.code == '.select_related("author")'


def test_one_queryset_is_one_finding() -> None:
    """All that it brought for nothing, in one advice."""
    spans = (
        loaded(1, joined=("author", "publisher"), prefetched=("genres", "reviews")),
        prefetch(2, "genres"),
        prefetch(3, "reviews"),
    )
    (found,) = findings(RULE, *spans)
    assert found.title == "author and publisher joined, genres and reviews prefetched and never read"
    assert found.spans == (1, 2, 3)


def test_a_longer_path_is_cut_back() -> None:
    """The author is read, the country behind it is not."""
    (found,) = findings(RULE, loaded(1, joined=("author", "author__country"), read=("author",)))
    assert (found.path, found.advice.code) == ("author__country", '.select_related("author")')


def test_what_hangs_on_an_unread_prefetch_goes_with_it() -> None:
    """One path, both statements."""
    spans = (
        loaded(1, prefetched=("genres__books",)),
        prefetch(2, "genres"),
        prefetch(3, "books", of=2, path="genres"),
    )
    (found,) = findings(RULE, *spans)
    assert (found.path, found.spans) == ("genres", (1, 2, 3))


def test_a_prefetch_behind_a_prefetch_that_is_read() -> None:
    """Each statement tells what was read of its rows."""
    spans = (
        loaded(1, prefetched=("genres__books",), read=("genres",)),
        prefetch(2, "genres"),
        prefetch(3, "books", of=2, path="genres"),
    )
    (found,) = findings(RULE, *spans)
    assert (found.path, found.spans) == ("genres__books", (1, 3))


def test_a_join_in_the_queryset_of_a_prefetch() -> None:
    """Prefetch(queryset=...) is a queryset of its own."""
    spans = (
        loaded(1, prefetched=("reviews",), read=("reviews",)),
        prefetch(2, "reviews", joined=("reader",), build_sites=loaded().build_sites),
    )
    (found,) = findings(RULE, *spans)
    assert (found.path, found.model) == ("reader", "Reviews")


def test_chunks_of_an_iterator_are_one_prefetch() -> None:
    """It runs once for each chunk."""
    spans = (loaded(1, iterator=True, prefetched=("genres",)), prefetch(2, "genres"), prefetch(3, "genres"))
    (found,) = findings(RULE, *spans)
    assert found.spans == (1, 2, 3)


def test_names_for_a_call_without_names() -> None:
    """select_related() joins whatever is not nullable."""
    span = loaded(1, joined_all=True, joined=("author", "publisher"), read=("author",))
    (found,) = findings(RULE, span)
    assert found.advice.code == '.select_related("author")'
    assert "without names" in found.advice.summary
    (nothing,) = findings(RULE, loaded(1, joined_all=True, joined=("author", "publisher")))
    assert "Take select_related() out" in nothing.advice.summary


def test_one_row_and_empty_relations_are_low() -> None:
    """A single row may have needed nothing; a relation that may be empty may have been."""
    (one,) = findings(RULE, loaded(1, joined=("author",), rows=1, duration_ms=900.0))
    (empty,) = findings(RULE, loaded(1, joined=("editor",), duration_ms=900.0), relations=(EDITOR,))
    (full,) = findings(RULE, loaded(1, joined=("author",), duration_ms=900.0), relations=(AUTHOR,))
    assert (one.severity, empty.severity, full.severity) == ("low", "low", "medium")


def test_a_prefetch_that_brought_nothing_is_low() -> None:
    """There was nothing to read."""
    (found,) = findings(RULE, loaded(1, prefetched=("genres",)), prefetch(2, "genres", rows=0))
    assert found.severity == "low"


def test_one_line_is_one_finding() -> None:
    """A function that is called for each slug builds the same queryset each time."""
    (found,) = findings(RULE, *(loaded(n, "other", joined=("author",), rows=1) for n in range(1, 13)))
    assert found.spans == tuple(range(1, 13))
    assert "None of the 12 Book rows" in found.why


SILENT: dict[str, tuple[Span, ...]] = {
    "read": (loaded(1, joined=("author",), read=("author",)),),
    "read through: the prefix counts": (loaded(1, joined=("author", "author__country"), read=("author__country",)),),
    "a prefetch that is read": (loaded(1, prefetched=("genres",), read=("genres",)), prefetch(2, "genres")),
    "a path of prefetches that is read": (
        loaded(1, prefetched=("genres__books",), read=("genres",)),
        prefetch(2, "genres", read=("books",)),
        prefetch(3, "books", of=2, path="genres"),
    ),
    "behind a join, read": (
        loaded(1, joined=("author",), prefetched=("author__books",), read=("author", "author__books")),
        prefetch(2, "books", path="author"),
    ),
    "read by one evaluation of the line": (
        loaded(1, "other", joined=("author",), rows=1),
        loaded(2, "other", joined=("author",), rows=1, read=("author",)),
    ),
    "a prefetch that one evaluation of the line reads": (
        loaded(1, prefetched=("genres",)),
        prefetch(2, "genres", of=1),
        loaded(3, prefetched=("genres",), read=("genres",)),
        prefetch(4, "genres", of=3),
    ),
    "kept by one evaluation of the line": (loaded(1, joined=("author",)), loaded(2, joined=("author",), kept=True)),
    "no rows": (loaded(1, joined=("author",), rows=0),),
    "kept in a cache": (loaded(1, joined=("author",), kept=True),),
    "values": (loaded(1, joined=("author",), values=True),),
    "only counted: another rule": (loaded(1, "counted", joined=("author",)),),
    "only tested: another rule": (loaded(1, "tested", joined=("author",)),),
    "to_attr, which counts as read: nobody sees it": (
        loaded(1, prefetched=("reviews",), read=("reviews",)),
        prefetch(2, "reviews"),
    ),
    "prefetch_related_objects: no queryset asked for it": (loaded(1), prefetch(2, "genres")),
    "asked again by a filter: prefetch-defeated": (
        loaded(1, prefetched=("reviews",)),
        prefetch(2, "reviews"),
        loaded(3, load="many", relation="reviews", origin=origin(1), parent_row="r1"),
    ),
    "a queryset of Django's": (loaded(1, joined=("user",), build_sites=()),),
    "the admin's own": (loaded(1, joined=("author",), stack=(ADMIN,)),),
    "nothing brought": (loaded(1),),
}  # fmt: skip


def test_a_relation_may_have_another_name_in_queries() -> None:
    """select_related() takes the one, Python reads by the other."""
    reverse = relation("details", "catalog.Detail", kind="one_to_one", query_name="detail")
    span = loaded(1, joined=("detail", "detail__author"), read=("details", "details__author"))
    author = relation("author", "catalog.Author", model="catalog.Detail")
    assert findings(RULE, span, relations=(reverse, author)) == []


@pytest.mark.parametrize("spans", SILENT.values(), ids=SILENT)
def test_silent(spans: tuple[Span, ...]) -> None:
    """Each name says why nothing is to be said."""
    assert findings(RULE, *spans) == []


@pytest.mark.parametrize(
    "changes", [{"error": "ValueError: x"}, {"status": 302}, {"status": 404}, {"status": 500}]
)
def test_a_request_that_was_cut_short_proves_nothing(changes: dict[str, Any]) -> None:
    """What would have read it was not reached."""
    assert findings(RULE, loaded(1, joined=("author",)), **changes) == []


@pytest.mark.parametrize("kind", ["task", "command", "block", "message"])
def test_work_without_a_status_is_judged(kind: str) -> None:
    """It ended as it should."""
    assert len(findings(RULE, loaded(1, joined=("author",)), kind=kind, status=None)) == 1
