"""The request of the design as a report: 211 queries from 11 sites, a transaction, template sites, and larger ones."""

from __future__ import annotations

import math
from typing import Any
from zlib import crc32

import msgspec

from queryscope.profiler.finding import Finding
from queryscope.profiler.report import Report
from queryscope.profiler.trace import Lane, Phases, Span, Transaction
from tests import builders as b

LIBRARY = tuple(
    b.frame(f"django/db/models/layer_{number}.py", 100 + number, library=True, function=f"call_{number}")
    for number in range(31)
)
VIEW = b.frame("catalog/views.py", 22, function="BookListView.get")
AUTHORS = (
    'SELECT "catalog_author"."id", "catalog_author"."name", "catalog_author"."born", "catalog_author"."biography" '
    'FROM "catalog_author" WHERE "catalog_author"."id" = %s LIMIT 21'
)
COUNTS = 'SELECT COUNT(*) AS "__count" FROM "catalog_review" WHERE "catalog_review"."book_id" = %s'


def spans() -> tuple[Span, ...]:
    """Return the 211 statements (and BEGIN and COMMIT) in the order of execution."""
    made = [
        _library(1.6, 1.09, "django/contrib/sessions/backends/db.py", 18, "django_session", "a1"),
        _library(3.2, 1.11, "django/contrib/auth/backends.py", 212, "auth_user", "a2"),
        _span(7.1, 1.3, "catalog_genre", "a3", b.call_site(line=34, function="get_queryset")),
        _marker(9.6, "BEGIN"),
        *_transaction(),
        _marker(13.2, "COMMIT"),
        _span(15.2, 21.8, "catalog_book", "a5", b.call_site(line=58, function="bestsellers")),
        _span(38.1, 35.6, "catalog_book", "a6", b.call_site(line=29, function="paginate_queryset"), sql=COUNTS),
        *(_span(x, 1.23, "orders_cart", "a7", b.call_site("orders/context.py", 12, function="cart")) for x in (74.5, 78.6)),
        _template(80.8, 93.4, "catalog_book", "a8", 19, "{% for book in page %}"),
        *_loops(),
        _span(996.0, 1.23, "orders_cart", "a7", b.call_site("orders/context.py", 12, function="cart")),
    ]  # fmt: skip
    return tuple(_numbered(made))


def report(**changes: Any) -> Report:
    """Return the request of the design."""
    made = spans()
    values: dict[str, Any] = {
        "spans": made,
        "queries": 211,
        "db_ms": 501.0,
        "phases": Phases(execute_ms=501.0),
        "transactions": (
            Transaction(n=1, alias="default", savepoint=None, start_ms=9.1, duration_ms=5.4, end="committed", spans=(5, 6)),
        ),
        "lanes": (
            Lane(name="view", label="view", start_ms=6.7, duration_ms=70.2),
            Lane(name="template", label="catalog/book_list.html", start_ms=76.9, duration_ms=922.0),
        ),
    }  # fmt: skip
    return b.report(**values | changes)


DIFF = """\
--- a/catalog/views.py
+++ b/catalog/views.py
@@ -31,4 +31,4 @@ class BookListView(ListView):
     def get_queryset(self):
         genre = get_object_or_404(Genre, slug=self.request.GET["genre"])
-        return Book.objects.filter(genres=genre)
+        return Book.objects.filter(genres=genre).select_related("author")
"""


def findings() -> tuple[Finding, ...]:
    """Return what rules find in the request of the design, the worst first."""
    return (
        b.finding(
            "f1", "count-in-loop", title="Reviews are counted once per book", cost_ms=290.1, spans=_of("b1"),
            why="Book.review_count runs a COUNT for each of 100 books.", relation="reviews", path="reviews",
            template_site=None, call_site=b.call_site("catalog/models.py", 88, function="Book.review_count"),
            advice=b.advice(summary="Count in the list query.", code='.annotate(review_total=Count("reviews"))'),
            identity="c0c0c0c0c0c0c0c0",
        ),
        b.finding(
            "f2", cost_ms=142.0, spans=_of("a9"), identity="a9a9a9a9a9a9a9a9",
            advice=b.advice(
                where="In BookListView.get_queryset, where the list is built.", diff=DIFF,
                alternatives=('prefetch_related("author") where authors repeat',),
                next="The country of each author is read next, if the template asks for it.",
            ),
        ),
        b.finding(
            "f3", "duplicate-query", severity="medium", title="The same cart row is read 3 times", count=3, cost_ms=3.69,
            spans=_of("a7"), model="orders.Cart", relation=None, path=None, template_site=None, identity="d7d7d7d7d7d7d7d7",
            call_site=b.call_site("orders/context.py", 12, function="cart"), build_site=None,
            why="The same statement with the same values ran at three places.",
            advice=b.advice(summary="Keep the cart on the request: read it once in the middleware.", code=None),
        ),
    )  # fmt: skip


