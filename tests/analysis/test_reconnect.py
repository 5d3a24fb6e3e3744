"""reconnect: connections that live for one request, where it is a habit and the settings are the reason."""

from __future__ import annotations

from typing import Any

import pytest

from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.analysis.past import Past
from queryscope.profiler.analysis.rules.reconnect import RULE
from queryscope.profiler.config import Config
from queryscope.profiler.finding import Finding
from queryscope.profiler.trace import AliasTotals, Span
from tests.analysis.stacks import library
from tests.builders import span, trace


def findings(*, before: int = 5, spans: tuple[Span, ...] = (span(1),), **changes: Any) -> list[Finding]:
    """Return what is found in a request that opened its connection, as ``before`` requests in a row did."""
    values: dict[str, Any] = {"vendor": "postgresql", "server_version": "16.4", "queries": 1, "db_ms": 1.0}
    values |= {"connects": 1, "connect_ms": 12.0, "persistent": False}
    kind = changes.pop("kind", "request")
    made = trace(spans=spans, kind=kind, by_alias={"default": AliasTotals(**values | changes)})
    return list(RULE.find(Evidence(made, Config(), Past(connected={"default": before}))))


def test_a_connection_for_each_request() -> None:
    """What it cost, and the two lines that keep it."""
    (found,) = findings()
    assert found.severity == "low"
    assert found.title == "Every request opens a connection to default"
    assert "12.0 ms" in found.why and "4 requests before" in found.why
    assert found.advice.code == (
        'DATABASES["default"]["CONN_MAX_AGE"] = 60\nDATABASES["default"]["CONN_HEALTH_CHECKS"] = True'
    )


def test_the_code_is_code() -> None:
    """As it stands, below the settings."""
    for server in ("wsgi", "asgi"):
        names: dict[str, Any] = {"DATABASES": {"default": {}}}
        handler = span(1, stack=(library(f"django/core/handlers/{server}.py"),))
        (found,) = findings(spans=(handler,))
        exec(found.advice.code or "", names)  # noqa: S102
        entry = names["DATABASES"]["default"]
        assert entry in ({"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}, {"OPTIONS": {"pool": True}})
        assert ("CONN_MAX_AGE" in entry) is (server == "wsgi")


def test_no_pool_is_promised_where_there_is_none() -> None:
    """Django has pools for PostgreSQL only."""
    handler = span(1, stack=(library("django/core/handlers/asgi.py"),))
    (found,) = findings(spans=(handler,), vendor="mysql")
    assert found.advice.code is None
    assert "ProxySQL" in found.advice.alternatives[0]


def test_a_twentieth_of_the_time_is_medium() -> None:
    """Of 1,002.4 ms."""
    (found,) = findings(connect_ms=60.0)
    assert found.severity == "medium"


def test_statements_of_the_set_up_prove_it() -> None:
    """Else the first one that went through."""
    (found,) = findings(spans=(span(1, connecting=True), span(2), span(3)))
    assert found.spans == (1,)
    (found,) = findings(spans=(span(1, alias="other"), span(2), span(3)))
    assert found.spans == (2,)


@pytest.mark.parametrize(
    "changes",
    [
        {"before": 2},
        {"before": 0},
        {"vendor": "sqlite"},
        {"persistent": True},
        {"persistent": None},
        {"connects": 0, "connect_ms": None},
        {"kind": "task"},
        {"kind": "command"},
        {"kind": "test"},
        {"spans": ()},
        {"spans": (span(1, alias="other"),)},
    ],
    ids=[
        "the first requests of a process",
        "nothing is known",
        "a file costs nothing to open",
        "CONN_MAX_AGE is set",
        "not known whether it is kept",
        "this one had a connection",
        "a task",
        "a command",
        "a test",
        "no statement",
        "another database",
    ],
)
def test_no_habit(changes: dict[str, Any]) -> None:
    """Or nothing that a setting would change."""
    assert findings(**changes) == []
