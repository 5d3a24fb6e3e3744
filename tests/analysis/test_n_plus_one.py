"""n-plus-one: relations and columns loaded row by row, and the loads that look like it and are right."""

from __future__ import annotations

from typing import Any

import pytest

from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.analysis.rules.n_plus_one import RULE
from queryscope.profiler.config import Config
from queryscope.profiler.finding import Finding
from queryscope.profiler.trace import FieldSite, Origin, Queryset, Span
from tests.analysis.rows import BUILT, each, fetched, findings, followed, looping, origin, sent
from tests.analysis.stacks import NODE, ORM, SHORTCUT
from tests.builders import call_site, parameter, template_site, trace

SERIALIZED = FieldSite(kind="serializer", owner="catalog.serializers.BookSerializer", path="author.name")


def only(*spans: Span, **changes: Any) -> Finding:
    (found,) = findings(RULE, spans, **changes)
    return found


def chain(books: int, *, author_rows: bool = False) -> list[Span]:
    """Return the loads of author and country for each book: one statement after the other."""
    loads = []
    for book in range(books):
        n = 2 + 2 * book
        above = origin(2 + book, "author", parent=1, model="catalog.Author", span=n)
        loads += [followed(n, "author"), followed(n + 1, "country", origin=above, parent_row="same author")]
    return loads


def test_forward() -> None:
    """The title says how often, the reason names both lines, the advice joins."""
    found = only(fetched(), *each(20))
    assert found.title == "Book.author loaded 20 times, once per row"
    assert "catalog/views.py:34" in found.why and "catalog/views.py:30" in found.why
    assert (found.severity, found.path, found.model) == ("high", "author", "catalog.Book")
    assert found.build_site == BUILT[0]
    assert found.advice.code == '.select_related("author")'


@pytest.mark.parametrize(
    ("load", "relation"),
    [
        ("reverse", "profile"),
        ("many", "reviews"),
        ("many", "genres"),
        ("generic", "about"),
        ("deferred", "price"),
    ],
)
def test_every_kind_of_load(load: str, relation: str) -> None:
    """Twelve rows are as certain as a hundred."""
    found = only(fetched(), *each(12, relation, load, call_site=looping("x")))
    assert (found.count, found.relation, found.path) == (12, relation, relation)


def test_a_column_is_called_one() -> None:
    """A deferred column is loaded by naming it, not by a join."""
    found = only(fetched(queryset=Queryset(only=("title",))), *each(12, "price", "deferred"))
    assert "the column price" in found.why
    assert "select_related" not in (found.advice.code or "")


def test_all_rows_point_to_one_parent() -> None:
    """Equal values are an N+1 all the same, and the reason says that they were."""
    found = only(fetched(), *each(20, params=(parameter("7"),)))
    assert found.count == 20
    assert "the same row" in found.why


def test_nested_paths_are_one_finding() -> None:
    """One call joins both; the longest path names the finding."""
    found = only(fetched(), *chain(10))
    assert found.title == "Book.author and Author.country loaded 20 times, row by row"
    assert (found.path, found.count) == ("author__country", 20)
    assert found.advice.code == '.select_related("author__country")'


def test_behind_a_join() -> None:
    """Every row of a join has an author of its own, also where all of them are the same."""
    joined = origin(2, "author", parent=1, model="catalog.Author", span=1)
    found = only(fetched(), *each(20, "country", origin=joined, parent_row="same author"))
    assert (found.title, found.path) == ("Author.country loaded 20 times, once per row", "author__country")
    assert found.model == "catalog.Book"


def test_behind_a_prefetch() -> None:
    """The rows that a prefetch brought have many parents."""
    prefetch = followed(2, "reviews", "prefetch", parent_row=None, rows=40)
    loads = each(30, "author", first=3, origin=origin(2, "reviews", parent=1, model="catalog.Review", span=2))
    found = only(fetched(), prefetch, *loads)
    assert (found.path, found.count) == ("reviews__author", 30)


def test_templates_and_serializers_are_named() -> None:
    """Where the line of the view says nothing, the line of the template and the declared field do."""
    rendered: dict[str, Any] = {
        "template_site": template_site(), "via_template": True, "stack": (*ORM, *NODE, *SHORTCUT),
    }  # fmt: skip
    assert "catalog/book_list.html:24" in only(fetched(), *each(12, **rendered)).why
    found = only(fetched(), *each(12, field_site=SERIALIZED))
    assert "field author.name of BookSerializer" in found.why
    assert found.field_site == SERIALIZED


def test_no_line_of_the_application() -> None:
    """The place where the queryset was built is enough."""
    assert only(fetched(), *each(12, call_site=None, stack=ORM)).build_site == BUILT[0]


def test_the_same_lines_run_again() -> None:
    """A function that is called for each shelf builds one queryset each time: one finding."""
    other = origin(2, root=2, span=30)
    found = only(fetched(), *each(10), fetched(30), *each(10, first=31, origin=other))
    assert found.count == 20


def test_two_querysets_are_two_findings() -> None:
    """Each of them needs the fix."""
    other = origin(2, root=2, span=30, build_sites=(call_site("catalog/menu.py", 9),))
    spans = (fetched(), *each(10), fetched(30), *each(10, first=31, origin=other))
    assert len(findings(RULE, spans)) == 2


