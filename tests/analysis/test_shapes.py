"""What a statement asks, and by which columns, as the backends of Django write it."""

from __future__ import annotations

import pytest

from queryscope.profiler.analysis.advice.heads import loop_of
from queryscope.profiler.analysis.advice.lookups import order_of
from queryscope.profiler.analysis.groupings import repeats
from queryscope.profiler.analysis.statements.shapes import Asked, asked, chosen, locks, methods, shape
from tests.analysis.rows import VIEW, looping, sent
from tests.analysis.stacks import CURSOR, NODE, ORM, SHORTCUT, library


@pytest.mark.parametrize(
    ("sql", "vendor", "expected"),
    [
        ('SELECT COUNT(*) AS "__count" FROM "t"', "postgresql", "count"),
        ("SELECT COUNT(*) AS `__count` FROM `t` WHERE `t`.`a` = %s", "mysql", "count"),
        ('SELECT COUNT(*) FROM (SELECT DISTINCT "t"."a" FROM "t" LIMIT 1) subquery', "sqlite", "count"),
        ('SELECT AVG("t"."a") AS "a__avg" FROM "t"', "sqlite", "aggregate"),
        ('SELECT COALESCE(SUM("t"."a"), %s) AS "s" FROM "t"', "postgresql", "aggregate"),
        ('SELECT 1 AS "a" FROM "t" LIMIT 1', "postgresql", "exists"),
        ("SELECT 1 AS `a` FROM `t` LIMIT 1", "mysql", "exists"),
        ('SELECT %s AS "a" FROM "t" WHERE "t"."b" = %s LIMIT 1', "sqlite", "exists"),
        ('SELECT "t"."a" FROM "t" ORDER BY "t"."a" ASC LIMIT 1', "sqlite", "one"),
        ('SELECT "t"."a" FROM "t" LIMIT 1 FOR UPDATE', "postgresql", "one"),
        ('SELECT "t"."a" FROM "t" LIMIT 1 OFFSET 5', "sqlite", "rows"),
        ('SELECT "t"."a" FROM "t" LIMIT 21', "sqlite", "rows"),
        ('SELECT "t"."a", COUNT("t"."b") FROM "t" GROUP BY "t"."a"', "sqlite", "rows"),
        ('SELECT COUNT("t"."b") FROM "t" GROUP BY "t"."a"', "sqlite", "rows"),
        ("", "sqlite", "rows"),
    ],
)  # fmt: skip
def test_shapes(sql: str, vendor: str, expected: str) -> None:
    """By the first words and the last ones."""
    assert shape(sent(1, sql, vendor=vendor)) == expected


def test_only_a_select_has_one() -> None:
    """A deletion may begin and end alike."""
    assert shape(sent(1, "DELETE FROM t LIMIT 1", kind="delete")) == "rows"


def test_what_is_compared() -> None:
    """Columns with their operators, in the order of the values."""
    sql = 'SELECT %s AS "a" FROM "t" WHERE ("t"."b" = %s AND "t"."c" IN (%s, %s) AND "t"."d" >= %s AND f("t"."e") = %s) LIMIT 1'
    assert asked(sent(1, sql))[1] == Asked("b", "=")
    assert [each.operator for each in asked(sent(1, sql))] == ["select", "=", "in", ",", ">=", "="]
    assert [each.column for each in asked(sent(1, sql))][-1] == ""
    assert asked(sent(1, "SELECT a FROM t WHERE `t`.`b` = %s", vendor="mysql")) == (Asked("b", "="),)
    assert asked(sent(1, "SELECT a FROM t WHERE b = %s"))[0] == Asked("b", "=")


def test_locks() -> None:
    """SQLite writes no words for it, but the line does."""
    assert locks(sent(1, "SELECT a FROM t WHERE b = %s FOR NO KEY UPDATE OF t"))
    assert locks(sent(1, "SELECT a FROM t", call_site=looping("Book.objects.select_for_update().get(pk=pk)")))
    assert not locks(sent(1, "SELECT a FROM t"))


@pytest.mark.parametrize(
    ("source", "called"),
    [
        ("list(book.reviews.filter(stars=f(1, (2))).order_by('-pk'))", ("filter", "order_by")),
        ("book.reviews.all()", ("all",)),
        ("len(book.reviews.all()), book.reviews.filter(a=1)", ("all",)),
        ("book.reviews_count", ()),
        ("for review in book.reviews.filter(", ("filter",)),
    ],
)
def test_methods(source: str, called: tuple[str, ...]) -> None:
    """As far as the line goes."""
    assert methods(sent(1, "SELECT a", call_site=looping(source)), "reviews") == called


