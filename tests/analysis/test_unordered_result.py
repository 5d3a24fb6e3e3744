"""unordered-result: pages that are cut from rows in no order, and everything else that has a LIMIT."""

from __future__ import annotations

from typing import Any

import pytest

from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.analysis.rules.unordered_result import RULE
from queryscope.profiler.config import Config
from queryscope.profiler.finding import Finding
from queryscope.profiler.trace import Queryset, Span
from tests.analysis.stacks import library
from tests.builders import call_site, parameter, span, trace

COUNT = 'SELECT COUNT(*) AS "__count" FROM "p"'
PAGE = 'SELECT "p"."id", "p"."name" FROM "p"'
SITE = call_site("catalog/views.py", 18)


PAGINATOR = (library("django/core/paginator.py", "Paginator.count"),)
REST = (library("rest_framework/pagination.py", "PageNumberPagination.paginate_queryset"),)


def findings(*spans: Span) -> list[Finding]:
    return list(RULE.find(Evidence(trace(spans=spans), Config())))


def asked(n: int, sql: str, **changes: Any) -> Span:
    values: dict[str, Any] = {
        "sql_length": len(sql),
        "params": (),
        "params_total": 0,
        "model": "catalog.Publisher",
        "load": "queryset",
    }
    values |= {"rows": None, "build_sites": (SITE,), "queryset": Queryset(), "fingerprint": f"{n}"}
    return span(n, sql=sql, **values | changes)


def test_a_page_without_an_order() -> None:
    """A certain problem, with the call that ends it."""
    (found,) = findings(asked(1, COUNT, stack=PAGINATOR), asked(2, f"{PAGE} LIMIT 20", rows=20))
    assert found.severity == "medium"
    assert found.title == "Pages of Publisher are cut from rows without an order"
    assert found.spans == (2,)
    assert found.advice.code == '.order_by("pk")'
    assert found.build_site == SITE


WHERE = 'WHERE "p"."city" = %s'
OSLO = {"params": (parameter("Oslo", "str"),), "params_total": 1}


@pytest.mark.parametrize(
    "spans",
    [
        (asked(1, f"{PAGE} LIMIT 20 OFFSET 40"),),
        (asked(1, f"{PAGE} LIMIT 1 OFFSET 3"),),
        (asked(1, f"{COUNT} {WHERE}", **OSLO), asked(2, f"{PAGE} {WHERE} LIMIT 20", rows=20, **OSLO)),
        (asked(1, f"{PAGE} LIMIT 20", rows=20, stack=REST),),
        (asked(1, f"{PAGE} OFFSET 20 ROWS FETCH FIRST 20 ROWS ONLY"),),
        (asked(1, f"{PAGE} LIMIT 18446744073709551615 OFFSET 20"),),
        (
            asked(
                1,
                'SELECT "p"."id", (SELECT "q"."x" FROM "q" ORDER BY "q"."x" LIMIT 1) FROM "p" LIMIT 20 OFFSET 20',
            ),
        ),
        (asked(1, "SELECT `p`.`id` FROM `p` LIMIT 20 OFFSET 20", vendor="mysql"),),
        (
            asked(1, 'SELECT COUNT(*) FROM (SELECT DISTINCT "p"."id" AS "col1" FROM "p") subquery'),
            asked(2, 'SELECT DISTINCT "p"."id" FROM "p" LIMIT 20', rows=20),
        ),
        (
            asked(1, COUNT),
            asked(
                2, 'SELECT "p"."id" FROM "p" LEFT OUTER JOIN "q" ON ("q"."id" = "p"."q_id") LIMIT 20', rows=20
            ),
        ),
    ],
    ids=[
        "a later page",
        "one row further on",
        "with a filter",
        "a page of REST framework",
        "Oracle",
        "a slice without an end",
        "an order inside a subquery",
        "MySQL",
        "distinct rows",
        "with a join that the count does without",
    ],
)
def test_pages_of_all_kinds(spans: tuple[Span, ...]) -> None:
    """Each statement that asks for a part is one finding."""
    assert len(findings(*spans)) == 1


