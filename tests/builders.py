"""Builders of vocabulary values for tests: every argument has a plausible default, a test names what it is about."""

from __future__ import annotations

from typing import Any

from msgspec import structs

from queryscope.profiler.finding import Advice, Finding, Problem
from queryscope.profiler.report import Overhead, Report
from queryscope.profiler.store.summary import Summary
from queryscope.profiler.trace import (
    AliasTotals,
    CallSite,
    Frame,
    Parameter,
    Phases,
    Process,
    Request,
    Span,
    TemplateLine,
    TemplateSite,
    Trace,
)


def frame(label: str = "catalog/views.py", line: int = 34, **changes: Any) -> Frame:
    values: dict[str, Any] = {
        "file": f"/srv/lantern/{label}",
        "label": label,
        "line": line,
        "column": 12,
        "end_line": line,
        "end_column": 40,
        "function": "BookListView.get",
        "library": False,
    }
    return Frame(**values | changes)


def call_site(label: str = "catalog/views.py", line: int = 34, **changes: Any) -> CallSite:
    values = structs.asdict(frame(label, line)) | {"source": "    books = Book.objects.all()"}
    del values["library"]
    return CallSite(**values | changes)


def template_site(name: str = "catalog/book_list.html", line: int = 24, **changes: Any) -> TemplateSite:
    values: dict[str, Any] = {
        "name": name,
        "file": f"/srv/lantern/templates/{name}",
        "line": line,
        "source": "    by {{ book.author.name }}",
        "chain": (TemplateLine(name="base.html", file=None, line=9, source="{% block content %}"),),
    }
    return TemplateSite(**values | changes)


def parameter(text: str | None = "2117", type: str = "int", **changes: Any) -> Parameter:
    return Parameter(type=type, text=text, **changes)


def span(n: int = 1, **changes: Any) -> Span:
    duration = changes.get("duration_ms", 1.5)
    values: dict[str, Any] = {
        "n": n,
        "sql": 'SELECT "catalog_author"."id", "catalog_author"."name" FROM "catalog_author" WHERE "catalog_author"."id" = %s',
        "sql_length": 109,
        "params": (parameter(),),
        "params_total": 1,
        "fingerprint": "7c1e04d97c1e04d9",
        "site_id": "5f0c7a21",
        "kind": "select",
        "tables": ("catalog_author",),
        "alias": "default",
        "vendor": "postgresql",
        "start_ms": 10.0 * n,
        "duration_ms": duration,
        "phases": Phases(execute_ms=duration),
        "rows": 1,
        "bytes": None,
        "batch": None,
        "error": None,
        "model": None,
        "call_site": call_site(),
        "template_site": None,
        "transaction": None,
        "stack": (
            frame(),
            frame("django/core/handlers/base.py", 197, library=True, function="_get_response"),
        ),
    }
    return Span(**values | changes)


def request(**changes: Any) -> Request:
    values: dict[str, Any] = {
        "query_string": "genre=fantasy",
        "headers": {"Accept": "text/html"},
        "content_type": "",
        "body": None,
        "body_bytes": None,
        "user_pk": None,
        "masked": (),
    }
    return Request(**values | changes)


def trace(**changes: Any) -> Trace:
    spans = changes.get("spans", (span(1), span(2)))
    db_ms = sum(s.duration_ms for s in spans)
    values: dict[str, Any] = {
        "id": "0f8fad5bd9cb469fa16570867728950e",
        "kind": "request",
        "name": "GET /books/",
        "method": "GET",
        "path": "/books/",
        "route": "books/",
        "view": "catalog.views.BookListView",
        "status": 200,
        "started_at": "2026-03-12T14:02:31.482000+00:00",
        "duration_ms": 1002.4,
        "process": Process(pid=4242, host="lantern"),
        "queries": sum(s.kind != "transaction" for s in spans),
        "db_ms": db_ms,
        "rows": sum(s.rows or 0 for s in spans),
        "phases": Phases(execute_ms=db_ms),
        "by_alias": {
            "default": AliasTotals(
                vendor="postgresql", server_version="16.4", queries=len(spans), db_ms=db_ms
            )
        },
        "spans": spans,
        "transactions": (),
        "response_bytes": 148_000,
        "response_type": "text/html",
        "request": request(),
    }
    return Trace(**values | changes)


def report(capture_ms: float = 0.4, findings: tuple[Finding, ...] = (), **changes: Any) -> Report:
    made = trace(**changes)
    overhead = Overhead(capture_ms=capture_ms, dropped_spans=made.truncated_spans, bytes=0)
    return Report(trace=made, overhead=overhead, findings=findings)


def advice(**changes: Any) -> Advice:
    values: dict[str, Any] = {
        "summary": "Join the author in the list query.",
        "code": '.select_related("author")',
    }
    return Advice(**values | changes)


def finding(id: str = "f1", rule: str = "n-plus-one", **changes: Any) -> Finding:
    values: dict[str, Any] = {
        "severity": "high",
        "title": "The author of each book is read one by one",
        "why": "The template reads book.author inside a loop over 100 books.",
        "count": 100,
        "cost_ms": 193.3,
        "model": "catalog.Book",
        "relation": "author",
        "path": "author",
        "call_site": call_site(),
        "build_site": call_site(line=31, function="BookListView.get_queryset"),
        "template_site": template_site(),
        "spans": (1, 2),
        "advice": advice(),
        "docs": f"docs/rules/{rule}.md",
        "identity": f"{rule}-identity",
    }
    return Finding(id=id, rule=rule, **values | changes)


def problem(identity: str = "0123456789abcdef", **changes: Any) -> Problem:
    found = changes.pop("finding", None) or finding(identity=identity)
    values: dict[str, Any] = {
        "rule": found.rule,
        "state": "new",
        "severity": found.severity,
        "title": found.title,
        "first_seen": "2026-03-12T13:48:00+00:00",
        "last_seen": "2026-03-12T14:02:31.482000+00:00",
        "count": 23,
        "total_ms": 3_900.0,
        "worst_ms": 214.0,
        "worst_trace": "0f8fad5bd9cb469fa16570867728950e",
        "last_trace": "0f8fad5bd9cb469fa16570867728950e",
        "views": ("catalog.views.BookListView",),
        "finding": found,
    }
    return Problem(identity=identity, **values | changes)


def summary(seq: int = 1, capture_ms: float = 0.4, **changes: Any) -> Summary:
    """A row of the log; ``query_string`` and ``writes`` may be named like the rest."""
    direct = {name: changes.pop(name) for name in ("query_string", "writes", "repeats") if name in changes}
    return structs.replace(Summary.of(report(capture_ms, seq=seq, **changes)), **direct)
