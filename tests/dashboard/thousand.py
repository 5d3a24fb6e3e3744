"""A request of 1,000 queries with everything that a recording can carry: phases, stacks, build sites, origins."""

from __future__ import annotations

from typing import Any

from queryscope.profiler.report import Report
from queryscope.profiler.trace import AliasTotals, Lane, Origin, Phases, Span, TemplateLine
from tests import builders as b

ID = "1" * 32
DEPTH = 56
SITES = 12
STACK = tuple(
    b.frame(f"django/template/layer_{number}.py", 100 + number, library=True, function=f"Node.render_{number}")
    for number in range(DEPTH)
)  # fmt: skip
BUILT = (
    b.call_site("catalog/views.py", 30, function="BookListView.get_queryset", source="books = Book.objects.all()"),
    b.call_site("catalog/views.py", 31, function="BookListView.get_queryset", source='books.order_by("title")'),
)  # fmt: skip
COLUMNS = ", ".join(f'"catalog_author"."field_{number}"' for number in range(12))
CHAIN = tuple(
    TemplateLine(name=f"catalog/part_{number}.html", file=None, line=number, source="{% include %}")
    for number in range(4)
)


def report(count: int = 1000, sites: int = SITES) -> Report:
    """Return the request: one list of books, then a load for each row from ``sites`` template lines in turn."""
    spans = (_list(), *(_load(n, count, sites) for n in range(2, count + 1)))
    whole = {name: sum(getattr(s.phases, name) for s in spans) for name in Phases.__struct_fields__}
    db_ms = sum(span.duration_ms for span in spans)
    totals = AliasTotals(vendor="postgresql", server_version="16.4", queries=count, db_ms=db_ms)
    return b.report(
        capture_ms=31.0,
        id=ID,
        spans=spans,
        phases=Phases(**whole),
        by_alias={"default": totals},
        lanes=(Lane(name="view", label="view", start_ms=1.0, duration_ms=990.0),),
    )


def _list() -> Span:
    phases = Phases(construct_ms=0.1, compile_ms=0.2, execute_ms=2.0, fetch_ms=0.5, hydrate_ms=1.0)
    return b.span(
        1, start_ms=2.0, duration_ms=2.5, phases=phases, rows=1000, columns=12, bytes=148_000, build_sites=BUILT, load="queryset"
    )  # fmt: skip


def _load(n: int, count: int, sites: int) -> Span:
    step, site = 980.0 / count, n % sites
    sql = f'SELECT {COLUMNS} FROM "catalog_author" WHERE "catalog_author"."id" = %s LIMIT {21 + site}'
    start = 10 + n * step
    values: dict[str, Any] = {
        "sql": sql,
        "sql_length": len(sql),
        "params": (b.parameter(str(n)),),
        "fingerprint": f"{site:016x}",
        "site_id": f"s{site}",
        "start_ms": start,
        "duration_ms": step * 0.5,
        "phases": Phases(construct_ms=step * 0.05, compile_ms=step * 0.15, execute_ms=step * 0.4, fetch_ms=step * 0.1, hydrate_ms=step * 0.1),
        "rows": 1,
        "columns": 12,
        "bytes": 400,
        "model": "catalog.Author",
        "template_site": b.template_site("catalog/_book_row.html", 20 + site, chain=CHAIN),
        "via_template": True,
        "stack": (*STACK, b.frame("catalog/views.py", 22 + site)),
        "load": "forward",
        "relation": "author",
        "parent_row": str(n),
        "origin": Origin(id=1, parent=None, root=1, model="catalog.Book", path="", build_sites=BUILT, span=1),
    }  # fmt: skip
    return b.span(n, **values)