def _of(site: str) -> tuple[int, ...]:
    return tuple(span.n for span in spans() if span.site_id == site)


def repeated(count: int, **changes: Any) -> Report:
    """Return a request with ``count`` queries in three groups, evenly spread over its time."""
    step = 1000.0 / count
    made = [
        _template(step * at, step * 0.6, ("catalog_author", "catalog_review", "catalog_book")[at % 3], f"r{at % 3}", 20 + at % 3, "{{ book.author }}")
        for at in range(count)
    ]  # fmt: skip
    return b.report(spans=tuple(_numbered(made)), **changes)


def _loops() -> list[Span]:
    """Return the two loops of 100: an author and a count of reviews for each book."""
    made = []
    for at in range(100):
        start = 176.0 + at * 8.2
        slow = 3.6 if at == 71 else 1.04 + 0.3 * abs(math.sin(at))
        made.append(_template(start, slow, "catalog_author", "a9", 24, "{{ book.author }}", sql=AUTHORS))
        made.append(
            _span(start + 4, 2.9 + 0.4 * math.cos(at), "catalog_review", "b1", b.call_site("catalog/models.py", 88, function="Book.review_count"), sql=COUNTS)
        )  # fmt: skip
    for at, span in enumerate(made):
        made[at] = _with(span, params=(b.parameter(str(2000 + (at // 2) * 7 % 590)),))
    return made


def _transaction() -> list[Span]:
    site = b.call_site("catalog/services.py", 41, function="count_view")
    read = 'SELECT "catalog_viewcount"."id" FROM "catalog_viewcount" WHERE "catalog_viewcount"."id" = %s FOR UPDATE'
    write = 'UPDATE "catalog_viewcount" SET "count" = %s WHERE "catalog_viewcount"."id" = %s'
    params = (b.parameter("8"), b.parameter("3"))
    return [
        _span(9.7, 1.64, "catalog_viewcount", "a4", site, sql=read, transaction=1),
        _span(11.5, 1.49, "catalog_viewcount", "a4", site, sql=write, kind="update", transaction=1, params=params, params_total=2),
    ]  # fmt: skip


def _marker(start: float, sql: str) -> Span:
    changes: dict[str, Any] = {
        "sql": sql,
        "kind": "transaction",
        "tables": (),
        "params": (),
        "params_total": 0,
        "rows": None,
        "transaction": 1,
    }
    return _span(start, 0.1, "", "tx", b.call_site("catalog/services.py", 40), **changes)  # fmt: skip


def _library(start: float, ms: float, label: str, line: int, table: str, site: str) -> Span:
    stack = (
        b.frame(label, line, library=True, function="_get_session_from_db"),
        b.frame("django/contrib/sessions/middleware.py", 33, library=True, function="process_request"),
    )
    return _span(start, ms, table, site, None, stack=stack)


def _template(start: float, ms: float, table: str, site: str, line: int, source: str, **changes: Any) -> Span:
    place = b.template_site(line=line, source=f"    {source}")
    return _span(
        start, ms, table, site, b.call_site(line=22), template_site=place, via_template=True, **changes
    )


def _span(start: float, ms: float, table: str, site: str, call: Any, **changes: Any) -> Span:
    sql = f'SELECT "{table}"."id", "{table}"."name" FROM "{table}" WHERE "{table}"."id" = %s'
    values: dict[str, Any] = {
        "sql": sql,
        "tables": (table,) if table else (),
        "start_ms": start,
        "duration_ms": ms,
        "site_id": site,
        "call_site": call,
        "stack": (*LIBRARY, VIEW),
    }
    values |= changes
    values["fingerprint"] = f"{crc32(values['sql'].encode()):08x}" * 2
    values["sql_length"] = len(values["sql"])
    return b.span(**values)


def _numbered(made: list[Span]) -> list[Span]:
    made.sort(key=lambda span: span.start_ms)
    return [_with(span, n=number) for number, span in enumerate(made, 1)]


def _with(span: Span, **changes: Any) -> Span:
    return msgspec.structs.replace(span, **changes)
