"""Statements of loops for the tests of rules: rows of a queryset, and what was loaded, asked and written row by row."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.analysis.rule import Rule
from queryscope.profiler.config import Config
from queryscope.profiler.finding import Finding
from queryscope.profiler.trace import CallSite, Origin, Relation, Span
from tests.analysis.stacks import ORM, library, own
from tests.builders import call_site, parameter, span, trace

VIEW = own("catalog/views.py", "book_list")
BUILT = (call_site("catalog/views.py", 30, function="book_list", source="    books = Book.objects.all()"),)
SAVE = library("django/db/models/base.py", "Model.save")
TEXTS = {
    "author": 'SELECT "catalog_author"."id" FROM "catalog_author" WHERE "catalog_author"."id" = %s LIMIT 21',
    "country": 'SELECT "catalog_country"."id" FROM "catalog_country" WHERE "catalog_country"."id" = %s LIMIT 21',
    "price": 'SELECT "catalog_book"."id", "catalog_book"."price" FROM "catalog_book" WHERE "catalog_book"."id" = %s LIMIT 21',
    "reviews": 'SELECT "catalog_review"."id" FROM "catalog_review" WHERE "catalog_review"."book_id" = %s',
    "children": 'SELECT "shop_category"."id" FROM "shop_category" WHERE "shop_category"."parent_id" = %s',
}
COUNT = 'SELECT COUNT(*) AS "__count" FROM "catalog_review" WHERE "catalog_review"."book_id" = %s'
EXISTS = 'SELECT %s AS "a" FROM "catalog_review" WHERE "catalog_review"."book_id" = %s LIMIT 1'
FIRST = 'SELECT "catalog_review"."id" FROM "catalog_review" WHERE "catalog_review"."book_id" = %s ORDER BY "catalog_review"."id" ASC LIMIT 1'
SUM = (
    'SELECT SUM("catalog_review"."stars") AS "s" FROM "catalog_review" WHERE "catalog_review"."book_id" = %s'
)
CHOSEN = TEXTS["reviews"] + ' AND "catalog_review"."stars" = %s'


def relation(model: str, name: str, kind: Any, to: str | None, **changes: Any) -> Relation:
    values: dict[str, Any] = {"nullable": False, "query_name": name}
    return Relation(model=model, name=name, kind=kind, to=to, **values | changes)


RELATIONS = (
    relation("catalog.Book", "author", "forward", "catalog.Author"),
    relation("catalog.Book", "publisher", "forward", "catalog.Publisher"),
    relation("catalog.Author", "country", "forward", "catalog.Country"),
    relation("catalog.Book", "reviews", "reverse", "catalog.Review", query_name="review"),
    relation("catalog.Book", "genres", "many", "catalog.Genre"),
    relation("blog.Comment", "about", "generic", None),
    relation("shop.Category", "children", "reverse", "shop.Category"),
)


def findings(rule: Rule, spans: Iterable[Span], **changes: Any) -> list[Finding]:
    """Return what ``rule`` finds in a trace of ``spans``."""
    return list(
        rule.find(Evidence(trace(**{"spans": tuple(spans), "relations": RELATIONS} | changes), Config()))
    )


def fetched(n: int = 1, rows: int = 20, **changes: Any) -> Span:
    """Return the statement of a queryset of books."""
    values: dict[str, Any] = {
        "sql": 'SELECT "catalog_book"."id" FROM "catalog_book"', "params": (), "params_total": 0, "rows": rows,
        "tables": ("catalog_book",), "model": "catalog.Book", "load": "queryset", "build_sites": BUILT,
        "fingerprint": "b00c", "call_site": call_site(line=31), "stack": (*ORM, VIEW),
    }  # fmt: skip
    return span(n, **values | changes)


def origin(id: int = 1, path: str = "", **changes: Any) -> Origin:
    """Return an evaluation: the root's, of statement 1, unless ``parent`` or ``span`` say otherwise."""
    values: dict[str, Any] = {
        "parent": None,
        "root": 1,
        "model": "catalog.Book",
        "build_sites": BUILT,
        "span": 1,
    }
    return Origin(id=id, path=path, **values | changes)


def followed(n: int, relation: str = "author", load: Any = "forward", **changes: Any) -> Span:
    """Return a load that follows a relation from row ``n`` of an origin, the root where none is given."""
    sql = changes.pop("sql", TEXTS.get(relation, TEXTS["author"]))
    values: dict[str, Any] = {
        "sql": sql, "sql_length": len(sql), "params": (parameter(str(n)),) * sql.count("%s"), "load": load, "relation": relation,
        "origin": origin(), "parent_row": f"row{n}", "tables": (f"catalog_{relation.removesuffix('s')}",), "fingerprint": f"f-{sql}",
        "model": f"catalog.{relation.removesuffix('s').title()}", "stack": (*ORM, VIEW), "call_site": looping("book.author"),
    }  # fmt: skip
    return span(n, **values | changes)


def looping(source: str, loop: str | None = "for book in books:", **changes: Any) -> CallSite:
    """Return a place in a loop, whose expression is all of its line."""
    values = {
        "source": source,
        "loop": loop,
        "column": 1,
        "end_column": len(source) + 1,
        "function": "book_list",
    }
    return call_site(line=34, **values | changes)


def each(
    count: int, relation: str = "author", load: Any = "forward", first: int = 2, **changes: Any
) -> list[Span]:
    """Return loads from ``count`` rows."""
    return [followed(n, relation, load, **changes) for n in range(first, first + count)]


def sent(n: int, sql: str, *values: object, **changes: Any) -> Span:
    """Return a statement that a line of the application sent by itself in a loop; values are whole numbers or text."""
    params = tuple(parameter(str(value), type(value).__name__) for value in values)
    facts: dict[str, Any] = {
        "sql": sql, "sql_length": len(sql), "params": params, "params_total": len(params), "fingerprint": f"f-{sql}",
        "model": "catalog.Book", "tables": ("catalog_book",), "load": "queryset", "stack": (*ORM, VIEW),
        "call_site": looping("Book.objects.get(slug=slug)", "for slug in slugs:"),
    }  # fmt: skip
    return span(n, **facts | changes)


def repeated(count: int, sql: str, *, text: bool = False, **changes: Any) -> list[Span]:
    """Return a statement ``count`` times, each with another value."""
    return [sent(n, sql, f"v{n}" if text else n, **changes) for n in range(1, count + 1)]


def written(count: int, sql: str, kind: Any, *, method: str = "Model.save", **changes: Any) -> list[Span]:
    """Return writes of one row each, with the key as last value."""
    values = {
        "kind": kind, "load": None, "call_site": looping("book.save()"),
        "stack": (*ORM[:2], library("django/db/models/base.py", method), VIEW),
    }  # fmt: skip
    marks = sql.count("%s")
    return [sent(n, sql, *["x"] * (marks - 1), n, **values | changes) for n in range(1, count + 1)]
