"""Findings and traces that have them, for tests of what the store makes of both."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from queryscope.profiler.finding import Finding
from queryscope.profiler.report import Report
from queryscope.profiler.store import Store
from tests import builders

ONE, TWO = "1111aaaa1111aaaa", "2222bbbb2222bbbb"


def finding(identity: str = ONE, **changes: Any) -> Finding:
    return builders.finding(**{"identity": identity, "count": 80, "cost_ms": 100.0} | changes)


def made(*findings: Finding, **changes: Any) -> Report:
    values = {"id": uuid.uuid4().hex, "started_at": datetime.now(UTC).isoformat()} | changes
    report = builders.report(**values)
    return Report(trace=report.trace, overhead=report.overhead, findings=findings)


def append(store: Store, *findings: Finding, **changes: Any) -> str:
    """Store one trace with these findings and return its id."""
    (stored,) = store.append([made(*findings, **changes)])
    return stored.trace.id


def state(store: Store, identity: str = ONE) -> str:
    return store.problem(identity).state
