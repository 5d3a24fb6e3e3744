"""Join or prefetch is chosen by the kind of every step, and what only() and defer() leave out is found."""

from __future__ import annotations

from typing import Any

import pytest

from queryscope.profiler.analysis.advice.paths import Plan, longest, plan
from queryscope.profiler.trace import Queryset, Relation, RelationKind


def relation(
    model: str, name: str, kind: RelationKind, to: str | None, query_name: str | None = None
) -> Relation:
    return Relation(model=model, name=name, kind=kind, to=to, nullable=True, query_name=query_name or name)


RELATIONS = {
    (each.model, each.name): each
    for each in (
        relation("Book", "author", "forward", "Author"),
        relation("Book", "publisher", "forward", "Publisher"),
        relation("Book", "genres", "many", "Genre"),
        relation("Author", "country", "forward", "Country"),
        relation("Author", "book_set", "reverse", "Book", "book"),
        relation("Author", "profile_of", "one_to_one", "Profile", "profile"),
        relation("Profile", "picture", "forward", "Picture"),
        relation("Comment", "about", "generic", None),
        relation("Book", "comments", "generic_many", "Comment"),
    )
}
CASES: list[tuple[str, list[str], dict[str, Any], Plan]] = [
    ("Book", ["author"], {}, Plan(join=("author",))),
    ("Book", ["author", "author__country"], {}, Plan(join=("author__country",))),
    ("Book", ["author", "publisher", "author"], {}, Plan(join=("author", "publisher"))),
    ("Book", ["genres", "comments"], {}, Plan(prefetch=("genres", "comments"))),
    ("Book", ["author__book_set"], {}, Plan(join=("author",), prefetch=("author__book_set",))),
    ("Author", ["book_set__publisher", "book_set"], {}, Plan(prefetch=("book_set__publisher",))),
    ("Author", ["profile_of"], {}, Plan(join=("profile",))),
    ("Author", ["profile_of__picture"], {}, Plan(join=("profile__picture",))),
    ("Comment", ["about"], {}, Plan(prefetch=("about",))),
    ("Comment", ["about__author"], {}, Plan(prefetch=("about",), mixed=("about__author",))),
    ("Book", ["unknown__path"], {}, Plan(prefetch=("unknown__path",))),
    (None, ["author"], {}, Plan(prefetch=("author",))),  # type: ignore[list-item]
    ("Book", ["author"], {"joined": ("author",)}, Plan()),
    ("Book", ["genres"], {"prefetched": ("genres",)}, Plan()),
    ("Book", ["author"], {"only": ("title",)}, Plan(join=("author",), columns=("author",))),
    ("Book", ["author"], {"only": ("title", "author_id")}, Plan(join=("author",))),
    ("Book", ["author"], {"only": ("author__name",)}, Plan(join=("author",))),
    (
        "Book",
        ["author__country"],
        {"only": ("title", "author__name")},
        Plan(join=("author__country",), columns=("author__country",)),
    ),
    ("Book", ["author__country"], {"only": ("title", "author")}, Plan(join=("author__country",))),
    ("Author", ["profile_of"], {"only": ("name",)}, Plan(join=("profile",))),
    ("Author", ["book_set"], {"only": ("name",)}, Plan(prefetch=("book_set",))),
    ("Book", ["author"], {"deferred": ("author", "title")}, Plan(join=("author",), undefer=("author",))),
]  # fmt: skip


@pytest.mark.parametrize(("model", "paths", "queryset", "expected"), CASES, ids=lambda each: str(each)[:40])
def test_plan(model: str, paths: list[str], queryset: dict[str, Any], expected: Plan) -> None:
    """The shortest calls that load all of it."""
    assert plan(RELATIONS, model, paths, Queryset(**queryset)) == expected


def test_without_joins_everything_is_prefetched() -> None:
    """Raw SQL takes no join, and the foreign key has to be there all the same."""
    found = plan(RELATIONS, "Book", ["author__country"], Queryset(only=("title",)), join=False)
    assert found == Plan(prefetch=("author__country",), columns=("author",))


def test_longest() -> None:
    """A path is left out where another one leads through it, not where it only begins alike."""
    assert longest(["a", "ab", "a__b", "a__b"]) == ("ab", "a__b")