def test_a_template_chooses_nothing() -> None:
    """It passes no arguments, so conditions are those of the model's own manager."""
    sql = 'SELECT "a" FROM "t" WHERE ("t"."hidden" = %s AND "t"."book_id" = %s)'
    load = {"relation": "reviews", "call_site": None}
    assert chosen(sent(1, sql, **load))
    assert not chosen(sent(1, sql, via_template=True, **load))


@pytest.mark.parametrize(
    ("stack", "asks"),
    [
        ((*ORM, VIEW), True),
        ((*CURSOR, VIEW), True),
        ((*ORM, library("django/shortcuts.py", "get_object_or_404"), VIEW), True),
        ((*ORM, library("rest_framework/relations.py"), VIEW), False),
        (
            (*ORM, library("guardian/shortcuts.py"), library("django/db/models/base.py", "Model.save"), VIEW),
            False,
        ),
        ((*ORM, *NODE, *SHORTCUT), False),
        ((*ORM, library("asgiref/sync.py"), library("django/core/handlers/base.py")), True),
    ],
)
def test_who_asked(stack: tuple[object, ...], asks: bool) -> None:
    """The line that stands next to the ORM, or that waits for it."""
    assert repeats.asked_by_application(sent(1, "SELECT a", stack=stack)) is asks


def test_the_outermost_function_counts() -> None:
    """``update_or_create()`` calls ``get_or_create()``."""
    inner, outer = (
        library("django/db/models/query.py", f"QuerySet.{name}")
        for name in ("get_or_create", "update_or_create")
    )
    pairs = frozenset({"get_or_create", "update_or_create"})
    assert (
        repeats.function_inside(sent(1, "SELECT a", stack=(*ORM, inner, outer, VIEW, inner)), pairs)
        == "update_or_create"
    )
    assert repeats.function_inside(sent(1, "SELECT a", stack=(*ORM, VIEW, inner)), pairs) is None


@pytest.mark.parametrize(
    ("head", "constant"),
    [
        ("for slug in slugs:", False),
        ("for slug in ['a', 'b']:", True),
        ("for slug in [name(n) for n in numbers]]", False),
        ("for key in Book.Status.values:", True),
        ("for key in queryset.values():", False),
        ("for key in NAMES.values():", True),
        ("for name in NAMES if name]", True),
        ("for key in dict(NAMES).values():", False),
        ("for key in enumerate(NAMES, 1):", True),
        ("for key in sorted(names)]", False),
        ("for n in range(5):", True),
        ("for n in range(len(rows)):", False),
        ("for name in settings.NAMES:", True),
        ("for name in sorted(NAMES)", True),
        ("for name in Name.objects.all():", False),
        ("while True:", False),
        (None, False),
    ],
)
def test_constants(head: str | None, constant: bool) -> None:
    """What is written down in the code."""
    assert repeats.over_constants(head) is constant


@pytest.mark.parametrize(
    ("head", "names"),
    [
        ("for book in books:", ("book", "books")),
        ("async for book in self.books:", ("book", "self.books")),
        ("for book in books if book.pages)", ("book", "books")),
        ("for pk in read(file):", ("pk", "read(file)")),
        ("for a, b in pairs:", None),
        ("while books:", None),
    ],
)
def test_the_head_of_a_loop(head: str, names: tuple[str, str] | None) -> None:
    """What each value is called, and where they come from."""
    found = loop_of(head)
    assert found is None if names is None else found is not None and found[0] == names[0]
    assert names is None or (found is not None and found[1].startswith(names[1].rstrip(")")))


@pytest.mark.parametrize(
    ("order", "call"),
    [
        ('ORDER BY "t"."a" ASC', 'order_by("a")'),
        ('ORDER BY "t"."a" DESC, "t"."id" ASC', 'order_by("-a", "id")'),
        ("ORDER BY RAND() ASC", None),
        ('ORDER BY "other"."a" ASC', None),
        ("", "all()"),
    ],
)
def test_orders(order: str, call: str | None) -> None:
    """Only by columns of the rows themselves."""
    assert order_of(sent(1, f'SELECT "t"."a" FROM "t" {order} LIMIT 1', tables=("t", "other"))) == call