@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT DISTINCT {PAGE[7:]} LIMIT 20 OFFSET 20",
        'SELECT "p"."city", COUNT(*) FROM "p" GROUP BY "p"."city" LIMIT 20 OFFSET 20',
        f"{PAGE} UNION {PAGE} LIMIT 20 OFFSET 20",
    ],
)
def test_no_code_where_the_primary_key_would_ask_something_else(sql: str) -> None:
    """Grouped, distinct and combined rows have none."""
    (found,) = findings(asked(1, sql))
    assert found.advice.code is None


def test_pages_of_one_line_are_one_finding() -> None:
    """A loop over pages asks the same thing again."""
    pages = [asked(n, f"{PAGE} LIMIT 20 OFFSET {n}0", fingerprint="same") for n in (1, 2, 3)]
    assert len(findings(*pages)) == 1


@pytest.mark.parametrize(
    "spans",
    [
        (asked(1, COUNT), asked(2, f'{PAGE} ORDER BY "p"."name" ASC LIMIT 20', rows=20)),
        (asked(1, f"{PAGE} LIMIT 20", rows=20),),
        (asked(1, COUNT), asked(2, PAGE, rows=20)),
        (asked(1, f"{PAGE} {WHERE} LIMIT 21", rows=1, **OSLO),),
        (asked(1, COUNT), asked(2, f"{PAGE} LIMIT 21")),
        (asked(1, COUNT), asked(2, 'SELECT 1 AS "a" FROM "p" LIMIT 1', rows=1)),
        (asked(1, COUNT), asked(2, f'{PAGE} ORDER BY "p"."id" ASC LIMIT 1', rows=1)),
        (asked(1, COUNT), asked(2, f"{PAGE} LIMIT 20", rows=7)),
        (asked(1, COUNT.replace('"p"', '"q"')), asked(2, f"{PAGE} LIMIT 20", rows=20)),
        (asked(1, f"{COUNT} {WHERE}", **OSLO), asked(2, f"{PAGE} LIMIT 20", rows=20)),
        (
            asked(1, f"{COUNT} {WHERE}", **OSLO),
            asked(2, f"{PAGE} {WHERE} LIMIT 20", rows=20, params=(parameter("Rome", "str"),)),
        ),
        (asked(1, COUNT, alias="other"), asked(2, f"{PAGE} LIMIT 20", rows=20)),
        (
            asked(1, 'SELECT "p"."city", COUNT(*) FROM "p" GROUP BY "p"."city"'),
            asked(2, f"{PAGE} LIMIT 20", rows=20),
        ),
        (asked(1, f"{PAGE} LIMIT 20 OFFSET 20", error="OperationalError: gone"),),
        (
            asked(
                1,
                'DELETE FROM "p" WHERE "p"."id" IN (SELECT "p"."id" FROM "p" LIMIT 20 OFFSET 20)',
                kind="delete",
            ),
        ),
        (asked(1, f"{PAGE} LIMIT 20 OFFSET 20", sql_length=900),),
    ],
    ids=[
        "ordered",
        "any twenty rows",
        "all of them",
        "get()",
        "get() beside a count",
        "exists()",
        "first()",
        "all of it on one page",
        "a count of another table",
        "a count of other rows",
        "a count with another value",
        "a count in another database",
        "counts by city",
        "it failed",
        "no select",
        "the text was cut",
    ],
)
def test_what_needs_no_order(spans: tuple[Span, ...]) -> None:
    """One row, all rows, any rows, or an order that may be there."""
    assert findings(*spans) == []


def test_a_count_by_hand_is_a_hint() -> None:
    """Some rows beside the number of all may be pages, or an example."""
    (found,) = findings(asked(1, COUNT), asked(2, f"{PAGE} LIMIT 20", rows=20))
    assert found.severity == "info"
    assert found.why.endswith("probably the first page of a list.")