def test_two_relations_of_the_same_rows() -> None:
    """Each has its advice, which says what is left."""
    spans = (fetched(), *each(10), *each(10, "publisher", first=20))
    found = findings(RULE, spans)
    assert sorted(each.path or "" for each in found) == ["author", "publisher"]
    assert [
        "publisher" in (each.advice.next or "") for each in sorted(found, key=lambda each: each.path or "")
    ] == [True, False]


def test_a_generic_key_is_one_relation() -> None:
    """One statement for each type of what it points to."""
    of: Origin = origin(model="blog.Comment")
    books = each(6, "about", "generic", origin=of, fingerprint="books")
    posts = each(6, "about", "generic", first=10, origin=of, fingerprint="posts", model="blog.Post")
    found = only(fetched(model="blog.Comment"), *books, *posts)
    assert (found.title, found.count) == ("Comment.about loaded 12 times, once per row", 12)


def test_a_key_to_a_type_of_content() -> None:
    """Only those of generic keys are kept by Django."""
    types = {"tables": ("django_content_type",), "model": "contenttypes.ContentType"}
    assert only(fetched(), *each(12, "content_type", **types)).count == 12


def test_a_choice_of_related_rows_is_no_plain_prefetch() -> None:
    """``prefetch_related("reviews")`` would not serve a filter; without the source of the choice it is told in words."""
    site = looping("book.reviews.filter(stars=5)")
    found = only(fetched(), *each(12, "reviews", "many", call_site=site))
    assert found.advice.code is None and "choose among them in Python" in found.advice.summary


def test_fetch_modes_are_named_where_there_are_some() -> None:
    """Django 6.1 has them; 5.2 does not."""
    spans = (fetched(), *each(12))
    assert any("FETCH_PEERS" in other for other in only(*spans, django="6.1").advice.alternatives)
    assert not any("FETCH_PEERS" in other for other in only(*spans, django="5.2.8").advice.alternatives)


def tree(depth: int) -> list[Span]:
    """Return a walk down a tree of categories, two children each."""
    spans, level = [fetched(model="shop.Category", rows=2)], [(1, "")]
    for _ in range(depth):
        above, level = level, []
        for statement, path in above:
            of = origin(statement, path, model="shop.Category", span=statement)
            for row in range(2):
                n = len(spans) + 1
                spans.append(
                    followed(n, "children", "many", origin=of, parent_row=f"{statement}-{row}", rows=2)
                )
                level.append((n, "__".join(filter(None, [path, "children"]))))
    return spans


REQUEST_USER = sent(
    40, 'SELECT "catalog_author"."id" FROM "catalog_author" WHERE "catalog_author"."id" = %s LIMIT 21', 3
)
SILENT: dict[str, list[Span]] = {
    "one row": [fetched(rows=1), *each(1)],
    "rows that came one by one belong to a loop of get()": [
        *(fetched(n) for n in range(1, 11)),
        *(followed(n + 20, origin=origin(n, root=n, span=n)) for n in range(1, 11)),
    ],
    "two rows of a thousand, by a condition": [fetched(rows=1000), *each(2)],
    "four rows of a hundred": [fetched(rows=100), *each(4)],
    "a walk along a tree": tree(3),
    "a prefetch for each chunk of an iterator": [
        fetched(),
        *each(10, "reviews", "prefetch", parent_row=None),
    ],
    "peers are served by one statement": [fetched(), followed(2, load="prefetch", parent_row=None, rows=20)],
    "the same row again and again": [fetched(), *each(8, "reviews", "many", parent_row="one")],
    "a chain from one row": [fetched(rows=1), *chain(1)],
    "rows of an earlier request": each(8, origin=None),
    "the cache's own table": [fetched(), *each(8, tables=("django_cache_table",))],
    "sessions": [fetched(), *each(8, tables=("django_session",))],
    "types of content, which are kept": [
        fetched(),
        *each(8, "about", "generic", tables=("django_content_type",)),
    ],
    "writes through a relation": [fetched(), *each(8, "reviews", "many", kind="update")],
    "failed statements": [fetched(), *each(8, error="OperationalError: gone")],
}


@pytest.mark.parametrize("name", SILENT)
def test_silent(name: str) -> None:
    """What looks like a loop and is right, or belongs to another rule."""
    assert findings(RULE, SILENT[name]) == []


def test_the_user_of_the_request_is_no_part_of_it() -> None:
    """It shares the SQL of the loop, and no row of it."""
    assert 40 not in only(fetched(), *each(12), REQUEST_USER).spans


def test_one_level_of_a_tree_is_a_relation_like_any_other() -> None:
    """A list of categories with their children has a depth."""
    assert only(*tree(1)).path == "children"


def test_few_of_few_rows_are_a_loop() -> None:
    """Two of ten rows are a fifth."""
    assert only(fetched(rows=10), *each(2)).count == 2


def test_what_was_explained_is_passed_over() -> None:
    """A count through the relation belongs to the rule before."""
    spans = [fetched(), *each(12)]
    explained = frozenset(span.n for span in spans)
    assert list(RULE.find(Evidence(trace(spans=tuple(spans)), Config(), explained=explained))) == []
