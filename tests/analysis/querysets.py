"""Statements of querysets for the tests of rules: what was loaded, how it was used, in which trace."""

from __future__ import annotations

from typing import Any

from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.analysis.past import NOTHING, Past
from queryscope.profiler.analysis.rule import Rule
from queryscope.profiler.config import Config
from queryscope.profiler.finding import Finding
from queryscope.profiler.trace import Origin, Queryset, Span
from tests.builders import call_site, parameter, span, trace

BOOKS = 'SELECT "catalog_book"."id", "catalog_book"."title" FROM "catalog_book" WHERE "catalog_book"."status" = %s'
COUNTED = 'SELECT COUNT(*) AS "__count" FROM "catalog_book" WHERE "catalog_book"."status" = %s'
BUILT = (call_site("catalog/views.py", 30, function="book_list", source="    books = Book.objects.all()"),)


def findings(
    rule: Rule, *spans: Span, past: Past = NOTHING, config: Config | None = None, **changes: Any
) -> list[Finding]:
    """Return what ``rule`` finds in a trace of ``spans``."""
    return list(rule.find(Evidence(trace(spans=spans, **changes), config or Config(), past)))


def queryset(*uses: Any, **changes: Any) -> Queryset:
    return Queryset(**{"uses": uses or ("iterated",)} | changes)


def loaded(n: int = 1, *uses: Any, sql: str = BOOKS, **changes: Any) -> Span:
    """Return a load of books; the arguments of Queryset may be named like those of Span."""
    facts = {name: changes.pop(name) for name in Queryset.__struct_fields__ if name in changes}
    values: dict[str, Any] = {
        "sql": sql, "sql_length": len(sql), "params": (parameter("in print", "str"),) * sql.count("%s"),
        "params_total": sql.count("%s"), "tables": ("catalog_book",), "model": "catalog.Book", "load": "queryset",
        "rows": 60, "columns": 2, "bytes": 4_000, "build_sites": BUILT, "queryset": queryset(*uses, **facts),
        "call_site": call_site("catalog/views.py", 34, function="book_list"), "fingerprint": "b00b",
    }  # fmt: skip
    return span(n, **values | changes)


def asked(n: int = 1, sql: str = BOOKS, **changes: Any) -> Span:
    """Return a statement without a queryset, such as a count."""
    return loaded(n, **{"sql": sql, "queryset": None, "rows": 1, "bytes": 8, "columns": 1} | changes)


def written(n: int, table: str = "catalog_book", **changes: Any) -> Span:
    """Return an UPDATE."""
    sql = f'UPDATE "{table}" SET "views" = %s'
    values: dict[str, Any] = {
        "kind": "update",
        "sql": sql,
        "sql_length": len(sql),
        "tables": (table,),
        "rows": 1,
    }
    return span(n, **values | changes)


def origin(of: int, path: str = "", **changes: Any) -> Origin:
    """Return the evaluation whose rows statement ``of`` fetched."""
    values: dict[str, Any] = {"id": of, "parent": None, "root": of, "model": "catalog.Book", "span": of}
    return Origin(path=path, build_sites=BUILT, **values | changes)


def prefetch(n: int, relation: str, of: int = 1, path: str = "", **changes: Any) -> Span:
    """Return the statement of a prefetch for the rows of statement ``of``."""
    sql = f'SELECT "{relation}"."id" FROM "{relation}" WHERE "{relation}"."book_id" IN (%s)'
    values: dict[str, Any] = {
        "sql": sql, "load": "prefetch", "relation": relation, "tables": (relation,), "model": relation.title(),
        "origin": origin(of, path), "build_sites": (),
    }  # fmt: skip
    return loaded(n, "other", **values | changes)
